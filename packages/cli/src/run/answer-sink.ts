import { PlayoutLedger } from '@antiphon/audio';
import type { AudioChunk, AudioSink, Clock, PlayoutProgress } from '@antiphon/core';
import type { Pace } from './turn-source.ts';

const tickMs = 20;

/** What an answer sink is made of. */
export interface AnswerSinkOptions {
  readonly sampleRateHz: number;
  readonly clock: Clock;
  /** `realtime` plays as a speaker would; `fast` has played what it was given at once. */
  readonly pace: Pace;
  readonly onReceived: (chunk: AudioChunk) => void;
  readonly onPartEnd: (itemId: string, contentIndex: number) => void;
  /** Told of what was heard, before the session is. */
  readonly onProgress: (progress: PlayoutProgress) => void;
  /** What waits is about to be dropped: what is told until then ends in a fade. */
  readonly onFlushing: () => void;
  /** What waited was dropped, after its progress was told. */
  readonly onFlushed: () => void;
}

/** A speaker that is not there: it plays into a callback, in real time or at once, and acknowledges what it played. */
export class AnswerSink implements AudioSink {
  readonly sampleRateHz: number;
  readonly #options: AnswerSinkOptions;
  readonly #ledger: PlayoutLedger;
  readonly #queue: Int16Array[] = [];
  #listener: (progress: PlayoutProgress) => void = () => {};
  #cancelTick: (() => void) | undefined;
  #playedUntilMs = 0;

  constructor(options: AnswerSinkOptions) {
    this.sampleRateHz = options.sampleRateHz;
    this.#options = options;
    this.#ledger = new PlayoutLedger({ sampleRateHz: options.sampleRateHz });
  }

  write(chunk: AudioChunk): void {
    if (chunk.samples.length === 0) return;
    this.#options.onReceived(chunk);
    this.#ledger.append(chunk, chunk.samples.length);
    this.#queue.push(chunk.samples);
    if (this.#options.pace === 'fast') this.#play(chunk.samples.length);
    else if (this.#cancelTick === undefined) this.#startTicking();
  }

  endPart(itemId: string, contentIndex: number): void {
    this.#options.onPartEnd(itemId, contentIndex);
  }

  flush(): void {
    this.#options.onFlushing();
    this.#tick();
    this.#queue.length = 0;
    for (const cut of this.#ledger.flush()) this.#tell(cut);
    this.#options.onFlushed();
    this.#stopTicking();
  }

  onProgress(listener: (progress: PlayoutProgress) => void): void {
    this.#listener = listener;
  }

  close(): Promise<void> {
    this.#stopTicking();
    this.#queue.length = 0;
    this.#listener = () => {};
    return Promise.resolve();
  }

  #startTicking(): void {
    this.#playedUntilMs = this.#options.clock.nowMs();
    this.#scheduleTick();
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#options.clock.setTimer(tickMs, () => {
      this.#cancelTick = undefined;
      this.#tick();
      if (this.#queue.length > 0) this.#scheduleTick();
    });
  }

  #stopTicking(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }

  /** Plays what has become due since the last tick. */
  #tick(): void {
    if (this.#queue.length === 0) return;
    const dueMs = this.#options.clock.nowMs() - this.#playedUntilMs;
    const dueSamples = Math.floor((dueMs * this.sampleRateHz) / 1000);
    this.#playedUntilMs += (dueSamples * 1000) / this.sampleRateHz;
    this.#play(dueSamples);
  }

  #play(dueSamples: number): void {
    let left = dueSamples;
    for (let next = this.#queue[0]; next !== undefined && left > 0; next = this.#queue[0]) {
      const heard = next.subarray(0, left);
      left -= heard.length;
      if (heard.length === next.length) this.#queue.shift();
      else this.#queue[0] = next.subarray(heard.length);
    }
    for (const played of this.#ledger.advance(dueSamples - left)) this.#tell(played);
  }

  #tell(progress: PlayoutProgress): void {
    this.#options.onProgress(progress);
    this.#listener(progress);
  }
}
