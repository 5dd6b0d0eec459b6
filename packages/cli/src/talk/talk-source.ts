import { GainRamp, levels } from '@antiphon/audio';
import type { AudioSource } from '@antiphon/core';
import type { MicrophoneState } from './talk-state.ts';

/** What a talk source is made of. */
export interface TalkSourceOptions {
  readonly microphone: AudioSource;
  /** Whether the microphone would hear the agent. */
  readonly hearsAgent: () => boolean;
  /** Takes what the agent says out of a frame, where that is done. */
  readonly clean?: (frame: Int16Array) => Int16Array;
  /** Told of each frame as it is sent, and of the peak of what was heard, whether or not it is. */
  readonly onFrame: (frame: Int16Array, heardDbfs: number) => void;
  /** Told whenever it changes. */
  readonly onState: (state: MicrophoneState) => void;
}

const fadeMs = 10;

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
    for await (const heard of microphone.frames(signal)) {
      const frame = clean(heard);
      this.#update();
      this.#ramp.moveTo(this.#state === 'open' ? 1 : 0);
      const sent = this.#ramp.push(frame);
      onFrame(sent, levels(frame).peakDbfs);
      yield sent;
    }
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
    return this.#options.hearsAgent() ? 'gated' : 'open';
  }
}
