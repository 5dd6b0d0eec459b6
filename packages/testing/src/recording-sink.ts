import type { AudioChunk, AudioSink, Clock, PlayoutProgress } from '@antiphon/core';
import { joined } from './signals.ts';

/** How a {@link RecordingSink} plays. */
export interface RecordingSinkOptions {
  readonly sampleRateHz: number;
  /** Sound takes its time on this clock; without one it is played the moment it is written. */
  readonly clock?: Clock;
}

/** A chunk on its way out. */
interface Playing {
  readonly chunk: AudioChunk;
  readonly startMs: number;
  readonly endMs: number;
  readonly cancel: () => void;
}

/** What is known of one content part. */
interface Part {
  readonly written: Int16Array[];
  playedMs: number;
  ended: boolean;
}

/** A speaker that remembers what it was given and what of it was heard. */
export class RecordingSink implements AudioSink {
  readonly sampleRateHz: number;
  readonly #clock: Clock | undefined;
  readonly #parts = new Map<string, Part>();
  #queue: readonly Playing[] = [];
  #flushes = 0;
  #closed = false;
  #listener: (progress: PlayoutProgress) => void = () => {};

  constructor(options: RecordingSinkOptions) {
    this.sampleRateHz = options.sampleRateHz;
    this.#clock = options.clock;
  }

  write(chunk: AudioChunk): void {
    if (this.#closed) {
      return;
    }
    // The writer may use its buffer again.
    this.#part(chunk.itemId, chunk.contentIndex).written.push(chunk.samples.slice());
    if (this.#clock === undefined) {
      this.#progress(chunk, this.#msOf(chunk));
    } else {
      this.#enqueue(chunk, this.#clock);
    }
  }

  endPart(itemId: string, contentIndex: number): void {
    this.#part(itemId, contentIndex).ended = true;
  }

  flush(): void {
    this.#flushes++;
    const dropped = this.#queue;
    this.#queue = [];
    const nowMs = this.#clock?.nowMs() ?? 0;
    for (const { chunk, startMs, cancel } of dropped) {
      cancel();
      if (nowMs > startMs) {
        this.#progress(chunk, nowMs - startMs);
      }
    }
  }

  onProgress(listener: (progress: PlayoutProgress) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { cancel } of this.#queue) {
      cancel();
    }
    this.#queue = [];
  }

  /** Everything written of a part, heard or not. */
  samplesOf(itemId: string, contentIndex = 0): Int16Array {
    return joined(...(this.#parts.get(keyOf(itemId, contentIndex))?.written ?? []));
  }

  /** Milliseconds of a part that were played. */
  playedMs(itemId: string, contentIndex = 0): number {
    return this.#parts.get(keyOf(itemId, contentIndex))?.playedMs ?? 0;
  }

  /** Whether the part was declared complete. */
  hasEnded(itemId: string, contentIndex = 0): boolean {
    return this.#parts.get(keyOf(itemId, contentIndex))?.ended ?? false;
  }

  get flushes(): number {
    return this.#flushes;
  }

  get closed(): boolean {
    return this.#closed;
  }

  #enqueue(chunk: AudioChunk, clock: Clock): void {
    const nowMs = clock.nowMs();
    const startMs = Math.max(nowMs, this.#queue.at(-1)?.endMs ?? 0);
    const endMs = startMs + this.#msOf(chunk);
    const cancel = clock.setTimer(endMs - nowMs, () => {
      this.#queue = this.#queue.slice(1);
      this.#progress(chunk, endMs - startMs);
    });
    this.#queue = [...this.#queue, { chunk, startMs, endMs, cancel }];
  }

  #progress(chunk: AudioChunk, heardMs: number): void {
    const { itemId, contentIndex } = chunk;
    const part = this.#part(itemId, contentIndex);
    part.playedMs += heardMs;
    this.#listener({ itemId, contentIndex, playedMs: part.playedMs });
  }

  #msOf(chunk: AudioChunk): number {
    return (chunk.samples.length * 1000) / this.sampleRateHz;
  }

  #part(itemId: string, contentIndex: number): Part {
    const key = keyOf(itemId, contentIndex);
    const part = this.#parts.get(key) ?? { written: [], playedMs: 0, ended: false };
    this.#parts.set(key, part);
    return part;
  }
}

function keyOf(itemId: string, contentIndex: number): string {
  return `${contentIndex}:${itemId}`;
}
