import { AntiphonError } from '@antiphon/core';
import { Biquad, type BiquadCoefficients } from '../conditioning/biquad.ts';
import { requireInteger } from '../options.ts';
import type { Samples } from '../pcm/samples.ts';

/** One or two channels, interleaved. */
export interface LoudnessOptions {
  readonly sampleRateHz: number;
  readonly channels?: 1 | 2;
}

const hopsPerBlock = 4;
const hopsPerSecond = 10;
/** −0.691 + 10 · log10(power), so that a 997 Hz sine of full scale in one channel has −3.01. */
const offsetDb = -0.691;
const absoluteGateLufs = -70;
const relativeGateLu = -10;
/** Blocks are counted by their loudness, in classes of 0.1 LU from the absolute gate on: memory stays what it is. */
const classesPerLu = 10;
const classCount = 100 * classesPerLu;

/**
 * Measures integrated loudness as ITU-R BS.1770-4 defines it: K-weighted, in blocks of 400 ms that overlap by 75 %, those
 * below −70 LUFS and those 10 LU below the rest left out. The relative gate is exact to 0.1 LU.
 */
export class LoudnessMeter {
  readonly #channels: number;
  readonly #hopSamples: number;
  readonly #filters: readonly (readonly [shelf: Biquad, highPass: Biquad])[];
  readonly #powers = new Float64Array(classCount);
  readonly #counts = new Uint32Array(classCount);
  /** Energies of the last hops, oldest first. */
  #hops: readonly number[] = [];
  #energy = 0;
  #inHop = 0;

  /** @throws AntiphonError `audio.invalid_option` */
  constructor(options: LoudnessOptions) {
    const { sampleRateHz, channels = 1 } = options;
    requireInteger('sampleRateHz', sampleRateHz, { min: 4000, max: 192_000 });
    this.#channels = requireInteger('channels', channels, { min: 1, max: 2 });
    this.#hopSamples = Math.round(sampleRateHz / hopsPerSecond);
    this.#filters = Array.from({ length: channels }, () => [
      new Biquad(shelfCoefficients(sampleRateHz)),
      new Biquad(highPassCoefficients(sampleRateHz)),
    ]);
  }

  /** Loudness of all that was pushed; −Infinity where nothing was loud enough, or shorter than 400 ms. */
  get integratedLufs(): number {
    const ungated = this.#meanPower(0);
    if (ungated === 0) return Number.NEGATIVE_INFINITY;
    return lufs(this.#meanPower(classOf(lufs(ungated) + relativeGateLu)));
  }

  /** @throws AntiphonError `audio.invalid_option` for a part of a frame. */
  push(samples: Samples): void {
    const channels = this.#channels;
    if (samples.length % channels !== 0) {
      const expected = `a multiple of the ${channels} channels`;
      throw new AntiphonError('audio.invalid_option', {
        option: 'samples.length',
        value: samples.length,
        expected,
      });
    }
    const sides = this.#filters.map((filters, channel) => weighted(samples, { channel, channels, filters }));
    for (let i = 0; i < samples.length / channels; i++) {
      for (const side of sides) this.#energy += (side[i] ?? 0) ** 2;
      this.#inHop += 1;
      if (this.#inHop === this.#hopSamples) this.#endHop();
    }
  }

  #endHop(): void {
    this.#hops = [...this.#hops, this.#energy].slice(-hopsPerBlock);
    this.#energy = 0;
    this.#inHop = 0;
    if (this.#hops.length < hopsPerBlock) return;
    const power = this.#hops.reduce((sum, energy) => sum + energy, 0) / (hopsPerBlock * this.#hopSamples);
    if (lufs(power) < absoluteGateLufs) return;
    const at = classOf(lufs(power));
    this.#powers[at] = (this.#powers[at] ?? 0) + power;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** The mean of the blocks from a class on; 0 where there are none. */
  #meanPower(from: number): number {
    let power = 0;
    let count = 0;
    for (let at = from; at < classCount; at++) {
      power += this.#powers[at] ?? 0;
      count += this.#counts[at] ?? 0;
    }
    return count === 0 ? 0 : power / count;
  }
}

interface Side {
  readonly channel: number;
  readonly channels: number;
  readonly filters: readonly [shelf: Biquad, highPass: Biquad];
}

function weighted(samples: Samples, { channel, channels, filters }: Side): Float64Array {
  const scale = samples instanceof Int16Array ? 1 / 32_768 : 1;
  const side = new Float64Array(samples.length / channels);
  for (let i = 0; i < side.length; i++) side[i] = (samples[i * channels + channel] ?? 0) * scale;
  for (const filter of filters) filter.run(side, side);
  return side;
}

function lufs(power: number): number {
  return offsetDb + 10 * Math.log10(power);
}

function classOf(loudness: number): number {
  const at = Math.floor((loudness - absoluteGateLufs) * classesPerLu);
  return Math.max(0, Math.min(classCount - 1, at));
}

/** The shelf of the head, by the analogue values behind the 48 kHz coefficients of the standard. */
function shelfCoefficients(sampleRateHz: number): BiquadCoefficients {
  const k = Math.tan((Math.PI * 1681.974450955533) / sampleRateHz);
  const q = 0.7071752369554196;
  const high = 10 ** (3.999843853973347 / 20);
  const band = high ** 0.4996667741545416;
  const a0 = 1 + k / q + k * k;
  return {
    b0: (high + (band * k) / q + k * k) / a0,
    b1: (2 * (k * k - high)) / a0,
    b2: (high - (band * k) / q + k * k) / a0,
    a1: (2 * (k * k - 1)) / a0,
    a2: (1 - k / q + k * k) / a0,
  };
}

/** The high-pass of the revised low-frequency B curve. */
function highPassCoefficients(sampleRateHz: number): BiquadCoefficients {
  const k = Math.tan((Math.PI * 38.13547087602444) / sampleRateHz);
  const q = 0.5003270373238773;
  const a0 = 1 + k / q + k * k;
  return { b0: 1, b1: -2, b2: 1, a1: (2 * (k * k - 1)) / a0, a2: (1 - k / q + k * k) / a0 };
}
