import type { Task } from '../event-queue.ts';
import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import type { Stage } from '../stage.ts';

/** A stretch of the agent's voice on its way to the ear. */
interface Chunk {
  readonly part: PlayedPart;
  readonly startMs: number;
  readonly endMs: number;
  /** What of the part was written before it. */
  readonly offsetMs: number;
}

/** What the sink knows of a content part: ground truth of what was heard. */
export interface PlayedPart {
  readonly itemId: string;
  readonly contentIndex: number;
  writtenMs: number;
  heardMs: number;
  reportedMs: number;
}

/** A loudspeaker in real time, which tells in bursts what it has played. */
export class SinkModel {
  readonly parts = new Map<string, PlayedPart>();
  #queue: Chunk[] = [];
  /** Parts that the process which is gone was given: no other one is told of them. */
  #orphans = new Set<PlayedPart>();
  #report: Task | undefined;
  #lastEndMs = 0;
  #closed = false;
  readonly #stage: Stage;
  readonly #random: Prng;
  readonly #reportMs: number;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#random = stage.random.fork('sink');
    this.#reportMs = 350 + likelihood(stage.profile, 'sparse_audio', 400, 1_200);
  }

  /** Whether there is sound that was not played yet. */
  get isPlaying(): boolean {
    return (this.#queue.at(-1)?.endMs ?? 0) > this.#stage.queue.nowMs;
  }

  /** How much sound is still to be played. */
  get remainingMs(): number {
    return Math.max(0, (this.#queue.at(-1)?.endMs ?? 0) - this.#stage.queue.nowMs);
  }

  /** When the last sound that was played ended; now while there is some. */
  get silentSinceMs(): number {
    this.#advance();
    return this.isPlaying ? this.#stage.queue.nowMs : this.#lastEndMs;
  }

  /** The parts of which more than a millisecond is still to be played, in order. */
  get waiting(): readonly PlayedPart[] {
    if (this.#queue.length === 0) return [];
    const { nowMs } = this.#stage.queue;
    return [...new Set(this.#queue.filter((chunk) => chunk.endMs > nowMs + 1).map((chunk) => chunk.part))];
  }

  partOf(itemId: string, contentIndex: number): PlayedPart | undefined {
    this.#advance();
    return this.parts.get(`${itemId}/${contentIndex}`);
  }

  write(itemId: string, contentIndex: number, ms: number): void {
    if (this.#closed || ms <= 0) return;
    const key = `${itemId}/${contentIndex}`;
    const part = this.parts.get(key) ?? { itemId, contentIndex, writtenMs: 0, heardMs: 0, reportedMs: 0 };
    this.parts.set(key, part);
    const startMs = Math.max(this.#stage.queue.nowMs, this.#queue.at(-1)?.endMs ?? 0);
    this.#queue.push({ part, startMs, endMs: startMs + ms, offsetMs: part.writtenMs });
    part.writtenMs += ms;
    if (this.#report?.run === undefined) this.#planReport();
  }

  /** Drops what was not played; all that was heard is told before. */
  flush(): void {
    this.#advance();
    this.#tellProgress();
    this.#queue = [];
    this.#stage.queue.cancel(this.#report);
  }

  close(): void {
    this.#advance();
    this.#closed = true;
    this.#queue = [];
    this.#stage.queue.cancel(this.#report);
  }

  /** The process is gone: another one has a loudspeaker with nothing in it. */
  reset(): void {
    this.#advance();
    this.#queue = [];
    this.#orphans = new Set(this.parts.values());
    this.#stage.queue.cancel(this.#report);
  }

  #planReport(): void {
    const endMs = this.#queue.at(-1)?.endMs ?? 0;
    const { queue } = this.#stage;
    const dueMs = Math.min(endMs, queue.nowMs + this.#reportMs * (0.5 + this.#random.next()));
    this.#report = queue.at(dueMs, () => {
      this.#advance();
      this.#tellProgress();
      if (this.#queue.length > 0) this.#planReport();
    });
  }

  /** Brings what was heard up to now. */
  #advance(): void {
    const { nowMs } = this.#stage.queue;
    let done = 0;
    for (const chunk of this.#queue) {
      if (chunk.startMs > nowMs) break;
      const whole = chunk.endMs <= nowMs;
      const playedMs = whole ? chunk.endMs - chunk.startMs : nowMs - chunk.startMs;
      chunk.part.heardMs = Math.max(
        chunk.part.heardMs,
        Math.min(chunk.part.writtenMs, chunk.offsetMs + playedMs),
      );
      if (whole) done++;
      this.#lastEndMs = whole ? chunk.endMs : nowMs;
    }
    if (done > 0) this.#queue.splice(0, done);
  }

  #tellProgress(): void {
    for (const part of this.parts.values()) {
      if (part.heardMs <= part.reportedMs || this.#orphans.has(part)) continue;
      part.reportedMs = part.heardMs;
      const { itemId, contentIndex, heardMs } = part;
      this.#stage.dispatch({ type: 'playout.progress', itemId, contentIndex, playedMs: heardMs });
    }
  }
}
