import type { Samples } from '../../pcm/samples.ts';
import type { FilterBank, RateRatio } from '../filter-bank.ts';
import type { FilterKernel } from './filter-kernel.ts';

/** The filter in plain code and double precision: for any bank, and where WebAssembly may not be used. */
export class TypeScriptKernel implements FilterKernel {
  readonly #ratio: RateRatio;
  readonly #bank: FilterBank;
  /** The window in double precision, so that no sample is widened again for every tap. */
  #wide = new Float64Array(0);
  readonly #two = new Float64Array(2);

  constructor(ratio: RateRatio, bank: FilterBank) {
    this.#ratio = ratio;
    this.#bank = bank;
  }

  filter(window: Float32Array, firstFraction: number, out: Samples): void {
    if (this.#wide.length < window.length) this.#wide = new Float64Array(window.length);
    this.#wide.set(window);
    const store = out instanceof Int16Array ? storeInt16 : storeFloat;
    if (this.#bank.phases === this.#ratio.up) this.#filterExactly(firstFraction, out, store);
    else this.#filterBetween(firstFraction, out, store);
  }

  /** Phase by phase: outputs of one phase lie `up` apart, and two of them share each coefficient that is read. */
  #filterExactly(firstFraction: number, out: Samples, store: Store): void {
    const { up, down } = this.#ratio;
    const { taps, isIdentity } = this.#bank;
    for (let first = 0; first < Math.min(up, out.length); first++) {
      const position = firstFraction + first * down;
      const phase = position % up;
      let start = Math.floor(position / up);
      let n = first;
      if (isIdentity[phase] === 1) {
        for (; n < out.length; n += up, start += down) store(out, n, this.#wide[start + taps / 2 - 1] ?? 0);
        continue;
      }
      for (; n + up < out.length; n += 2 * up, start += 2 * down) {
        this.#weighTwo(start, phase);
        store(out, n, this.#two[0] ?? 0);
        store(out, n + up, this.#two[1] ?? 0);
      }
      if (n < out.length) store(out, n, this.#weigh(start, phase));
    }
  }

  #filterBetween(firstFraction: number, out: Samples, store: Store): void {
    const { up, down } = this.#ratio;
    const { taps, phases, isIdentity } = this.#bank;
    for (let n = 0; n < out.length; n++) {
      const ahead = firstFraction + n * down;
      const start = Math.floor(ahead / up);
      const position = ((ahead % up) * phases) / up;
      const phase = Math.floor(position);
      const share = position - phase;
      if (isIdentity[phase] === 1 && share === 0) {
        store(out, n, this.#wide[start + taps / 2 - 1] ?? 0);
        continue;
      }
      const value = this.#weigh(start, phase);
      store(out, n, share === 0 ? value : value + share * (this.#weigh(start, phase + 1) - value));
    }
  }

  toFloat(samples: Int16Array, out: Float32Array): void {
    for (let i = 0; i < samples.length; i++) out[i] = (samples[i] ?? 0) * 2 ** -15;
  }

  /** The window at `start`, weighted by `phase`. Four sums let the processor overlap the additions. */
  #weigh(start: number, phase: number): number {
    const { taps, coefficients } = this.#bank;
    const wide = this.#wide;
    const end = start + taps;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = start, j = phase * taps; i < end; i += 4, j += 4) {
      s0 += (wide[i] ?? 0) * (coefficients[j] ?? 0);
      s1 += (wide[i + 1] ?? 0) * (coefficients[j + 1] ?? 0);
      s2 += (wide[i + 2] ?? 0) * (coefficients[j + 2] ?? 0);
      s3 += (wide[i + 3] ?? 0) * (coefficients[j + 3] ?? 0);
    }
    return s0 + s1 + (s2 + s3);
  }

  /** The windows at `start` and `down` later, each summed in the order of {@link #weigh}. */
  #weighTwo(start: number, phase: number): void {
    const { taps, coefficients } = this.#bank;
    const wide = this.#wide;
    const end = start + taps;
    let [s0, s1, s2, s3, t0, t1, t2, t3] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let i = start, k = start + this.#ratio.down, j = phase * taps; i < end; i += 4, k += 4, j += 4) {
      const c0 = coefficients[j] ?? 0;
      const c1 = coefficients[j + 1] ?? 0;
      const c2 = coefficients[j + 2] ?? 0;
      const c3 = coefficients[j + 3] ?? 0;
      s0 += (wide[i] ?? 0) * c0;
      s1 += (wide[i + 1] ?? 0) * c1;
      s2 += (wide[i + 2] ?? 0) * c2;
      s3 += (wide[i + 3] ?? 0) * c3;
      t0 += (wide[k] ?? 0) * c0;
      t1 += (wide[k + 1] ?? 0) * c1;
      t2 += (wide[k + 2] ?? 0) * c2;
      t3 += (wide[k + 3] ?? 0) * c3;
    }
    this.#two[0] = s0 + s1 + (s2 + s3);
    this.#two[1] = t0 + t1 + (t2 + t3);
  }
}

type Store = (out: Samples, at: number, value: number) => void;

function storeFloat(out: Samples, at: number, value: number): void {
  out[at] = value;
}

function storeInt16(out: Samples, at: number, value: number): void {
  const scaled = value * 32768;
  const rounded = scaled < 0 ? -Math.floor(0.5 - scaled) : Math.floor(scaled + 0.5);
  out[at] = rounded > 32767 ? 32767 : rounded < -32768 ? -32768 : rounded;
}
