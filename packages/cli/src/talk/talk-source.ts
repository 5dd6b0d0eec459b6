import { GainRamp, levels } from '@antiphon/audio';
import type { AudioSource, Clock } from '@antiphon/core';
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
/** By how much the clock of a device may run slow against that of the machine. */
const driftPerMs = 0.001;

/**
 * The microphone of a talk: silent while it is muted, and while it would hear the agent. The time of the stream goes on;
 * where it is opened and shut there are no clicks.
 */
export class TalkSource implements AudioSource {
  readonly kind = 'live';
  readonly #options: TalkSourceOptions;
  readonly #ramp: GainRamp;
  #wanted: 'open' | 'muted' = 'open';
  #device: 'there' | 'missing' = 'there';
  #state: MicrophoneState = 'open';
  /** How much later than its time in the stream a frame comes, at the least. */
  #leastLateMs = Number.POSITIVE_INFINITY;
  /** When the last frame was heard: earlier than it came, where this process was busy. */
  #heardAtMs = 0;

  constructor(options: TalkSourceOptions) {
    this.#options = options;
    this.#ramp = new GainRamp({ sampleRateHz: options.microphone.sampleRateHz, ms: fadeMs });
  }

  get sampleRateHz(): number {
    return this.#options.microphone.sampleRateHz;
  }

  get isMuted(): boolean {
    return this.#wanted === 'muted';
  }

  mute(): void {
    this.#wanted = 'muted';
    this.#update();
  }

  open(): void {
    this.#wanted = 'open';
    this.#update();
  }

  /** Whether there is a microphone at present. */
  setDevice(device: 'there' | 'missing'): void {
    this.#device = device;
    this.#update();
  }

  async *frames(signal: AbortSignal): AsyncIterable<Int16Array> {
    const { microphone, onFrame, clean = (frame) => frame } = this.#options;
    let streamMs = 0;
    for await (const heard of microphone.frames(signal)) {
      const frameMs = (heard.length * 1_000) / this.sampleRateHz;
      streamMs += frameMs;
      this.#note(streamMs, frameMs);
      const frame = clean(heard);
      this.#update();
      this.#ramp.moveTo(this.#state === 'open' ? 1 : 0);
      const sent = this.#ramp.push(frame);
      onFrame(sent, levels(frame).peakDbfs);
      yield sent;
    }
  }

  #note(streamMs: number, frameMs: number): void {
    const nowMs = this.#options.clock.nowMs();
    const lateMs = nowMs - streamMs;
    this.#leastLateMs = Math.min(lateMs, this.#leastLateMs + frameMs * driftPerMs);
    this.#heardAtMs = nowMs - (lateMs - this.#leastLateMs);
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
    return this.#options.hearsAgent(this.#heardAtMs) ? 'gated' : 'open';
  }
}
