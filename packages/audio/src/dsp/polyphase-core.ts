import { emptyLike, type Samples } from '../pcm/samples.ts';
import type { FilterBank, RateRatio } from './filter-bank.ts';

/** Input samples taken in at a time, so that memory does not grow with the size of a push. */
const blockLength = 4096;

/**
 * The filter running over the stream. Output n is centred on input n · down / up; the buffer begins with taps/2 − 1
 * zeros, so that output 0 is centred on input 0.
 */
export class PolyphaseCore {
  readonly #ratio: RateRatio;
  readonly #bank: FilterBank;
  readonly #buffer: Float64Array;
  #filled = 0;
  /** Where in the buffer the window of the next output begins. */
  #start = 0;
  /** The next output lies at this numerator over `up` after the middle tap of the window. */
  #fraction = 0;
  #taken = 0;
  #given = 0;

  constructor(ratio: RateRatio, bank: FilterBank) {
    this.#ratio = ratio;
    this.#bank = bank;
    this.#buffer = new Float64Array(bank.taps + blockLength);
    this.reset();
  }

  get delaySamples(): number {
    return this.#bank.taps / 2;
  }

  reset(): void {
    this.#filled = this.#bank.taps / 2 - 1;
    this.#buffer.fill(0, 0, this.#filled);
    this.#start = 0;
    this.#fraction = 0;
    this.#taken = 0;
    this.#given = 0;
  }

  /** How many outputs become whole when `inputs` more samples are pushed. */
  outputLength(inputs: number): number {
    const { up, down } = this.#ratio;
    const lastStart = this.#filled + inputs - this.#bank.taps;
    if (lastStart < this.#start) return 0;
    return Math.floor(((lastStart - this.#start + 1) * up - this.#fraction - 1) / down) + 1;
  }

  /** Pushes `samples` and fills `out`, which has the {@link outputLength} for them. */
  push(samples: Samples, out: Samples): void {
    this.#taken += samples.length;
    let written = 0;
    for (let at = 0; at < samples.length; ) {
      this.#dropUsed();
      const end = Math.min(at + this.#buffer.length - this.#filled, samples.length);
      this.#append(samples, at, end);
      at = end;
      const ready = this.outputLength(0);
      this.#filter(out, written, written + ready);
      written += ready;
    }
    this.#given += written;
  }

  flush<S extends Samples>(like: S): S {
    const length = Math.round((this.#taken * this.#ratio.up) / this.#ratio.down) - this.#given;
    const zeros = emptyLike(like, this.#bank.taps / 2);
    const out = emptyLike(like, this.outputLength(zeros.length));
    this.push(zeros, out);
    return out.slice(0, length) as S;
  }

  #dropUsed(): void {
    this.#buffer.copyWithin(0, this.#start, this.#filled);
    this.#filled -= this.#start;
    this.#start = 0;
  }

  #append(samples: Samples, from: number, to: number): void {
    const scale = samples instanceof Int16Array ? 1 / 32768 : 1;
    const buffer = this.#buffer;
    for (let i = from, at = this.#filled; i < to; i++, at++) buffer[at] = (samples[i] ?? 0) * scale;
    this.#filled += to - from;
  }

  #filter(out: Samples, from: number, to: number): void {
    const { up, down } = this.#ratio;
    const { taps, phases, isIdentity } = this.#bank;
    const buffer = this.#buffer;
    const isExact = phases === up;
    const store = out instanceof Int16Array ? storeInt16 : storeFloat;
    const step = Math.floor(down / up);
    const stepFraction = down % up;
    let start = this.#start;
    let fraction = this.#fraction;
    for (let n = from; n < to; n++) {
      const position = isExact ? fraction : (fraction * phases) / up;
      const phase = Math.floor(position);
      let value: number;
      if (isIdentity[phase] === 1 && position === phase) {
        value = buffer[start + taps / 2 - 1] ?? 0;
      } else {
        value = this.#weigh(start, phase);
        if (position !== phase) {
          const next = this.#weigh(start, phase + 1);
          value += (position - phase) * (next - value);
        }
      }
      store(out, n, value);
      start += step;
      fraction += stepFraction;
      if (fraction >= up) {
        fraction -= up;
        start++;
      }
    }
    this.#start = start;
    this.#fraction = fraction;
  }

  /** The window at `start`, weighted by `phase`. Four sums let the processor overlap the additions. */
  #weigh(start: number, phase: number): number {
    const buffer = this.#buffer;
    const { taps, coefficients } = this.#bank;
    const end = start + taps;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = start, j = phase * taps; i < end; i += 4, j += 4) {
      s0 += (buffer[i] ?? 0) * (coefficients[j] ?? 0);
      s1 += (buffer[i + 1] ?? 0) * (coefficients[j + 1] ?? 0);
      s2 += (buffer[i + 2] ?? 0) * (coefficients[j + 2] ?? 0);
      s3 += (buffer[i + 3] ?? 0) * (coefficients[j + 3] ?? 0);
    }
    return s0 + s1 + (s2 + s3);
  }
}

function storeFloat(out: Samples, at: number, value: number): void {
  out[at] = value;
}

function storeInt16(out: Samples, at: number, value: number): void {
  const scaled = value * 32768;
  const rounded = scaled < 0 ? -Math.floor(0.5 - scaled) : Math.floor(scaled + 0.5);
  out[at] = rounded > 32767 ? 32767 : rounded < -32768 ? -32768 : rounded;
}
