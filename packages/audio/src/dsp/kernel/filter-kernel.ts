import type { Samples } from '../../pcm/samples.ts';

/** The arithmetic of one filter bank; it keeps nothing of the stream. */
export interface FilterKernel {
  /**
   * Fills `out`. `window` begins where the window of the first output does and holds all that is needed; `fraction` is
   * the numerator of the first output's phase. 16-bit outputs are rounded half away from zero and clamped.
   */
  filter(window: Float32Array, fraction: number, out: Samples): void;

  /** Writes i / 32768 for each sample to the beginning of `out`. */
  toFloat(samples: Int16Array, out: Float32Array): void;
}
