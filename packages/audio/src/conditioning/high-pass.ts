import { requireInteger } from '../options.ts';
import { Biquad, highPassCoefficients } from './biquad.ts';
import type { ConditioningStage } from './conditioning-stage.ts';

/** Rates in Hz, integers; the cut-off lies below half the rate. */
export interface HighPassOptions {
  readonly sampleRateHz: number;
  /** Where the level is 3 dB down; 80 Hz when left out, below every voice. */
  readonly cutoffHz?: number;
}

/** Takes rumble, hum and wind away: a Butterworth high-pass of second order, 12 dB an octave. Without delay. */
export class HighPass implements ConditioningStage {
  readonly delaySamples = 0;
  readonly #filter: Biquad;

  /** @throws AntiphonError `audio.invalid_option` */
  constructor(options: HighPassOptions) {
    const { sampleRateHz, cutoffHz = 80 } = options;
    requireInteger('sampleRateHz', sampleRateHz, { min: 4000, max: 192_000 });
    requireInteger('cutoffHz', cutoffHz, { min: 1, max: Math.ceil(sampleRateHz / 2) - 1 });
    this.#filter = new Biquad(highPassCoefficients(cutoffHz, sampleRateHz));
  }

  push(samples: Float32Array): Float32Array {
    const out = new Float32Array(samples.length);
    this.#filter.run(samples, out);
    return out;
  }
}
