import { setImmediate as nextTask, setTimeout as sleep } from 'node:timers/promises';
import type { AudioSource, Clock } from '@antiphon/core';
import { Rendezvous } from './rendezvous.ts';

/** How fast audio is handed over. */
export type Pace = 'realtime' | 'fast';

const frameMs = 20;
/** In `fast`, audio of a file goes as fast as it is taken; the silence after it at this multiple of real time. */
const fastSilenceFactor = 10;

/** What a turn source is made of. */
export interface TurnSourceOptions {
  readonly sampleRateHz: number;
  readonly clock: Clock;
  readonly pace: Pace;
  /** Told of each frame as it is handed over. */
  readonly onFrame: (frame: Int16Array) => void;
}

/**
 * A source that is fed turn by turn: files, and the silence between them. One feeder at a time. In `realtime` each frame
 * is due when the ones before it have lasted.
 */
export class TurnSource implements AudioSource {
  readonly kind = 'recorded';
  readonly #options: TurnSourceOptions;
  readonly #meeting = new Rendezvous<Int16Array>();
  #positionSamples = 0;
  #dueMs = 0;

  constructor(options: TurnSourceOptions) {
    this.#options = options;
  }

  get sampleRateHz(): number {
    return this.#options.sampleRateHz;
  }

  /** Milliseconds of audio handed over so far: the clock of the server's `audio_start_ms` and `audio_end_ms`. */
  get positionMs(): number {
    return (this.#positionSamples * 1000) / this.sampleRateHz;
  }

  /** Hands over samples. Settles when the last was taken, or when nobody listens any more. */
  async speak(samples: Int16Array, signal: AbortSignal): Promise<void> {
    const frameSamples = this.#frameSamples();
    for (let at = 0; at < samples.length && !signal.aborted; at += frameSamples) {
      const frame = samples.subarray(at, at + frameSamples);
      if (this.#options.pace === 'realtime')
        await this.#wait((frame.length * 1000) / this.sampleRateHz, signal);
      else await nextTask();
      await this.#deliver(frame);
    }
  }

  /** Hands over one frame of silence, in its time; `hurry` shortens that in `fast`. Returns its milliseconds. */
  async beSilent(haste: 'hurry' | 'wait', signal: AbortSignal): Promise<number> {
    const hurried = this.#options.pace === 'fast' && haste === 'hurry';
    await this.#wait(hurried ? frameMs / fastSilenceFactor : frameMs, signal);
    await this.#deliver(new Int16Array(this.#frameSamples()));
    return frameMs;
  }

  /** What is handed over next starts its own time: the pause before it is no debt. */
  startClock(): void {
    this.#dueMs = this.#options.clock.nowMs();
  }

  async *frames(signal: AbortSignal): AsyncIterable<Int16Array> {
    signal.addEventListener('abort', () => this.#meeting.close(), { once: true });
    for (let frame = await this.#meeting.take(); frame !== undefined; frame = await this.#meeting.take()) {
      yield frame;
    }
  }

  async #deliver(frame: Int16Array): Promise<void> {
    await this.#meeting.give(frame);
    this.#positionSamples += frame.length;
    this.#options.onFrame(frame);
  }

  async #wait(durationMs: number, signal: AbortSignal): Promise<void> {
    this.#dueMs += durationMs;
    const waitMs = this.#dueMs - this.#options.clock.nowMs();
    if (waitMs > 1) await sleep(waitMs, undefined, { signal }).catch(() => {});
  }

  #frameSamples(): number {
    return Math.round((this.sampleRateHz * frameMs) / 1000);
  }
}
