import { GainRamp, levels } from '@antiphon/audio';
import type { AudioSource, Clock } from '@antiphon/core';
import { HeardTime } from './heard-time.ts';
import type { MicrophoneState } from './talk-state.ts';

/** What a talk source is made of. */
export interface TalkSourceOptions {
  readonly microphone: AudioSource;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Whether the microphone heard the agent at this time of the clock. */
  readonly hearsAgent: (atMs: number) => boolean;
  /** Takes what the agent says out of a frame, where that is done. */
  readonly clean?: (frame: Int16Array) => Int16Array;
  /** Told of each frame as it is sent, and of the peak of what was heard, whether or not it is. */
  readonly onFrame: (frame: Int16Array, heardDbfs: number) => void;
  /** Told whenever it changes. */
  readonly onState: (state: MicrophoneState) => void;
}

const fadeMs = 10;

/**
 * The microphone of a talk: silent while it is muted, and while it would hear the agent. What was said before it was muted
 * is heard, however late it comes. The time of the stream goes on; where it is opened and shut there are no clicks.
 */
export class TalkSource implements AudioSource {
  readonly kind = 'live';
  readonly #options: TalkSourceOptions;
  readonly #ramp: GainRamp;
  readonly #heard: HeardTime;
  #wanted: 'open' | 'muted' = 'open';
  /** What was heard before that is not silenced by being muted. */
  #mutedFromMs = Number.NEGATIVE_INFINITY;
  /** What is to be done behind what was heard until then. */
  #waiting: { readonly atMs: number; readonly act: () => void } | undefined;
  #device: 'there' | 'missing' = 'there';
  #state: MicrophoneState = 'open';

  constructor(options: TalkSourceOptions) {
    this.#options = options;
    this.#heard = new HeardTime(options.clock);
    this.#ramp = new GainRamp({ sampleRateHz: options.microphone.sampleRateHz, ms: fadeMs });
  }

  get sampleRateHz(): number {
    return this.#options.microphone.sampleRateHz;
  }

  get isMuted(): boolean {
    return this.#wanted === 'muted';
  }

  mute(): void {
    if (this.#wanted === 'open' && this.#heard.isKnown) this.#mutedFromMs = this.#heard.allHeardAtMs;
    this.#wanted = 'muted';
    this.#update();
  }

  /** Does it when all that was said so far has come; at once where nothing is heard that could come. */
  afterWhatWasSaid(act: () => void): void {
    this.actNow();
    if (!this.#heard.isKnown || this.#device === 'missing') return act();
    this.#waiting = { atMs: this.#heard.allHeardAtMs, act };
  }

  /** Does at once what waits for what was said. */
  actNow(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.act();
  }

  open(): void {
    this.#wanted = 'open';
    this.#update();
  }

  /** Whether there is a microphone at present. */
  setDevice(device: 'there' | 'missing'): void {
    this.#device = device;
    if (device === 'missing') this.actNow();
    this.#update();
  }

  async *frames(signal: AbortSignal): AsyncIterable<Int16Array> {
    const { microphone, onFrame, clean = (frame) => frame } = this.#options;
    for await (const heard of microphone.frames(signal)) {
      this.#heard.note((heard.length * 1_000) / this.sampleRateHz);
      if (this.#waiting !== undefined && this.#heard.atMs >= this.#waiting.atMs) this.actNow();
      const frame = clean(heard);
      this.#update();
      this.#ramp.moveTo(this.#isSent() ? 1 : 0);
      const sent = this.#ramp.push(frame);
      onFrame(sent, levels(frame).peakDbfs);
      yield sent;
    }
  }

  #isSent(): boolean {
    if (this.#state !== 'muted') return this.#state === 'open';
    return this.#heard.atMs < this.#mutedFromMs && !this.#options.hearsAgent(this.#heard.atMs);
  }

  #update(): void {
    const state = this.#stateNow();
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState(state);
  }

  #stateNow(): MicrophoneState {
    if (this.#device === 'missing') return 'missing';
    if (this.#wanted === 'muted') return 'muted';
    return this.#options.hearsAgent(this.#heard.atMs) ? 'gated' : 'open';
  }
}
