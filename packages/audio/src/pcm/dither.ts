import { xorshift32 } from '../xorshift.ts';

/**
 * Noise for where bits are lost: of triangular distribution, within ±1 step of the coarser scale (TPDF). Added before
 * rounding it turns what rounding does to the signal (distortion) into a steady, quiet noise 4.8 dB above it.
 */
export class TpdfDither {
  #state: number;

  /** @param seed any number; the same one gives the same noise. */
  constructor(seed = 1) {
    this.#state = Math.trunc(seed) | 1;
  }

  /** The next value, in steps: above −1 and below 1. */
  next(): number {
    return this.#uniform() - this.#uniform();
  }

  /** In [0, 1). */
  #uniform(): number {
    this.#state = xorshift32(this.#state);
    return (this.#state >>> 0) / 2 ** 32;
  }
}
