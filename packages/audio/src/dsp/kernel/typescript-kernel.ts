import type { Samples } from '../../pcm/samples.ts';
import type { FilterBank, RateRatio } from '../filter-bank.ts';
import type { FilterKernel } from './filter-kernel.ts';

/** The filter in plain code and double precision: for any bank, and where WebAssembly may not be used. */
export class TypeScriptKernel implements FilterKernel {
  readonly #ratio: RateRatio;
  readonly #bank: FilterBank;

  constructor(ratio: RateRatio, bank: FilterBank) {
    this.#ratio = ratio;
    this.#bank = bank;
  }

  filter(window: Float32Array, firstFraction: number, out: Samples): void {
    const { up, down } = this.#ratio;
    const { taps, phases, isIdentity } = this.#bank;
    const isExact = phases === up;
    const store = out instanceof Int16Array ? storeInt16 : storeFloat;
    const step = Math.floor(down / up);
    const stepFraction = down % up;
    let start = 0;
    let fraction = firstFraction;
    for (let n = 0; n < out.length; n++) {
      const position = isExact ? fraction : (fraction * phases) / up;
      const phase = Math.floor(position);
      let value: number;
      if (isIdentity[phase] === 1 && position === phase) {
        value = window[start + taps / 2 - 1] ?? 0;
      } else {
        value = this.#weigh(window, start, phase);
        if (position !== phase) {
          const next = this.#weigh(window, start, phase + 1);
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
  }

  toFloat(samples: Int16Array, out: Float32Array): void {
    for (let i = 0; i < samples.length; i++) out[i] = (samples[i] ?? 0) * 2 ** -15;
  }

  /** The window at `start`, weighted by `phase`. Four sums let the processor overlap the additions. */
  #weigh(window: Float32Array, start: number, phase: number): number {
    const { taps, coefficients } = this.#bank;
    const end = start + taps;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = start, j = phase * taps; i < end; i += 4, j += 4) {
      s0 += (window[i] ?? 0) * (coefficients[j] ?? 0);
      s1 += (window[i + 1] ?? 0) * (coefficients[j + 1] ?? 0);
      s2 += (window[i + 2] ?? 0) * (coefficients[j + 2] ?? 0);
      s3 += (window[i + 3] ?? 0) * (coefficients[j + 3] ?? 0);
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
