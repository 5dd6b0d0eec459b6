import type { AudioSource, Clock } from '@antiphon/core';

/** How an {@link ArraySource} hands over its samples. */
export interface ArraySourceOptions {
  readonly sampleRateHz: number;
  /** Length of a frame; 20 unless told. */
  readonly frameMs?: number;
  /** Frames come in the time of this clock; without one as fast as they are read. */
  readonly clock?: Clock;
  /** `recorded` unless told. */
  readonly kind?: AudioSource['kind'];
}

/** A voice that is an array of samples. The last frame may be shorter. */
export class ArraySource implements AudioSource {
  readonly sampleRateHz: number;
  readonly kind: AudioSource['kind'];
  readonly #samples: Int16Array;
  readonly #frameMs: number;
  readonly #clock: Clock | undefined;

  constructor(samples: Int16Array, options: ArraySourceOptions) {
    this.sampleRateHz = options.sampleRateHz;
    this.kind = options.kind ?? 'recorded';
    this.#samples = samples;
    this.#frameMs = options.frameMs ?? 20;
    this.#clock = options.clock;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Int16Array> {
    const frameLength = Math.round((this.#frameMs * this.sampleRateHz) / 1000);
    for (let start = 0; start < this.#samples.length; start += frameLength) {
      if (this.#clock !== undefined) {
        await waitFor(this.#frameMs, this.#clock, signal);
      }
      if (signal.aborted) {
        return;
      }
      yield this.#samples.subarray(start, start + frameLength);
    }
  }
}

/** Resolves after `delayMs`, or as soon as `signal` is aborted. */
export function waitFor(delayMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const cancel = clock.setTimer(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = (): void => {
      cancel();
      resolve();
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
