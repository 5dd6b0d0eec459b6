/** RNNoise as Emscripten exports it; pointers are byte offsets into its memory. */
declare module '@echogarden/rnnoise-wasm' {
  export interface RnnoiseModule {
    /** Another array after memory has grown. */
    readonly HEAPF32: Float32Array;
    _malloc(byteLength: number): number;
    _free(pointer: number): void;
    _rnnoise_create(model: 0): number;
    _rnnoise_destroy(state: number): void;
    /** Returns how likely the frame held speech. */
    _rnnoise_process_frame(state: number, out: number, input: number): number;
  }
  export default function createModule(): Promise<RnnoiseModule>;
}
