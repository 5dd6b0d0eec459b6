import type WebRtcAec3 from '@ennuicastr/webrtcaec3.js';
import { GainRamp } from '../dsp/fade.ts';
import { Resampler } from '../dsp/resampler.ts';
import { requireInteger } from '../options.ts';
import { floatToInt16, int16ToFloat } from '../pcm/convert.ts';
import { EchoWatch } from './echo-watch.ts';

/** The rate that the canceller works at. */
const canceledRateHz = 48_000;
const channels = 1;

/**
 * Takes out of what a microphone hears what a speaker in the same room plays: WebRTC's AEC3, in WebAssembly. It needs about a
 * second of both to learn the room, follows it when it changes, and delays the microphone by less than 15 ms. What it leaves of
 * an echo, 12 dB and more below what was heard, is silenced.
 */
export class EchoCanceller {
  readonly #canceller: WebRtcAec3.AEC3;
  readonly #speaker: Resampler<Float32Array>;
  readonly #microphone: Resampler<Float32Array>;
  readonly #output: Resampler<Float32Array>;
  readonly #watch: EchoWatch;
  readonly #ramp: GainRamp;

  private constructor(canceller: WebRtcAec3.AEC3, sampleRateHz: number) {
    this.#canceller = canceller;
    this.#speaker = new Resampler({ fromHz: sampleRateHz, toHz: canceledRateHz });
    this.#microphone = new Resampler({ fromHz: sampleRateHz, toHz: canceledRateHz });
    this.#output = new Resampler({ fromHz: canceledRateHz, toHz: sampleRateHz });
    this.#watch = new EchoWatch({ sampleRateHz });
    this.#ramp = new GainRamp({ sampleRateHz, ms: 10 });
  }

  /**
   * @param options.sampleRateHz of what both sides give.
   * @throws AntiphonError `audio.invalid_option`
   */
  static async load(options: { readonly sampleRateHz: number }): Promise<EchoCanceller> {
    const sampleRateHz = requireInteger('sampleRateHz', options.sampleRateHz, { min: 8_000, max: 48_000 });
    const { default: load } = await import('@ennuicastr/webrtcaec3.js');
    const { AEC3 } = await load();
    return new EchoCanceller(new AEC3(canceledRateHz, channels, channels), sampleRateHz);
  }

  /**
   * Whether it knows the room: nearly nothing was left of what the speaker played, or none of it was to be heard. Until then
   * a microphone had better be shut while the speaker plays.
   */
  get hasLearned(): boolean {
    return this.#watch.hasLearned;
  }

  /** The way from the speaker to the microphone may be another one from now on: a device was changed, or ran dry. */
  relearn(): void {
    this.#watch.relearn();
  }

  /** The speaker is handed this to play, at the latest when it plays it: silence, too. */
  played(samples: Int16Array): void {
    this.#watch.played(samples);
    const reference = this.#speaker.push(int16ToFloat(samples));
    if (reference.length > 0) this.#canceller.analyze([reference]);
  }

  /** What the microphone heard, without what the speaker played. As long as what was given, over a few calls. */
  clean(samples: Int16Array): Int16Array {
    const heard = [this.#microphone.push(int16ToFloat(samples))];
    const cleaned = new Float32Array(this.#canceller.processSize(heard));
    this.#canceller.process([cleaned], heard);
    const left = floatToInt16(this.#output.push(cleaned));
    this.#ramp.moveTo(this.#watch.isRest(samples, left) ? 0 : 1);
    return this.#ramp.push(left);
  }

  /** Frees what is held; nothing may be given any more. */
  close(): void {
    this.#canceller.free();
  }
}
