import { requireInteger } from '../options.ts';
import { emptyLike, type Samples } from '../pcm/samples.ts';

/** Interleaved samples of `channels` (1 when left out). */
export interface FadeOptions {
  readonly sampleRateHz: number;
  readonly channels?: number;
  /** How long the fade lasts, at most as long as the samples; 5 ms when left out, which no ear takes for a click. */
  readonly ms?: number;
}

/**
 * A copy that rises from silence over its first milliseconds, along half a cosine.
 *
 * @throws AntiphonError `audio.invalid_option`
 */
export function fadeIn<S extends Samples>(samples: S, options: FadeOptions): S {
  const { channels, fadeFrames } = checked(options);
  const length = Math.min(fadeFrames, Math.floor(samples.length / channels));
  const out = samples.slice() as S;
  for (let i = 0; i < length * channels; i++)
    out[i] = scaled(out, i, rising(Math.floor(i / channels), length));
  return out;
}

/**
 * A copy that falls to silence over its last milliseconds.
 *
 * @throws AntiphonError `audio.invalid_option`
 */
export function fadeOut<S extends Samples>(samples: S, options: FadeOptions): S {
  const { channels, fadeFrames } = checked(options);
  const frames = Math.floor(samples.length / channels);
  const length = Math.min(fadeFrames, frames);
  const out = samples.slice() as S;
  for (let i = (frames - length) * channels; i < frames * channels; i++) {
    out[i] = scaled(out, i, rising(frames - 1 - Math.floor(i / channels), length));
  }
  return out;
}

/**
 * What a sink plays when it is told to fall silent: the first milliseconds of what it has queued, faded out. The rest is
 * dropped. Playing them counts as played.
 *
 * @param queued the samples that would be played next; empty when nothing is.
 * @throws AntiphonError `audio.invalid_option`
 */
export function flushTail<S extends Samples>(queued: S, options: FadeOptions): S {
  const { channels, fadeFrames } = checked(options);
  return fadeOut(queued.subarray(0, fadeFrames * channels) as S, options);
}

/**
 * Moves the level of one channel without clicks, as for a pause: whenever the target changes, the gain goes there along
 * a straight line within `ms`.
 */
export class GainRamp {
  readonly #stepPerFrame: number;
  #gain: number;
  #target: number;

  /**
   * @param options.gain where it begins; 1 when left out.
   * @throws AntiphonError `audio.invalid_option`
   */
  constructor(options: Omit<FadeOptions, 'channels'> & { readonly gain?: number }) {
    const { gain = 1 } = options;
    this.#stepPerFrame = 1 / checked(options).fadeFrames;
    this.#gain = gain;
    this.#target = gain;
  }

  get gain(): number {
    return this.#gain;
  }

  /** @param gain 0 for silence, 1 to leave the samples as they are. */
  moveTo(gain: number): void {
    this.#target = gain;
  }

  /** A copy at the gain of the moment. */
  push<S extends Samples>(samples: S): S {
    const out = emptyLike(samples, samples.length);
    for (let i = 0; i < samples.length; i++) {
      const missing = this.#target - this.#gain;
      const step = Math.min(Math.abs(missing), this.#stepPerFrame);
      this.#gain = step === Math.abs(missing) ? this.#target : this.#gain + Math.sign(missing) * step;
      out[i] = scaled(samples, i, this.#gain);
    }
    return out;
  }
}

/** The gain at `position` of a rise over `length` frames: above 0 at the first frame, below 1 at the last. */
function rising(position: number, length: number): number {
  return 0.5 - 0.5 * Math.cos((Math.PI * (position + 0.5)) / length);
}

function scaled(samples: Samples, at: number, gain: number): number {
  const value = (samples[at] ?? 0) * gain;
  return samples instanceof Int16Array ? Math.max(-32_768, Math.min(32_767, Math.round(value))) : value;
}

function checked(options: FadeOptions): { channels: number; fadeFrames: number } {
  const { sampleRateHz, channels = 1, ms = 5 } = options;
  requireInteger('sampleRateHz', sampleRateHz, { min: 1, max: 1_000_000 });
  requireInteger('channels', channels, { min: 1, max: 256 });
  requireInteger('ms', ms, { min: 1, max: 60_000 });
  return { channels, fadeFrames: Math.max(1, Math.round((sampleRateHz * ms) / 1000)) };
}
