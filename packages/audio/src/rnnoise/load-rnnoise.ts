import { AntiphonError } from '@antiphon/core';
import type { RnnoiseModule } from '@echogarden/rnnoise-wasm';
import type { Denoiser } from '../conditioning/noise-suppressor.ts';

/** The network, loaded: one memory for all streams of a thread. */
export interface Rnnoise {
  /**
   * A denoiser for one stream, to be closed.
   *
   * @throws AntiphonError `audio.suppression_unavailable` when memory is full; a stream takes about 20 KB.
   */
  open(): Denoiser;
}

const frameLength = 480;
const bytesPerSample = 4;
/** The scale that the network was trained at. */
const fullScale = 32_768;

let loading: Promise<Rnnoise> | undefined;

/**
 * Loads RNNoise, once a thread: WebAssembly and its weights come with the package. A frame of 10 ms takes it about 0.2 ms.
 *
 * @throws AntiphonError `audio.suppression_unavailable` where WebAssembly may not be used, or the package is not there.
 */
export function loadRnnoise(): Promise<Rnnoise> {
  loading ??= load().catch((cause: unknown) => {
    loading = undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AntiphonError('audio.suppression_unavailable', { reason }, { cause });
  });
  return loading;
}

async function load(): Promise<Rnnoise> {
  const { default: createModule } = await import('@echogarden/rnnoise-wasm');
  const module = await createModule();
  return { open: () => new RnnoiseDenoiser(module) };
}

class RnnoiseDenoiser implements Denoiser {
  readonly sampleRateHz = 48_000;
  readonly frameLength = frameLength;
  /** Frames overlap by their length. */
  readonly delaySamples = frameLength;
  readonly #module: RnnoiseModule;
  readonly #state: number;
  readonly #frame: number;
  #phase: 'open' | 'closed' = 'open';

  constructor(module: RnnoiseModule) {
    this.#module = module;
    this.#state = module._rnnoise_create(0);
    this.#frame = module._malloc(frameLength * bytesPerSample);
    if (this.#state === 0 || this.#frame === 0) {
      this.close();
      throw new AntiphonError('audio.suppression_unavailable', { reason: 'its memory is full' });
    }
  }

  process(frame: Float32Array): void {
    if (this.#phase === 'closed') return;
    const at = this.#frame / bytesPerSample;
    const heap = this.#module.HEAPF32;
    for (let i = 0; i < frameLength; i++) heap[at + i] = (frame[i] ?? 0) * fullScale;
    this.#module._rnnoise_process_frame(this.#state, this.#frame, this.#frame);
    for (let i = 0; i < frameLength; i++) frame[i] = (heap[at + i] ?? 0) / fullScale;
  }

  close(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    if (this.#state !== 0) this.#module._rnnoise_destroy(this.#state);
    this.#module._free(this.#frame);
  }
}
