import { emptyLike, type Samples } from '../pcm/samples.ts';
import type { RateRatio } from './filter-bank.ts';
import type { FilterKernel } from './kernel/filter-kernel.ts';

/** Input samples taken in at a time, so that memory does not grow with the size of a push. */
const blockLength = 4096;

/**
 * The filter running over the stream. Output n is centred on input n · down / up; the buffer begins with taps/2 − 1
 * zeros, so that output 0 is centred on input 0.
 */
export class PolyphaseCore {
  readonly #ratio: RateRatio;
  readonly #taps: number;
  readonly #kernel: FilterKernel;
  readonly #buffer: Float32Array;
  #filled = 0;
  /** Where in the buffer the window of the next output begins. */
  #start = 0;
  /** The next output lies at this numerator over `up` after the middle tap of the window. */
  #fraction = 0;
  #taken = 0;
  #given = 0;

  /** @param taps of each phase of the kernel's bank. */
  constructor(ratio: RateRatio, taps: number, kernel: FilterKernel) {
    this.#ratio = ratio;
    this.#taps = taps;
    this.#kernel = kernel;
    this.#buffer = new Float32Array(taps + blockLength);
    this.reset();
  }

  get delaySamples(): number {
    return this.#taps / 2;
  }

  reset(): void {
    this.#filled = this.#taps / 2 - 1;
    this.#buffer.fill(0, 0, this.#filled);
    this.#start = 0;
    this.#fraction = 0;
    this.#taken = 0;
    this.#given = 0;
  }

  /** How many outputs become whole when `inputs` more samples are pushed. */
  outputLength(inputs: number): number {
    const { up, down } = this.#ratio;
    const lastStart = this.#filled + inputs - this.#taps;
    if (lastStart < this.#start) return 0;
    return Math.floor(((lastStart - this.#start + 1) * up - this.#fraction - 1) / down) + 1;
  }

  /** Pushes `samples` and fills `out`, which has the {@link outputLength} for them. */
  push(samples: Samples, out: Samples): void {
    this.#taken += samples.length;
    this.#given += out.length;
    this.#dropUsed();
    if (this.#filled + samples.length <= this.#buffer.length) {
      this.#append(samples);
      this.#filter(out);
      return;
    }
    let written = 0;
    for (let at = 0; at < samples.length; this.#dropUsed()) {
      const end = Math.min(at + this.#buffer.length - this.#filled, samples.length);
      this.#append(samples.subarray(at, end));
      at = end;
      const ready = this.outputLength(0);
      this.#filter(out.subarray(written, written + ready));
      written += ready;
    }
  }

  flush<S extends Samples>(like: S): S {
    const length = Math.round((this.#taken * this.#ratio.up) / this.#ratio.down) - this.#given;
    const zeros = emptyLike(like, this.#taps / 2);
    const out = emptyLike(like, this.outputLength(zeros.length));
    this.push(zeros, out);
    return out.slice(0, length) as S;
  }

  #dropUsed(): void {
    if (this.#start === 0) return;
    this.#buffer.copyWithin(0, this.#start, this.#filled);
    this.#filled -= this.#start;
    this.#start = 0;
  }

  #append(samples: Samples): void {
    if (samples instanceof Int16Array) this.#kernel.toFloat(samples, this.#buffer.subarray(this.#filled));
    else this.#buffer.set(samples, this.#filled);
    this.#filled += samples.length;
  }

  #filter(out: Samples): void {
    if (out.length === 0) return;
    const { up, down } = this.#ratio;
    this.#kernel.filter(this.#buffer.subarray(this.#start, this.#filled), this.#fraction, out);
    const position = this.#fraction + out.length * down;
    this.#start += Math.floor(position / up);
    this.#fraction = position % up;
  }
}
