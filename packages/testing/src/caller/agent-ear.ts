import type { AudioChunk, AudioSink, PlayoutProgress } from '@antiphon/core';
import { joined } from '../signals.ts';

/** A chunk that is being played. */
interface Queued {
  readonly chunk: AudioChunk;
  /** Samples of it that were played. */
  played: number;
}

/** A stretch of the agent's speech that was heard, by the caller's clock. */
export interface HeardSpeech {
  readonly itemId: string;
  readonly startMs: number;
  readonly ms: number;
}

/** The caller's end of the agent's voice: a speaker that plays by frames and remembers what was heard. */
export class AgentEar implements AudioSink {
  readonly sampleRateHz: number;
  readonly #heard: HeardSpeech[] = [];
  readonly #endedParts = new Set<string>();
  readonly #playedMs = new Map<string, number>();
  #queue: readonly Queued[] = [];
  #flushes = 0;
  #isClosed = false;
  #listener: (progress: PlayoutProgress) => void = () => {};
  /** Called when something was written. */
  #onWrite: () => void = () => {};

  constructor(sampleRateHz: number) {
    this.sampleRateHz = sampleRateHz;
  }

  /** What was heard of each item, in order. */
  get heard(): readonly HeardSpeech[] {
    return this.#heard;
  }

  get flushes(): number {
    return this.#flushes;
  }

  /** Whether nothing waits to be played. */
  get isQuiet(): boolean {
    return this.#queue.length === 0;
  }

  write(chunk: AudioChunk): void {
    if (!this.#isClosed) {
      // The writer may use its buffer again.
      this.#queue = [...this.#queue, { chunk: { ...chunk, samples: chunk.samples.slice() }, played: 0 }];
      this.#onWrite();
    }
  }

  /** Sets the one listener of what is written. */
  onWrite(listener: () => void): void {
    this.#onWrite = listener;
  }

  endPart(itemId: string, contentIndex: number): void {
    this.#endedParts.add(keyOf(itemId, contentIndex));
  }

  /** Whether the agent said that no more comes for a part. */
  hasEnded(itemId: string, contentIndex = 0): boolean {
    return this.#endedParts.has(keyOf(itemId, contentIndex));
  }

  flush(): void {
    this.#flushes++;
    this.#queue = [];
  }

  onProgress(listener: (progress: PlayoutProgress) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queue = [];
  }

  /** Plays a frame of `length` samples, silence where there is nothing to play; `startMs` is when it begins. */
  play(length: number, startMs: number): Int16Array {
    const frame = new Int16Array(length);
    let filled = 0;
    while (filled < length) {
      const [first] = this.#queue;
      if (first === undefined) {
        break;
      }
      const rest = first.chunk.samples.subarray(first.played, first.played + length - filled);
      frame.set(rest, filled);
      this.#note(first.chunk, startMs + this.#msOf(filled), this.#msOf(rest.length));
      filled += rest.length;
      first.played += rest.length;
      if (first.played >= first.chunk.samples.length) {
        this.#queue = this.#queue.slice(1);
      }
    }
    return frame;
  }

  #note({ itemId, contentIndex }: AudioChunk, startMs: number, ms: number): void {
    const last = this.#heard.at(-1);
    if (last?.itemId === itemId && startMs - (last.startMs + last.ms) < 1) {
      this.#heard.splice(-1, 1, { ...last, ms: last.ms + ms });
    } else {
      this.#heard.push({ itemId, startMs, ms });
    }
    const key = keyOf(itemId, contentIndex);
    const playedMs = (this.#playedMs.get(key) ?? 0) + ms;
    this.#playedMs.set(key, playedMs);
    this.#listener({ itemId, contentIndex, playedMs });
  }

  #msOf(samples: number): number {
    return (samples * 1000) / this.sampleRateHz;
  }
}

/** Two voices side by side: the caller left, the agent right. */
export function interleaved(left: readonly Int16Array[], right: readonly Int16Array[]): Int16Array {
  const [one, other] = [joined(...left), joined(...right)];
  const stereo = new Int16Array(2 * Math.max(one.length, other.length));
  for (let index = 0; index < stereo.length / 2; index++) {
    stereo[2 * index] = one[index] ?? 0;
    stereo[2 * index + 1] = other[index] ?? 0;
  }
  return stereo;
}

function keyOf(itemId: string, contentIndex: number): string {
  return `${contentIndex}:${itemId}`;
}
