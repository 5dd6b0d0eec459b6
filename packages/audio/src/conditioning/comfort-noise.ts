import { requireInteger } from '../options.ts';
import type { Samples } from '../pcm/samples.ts';
import { xorshift32 } from '../xorshift.ts';

/** How quiet, and which. */
export interface ComfortNoiseOptions {
  readonly sampleRateHz: number;
  /** RMS, from −90 to −40; −65 when left out: heard where a line would be dead, not beneath a voice. */
  readonly levelDbfs?: number;
  /** Any number; the same one gives the same noise. 1 when left out. */
  readonly seed?: number;
}

/** Above it the noise falls by 6 dB an octave, close to that of a room (Hoth). */
const cornerHz = 800;

/** A steady, quiet noise beneath what is played, so that a line does not seem dead where nothing is said. One channel. */
export class ComfortNoise {
  readonly #share: number;
  /** Brings the filtered noise to its level, with full scale at 1. */
  readonly #gain: number;
  #state: number;
  #value = 0;

  /** @throws AntiphonError `audio.invalid_option` */
  constructor(options: ComfortNoiseOptions) {
    const { sampleRateHz, levelDbfs = -65, seed = 1 } = options;
    requireInteger('sampleRateHz', sampleRateHz, { min: 4000, max: 192_000 });
    requireInteger('levelDbfs', levelDbfs, { min: -90, max: -40 });
    this.#state = Math.trunc(seed) | 1;
    this.#share = 1 - Math.exp((-2 * Math.PI * cornerHz) / sampleRateHz);
    // Uniform noise in ±1 has a power of 1/3; of that a one-pole low-pass leaves share / (2 − share).
    this.#gain = 10 ** (levelDbfs / 20) * Math.sqrt((3 * (2 - this.#share)) / this.#share);
  }

  /** A copy of `samples` with the noise beneath it, in the type given. 16-bit results are rounded and clamped. */
  push<S extends Samples>(samples: S): S {
    const out = samples.slice() as S;
    const isInteger = samples instanceof Int16Array;
    const gain = isInteger ? this.#gain * 32_768 : this.#gain;
    for (let i = 0; i < samples.length; i++) {
      this.#state = xorshift32(this.#state);
      this.#value += this.#share * (this.#state / 2 ** 31 - this.#value);
      const mixed = (samples[i] ?? 0) + gain * this.#value;
      out[i] = isInteger ? Math.max(-32_768, Math.min(32_767, Math.round(mixed))) : mixed;
    }
    return out;
  }
}
