import { FrameSplitter } from '../dsp/frame-splitter.ts';
import { Resampler } from '../dsp/resampler.ts';
import { requireInteger } from '../options.ts';
import { concatSamples } from '../pcm/samples.ts';
import type { ConditioningStage } from './conditioning-stage.ts';

/** What takes noise out of one stream, frame by frame. */
export interface Denoiser {
  readonly sampleRateHz: number;
  /** Samples of a frame. */
  readonly frameLength: number;
  /** By how many samples what comes out lies behind what goes in. */
  readonly delaySamples: number;
  /** Replaces a frame, floats where full scale is [−1, 1), by what is left of it. */
  process(frame: Float32Array): void;
  /** Frees what is held. Idempotent. */
  close(): void;
}

const noSamples = new Float32Array(0);

/** Brings a stream of any rate to a {@link Denoiser} and back, in its place: the delay of the denoiser is taken out. */
export class NoiseSuppressor implements ConditioningStage {
  readonly delaySamples: number;
  readonly #denoiser: Denoiser;
  readonly #there: Resampler<Float32Array>;
  readonly #back: Resampler<Float32Array>;
  readonly #frames: FrameSplitter<Float32Array>;
  /** What of the first output lies before the first input. */
  #ahead: number;

  /** @throws AntiphonError `audio.invalid_option` */
  constructor(denoiser: Denoiser, sampleRateHz: number) {
    requireInteger('sampleRateHz', sampleRateHz, { min: 4000, max: 192_000 });
    const rates = { fromHz: sampleRateHz, toHz: denoiser.sampleRateHz };
    this.#denoiser = denoiser;
    this.#there = new Resampler(rates);
    this.#back = new Resampler({ fromHz: rates.toHz, toHz: rates.fromHz });
    this.#frames = new FrameSplitter(denoiser.frameLength);
    this.#ahead = denoiser.delaySamples;
    const heldMs = ((denoiser.delaySamples + denoiser.frameLength) * 1000) / denoiser.sampleRateHz;
    const delayMs = heldMs + this.#there.delayMs + this.#back.delayMs;
    this.delaySamples = Math.ceil((delayMs * sampleRateHz) / 1000) + 1;
  }

  push(samples: Float32Array): Float32Array {
    const frames = this.#frames.push(this.#there.push(samples));
    for (const frame of frames) this.#denoiser.process(frame);
    const out = concatSamples(frames, noSamples);
    const cut = Math.min(this.#ahead, out.length);
    this.#ahead -= cut;
    return this.#back.push(cut === 0 ? out : out.subarray(cut));
  }

  close(): void {
    this.#denoiser.close();
  }
}
