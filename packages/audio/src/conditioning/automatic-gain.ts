import { requireInteger } from '../options.ts';
import type { ConditioningStage } from './conditioning-stage.ts';
import { PeakGuard } from './peak-guard.ts';
import { SpeechMeter } from './speech-meter.ts';

/** Levels are RMS in dBFS, where a full-scale sine has −3.01. Integers. */
export interface AutomaticGainOptions {
  readonly sampleRateHz: number;
  /** Where speech is brought to, from −50 to −6; −20 when left out. */
  readonly targetDbfs?: number;
  /** The most that is added or taken away, in dB, at most 40; 20 when left out. */
  readonly maxGainDb?: number;
}

/** Slowly up, so that the first word after a pause is hardly louder than the last before it. */
const riseDbPerSecond = 6;
const fallDbPerSecond = 20;

/**
 * Brings speech to one level, slowly: speech is averaged over a second; the gain rises by at most 6 dB a second, falls by
 * at most 20, stays within ±`maxGainDb`, and stands still while nobody speaks. Peaks are held at −1 dBFS, so that nothing
 * clips. It does not look ahead and has no delay.
 */
export class AutomaticGain implements ConditioningStage {
  readonly delaySamples = 0;
  readonly #targetDbfs: number;
  readonly #maxGainDb: number;
  readonly #riseDb: number;
  readonly #fallDb: number;
  readonly #meter: SpeechMeter;
  readonly #guard: PeakGuard;
  #gainDb = 0;
  #gain = 1;
  #gainStep = 0;

  /** @throws AntiphonError `audio.invalid_option` */
  constructor(options: AutomaticGainOptions) {
    const { sampleRateHz, targetDbfs = -20, maxGainDb = 20 } = options;
    requireInteger('sampleRateHz', sampleRateHz, { min: 4000, max: 192_000 });
    this.#targetDbfs = requireInteger('targetDbfs', targetDbfs, { min: -50, max: -6 });
    this.#maxGainDb = requireInteger('maxGainDb', maxGainDb, { min: 0, max: 40 });
    this.#meter = new SpeechMeter(sampleRateHz, targetDbfs);
    this.#guard = new PeakGuard(sampleRateHz);
    const blockSeconds = this.#meter.blockSamples / sampleRateHz;
    this.#riseDb = riseDbPerSecond * blockSeconds;
    this.#fallDb = fallDbPerSecond * blockSeconds;
  }

  /** The gain of the moment in dB, peaks aside. */
  get gainDb(): number {
    return this.#gainDb;
  }

  push(samples: Float32Array): Float32Array {
    const out = new Float32Array(samples.length);
    for (let i = 0; i < samples.length; i++) {
      const value = samples[i] ?? 0;
      out[i] = this.#guard.next(value * this.#gain);
      this.#gain += this.#gainStep;
      const heard = this.#meter.push(value);
      if (heard !== 'within') this.#decide(heard);
    }
    return out;
  }

  /** Where the gain goes, along a straight line, during the next block. */
  #decide(heard: 'speech' | 'background'): void {
    if (heard === 'speech') {
      const missing = this.#targetDbfs - this.#meter.speechDbfs;
      const wanted = Math.max(-this.#maxGainDb, Math.min(this.#maxGainDb, missing));
      this.#gainDb = Math.max(this.#gainDb - this.#fallDb, Math.min(this.#gainDb + this.#riseDb, wanted));
    }
    this.#gainStep = (10 ** (this.#gainDb / 20) - this.#gain) / this.#meter.blockSamples;
  }
}
