import { requireInteger } from '../options.ts';
import { emptyLike, type Samples } from '../pcm/samples.ts';

/** Rates are integers; the cut-off lies below half the rate. */
export interface DcBlockerOptions {
  readonly sampleRateHz: number;
  /** Where the level is 3 dB down; 20 Hz when left out. */
  readonly cutoffHz?: number;
}

/**
 * Removes a constant offset from one channel as it streams: a high-pass of first order. It begins as if the first
 * sample had been there for ever, so an offset makes no step at the start.
 */
export class DcBlocker {
  readonly #pole: number;
  #input: number | undefined;
  #output = 0;

  /** @throws AntiphonError `audio.invalid_option` */
  constructor(options: DcBlockerOptions) {
    const { sampleRateHz, cutoffHz = 20 } = options;
    requireInteger('sampleRateHz', sampleRateHz, { min: 100, max: 1_000_000 });
    requireInteger('cutoffHz', cutoffHz, { min: 1, max: Math.ceil(sampleRateHz / 2) - 1 });
    this.#pole = Math.exp((-2 * Math.PI * cutoffHz) / sampleRateHz);
  }

  /** The same samples without the offset, in the type and number given. 16-bit results are rounded and clamped. */
  push<S extends Samples>(samples: S): S {
    const out = emptyLike(samples, samples.length);
    const pole = this.#pole;
    const gain = (1 + pole) / 2;
    const isInteger = samples instanceof Int16Array;
    let input = this.#input ?? samples[0] ?? 0;
    let output = this.#output;
    for (let i = 0; i < samples.length; i++) {
      const value = samples[i] ?? 0;
      output = gain * (value - input) + pole * output;
      input = value;
      out[i] = isInteger ? Math.max(-32_768, Math.min(32_767, Math.round(output))) : output;
    }
    if (samples.length > 0) this.#input = input;
    this.#output = output;
    return out;
  }

  /** Forgets the stream so far. */
  reset(): void {
    this.#input = undefined;
    this.#output = 0;
  }
}
