/** A compiled program. */
export type WasmModule = object & { readonly wasmModule?: never };

/** The memory of a running program; `buffer` is replaced when it grows. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Functions a program imports. Parameters are numbers, or bigints where the program has 64-bit integers. */
export type WasmFunctions = Readonly<Record<string, (...parameters: never[]) => number>>;

interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

/** The part of the `WebAssembly` global used here: the compiler's own libraries declare it for browsers only. */
interface WebAssemblyGlobal {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, WasmFunctions>>,
  ) => WasmInstance;
  readonly Memory: abstract new () => WasmMemory;
}

export const webAssembly: WebAssemblyGlobal = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal })
  .WebAssembly;
