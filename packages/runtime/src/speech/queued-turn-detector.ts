import { FrameSplitter, Resampler } from '@antiphon/audio';
import type { DetectedTurn, RoomSound, TurnDetector, TurnListener } from '@antiphon/core';

/** Judges one stream of audio, one frame at a time. */
export interface FrameJudge {
  /** The next 32 ms, at 16 kHz. */
  judge(frame: Int16Array, room: RoomSound): Promise<readonly DetectedTurn[]>;
  /** Passes over audio that nobody looks at. */
  skip(durationMs: number): void;
  abandon(): void;
}

/** What a {@link QueuedTurnDetector} is made of. */
export interface QueuedTurnDetectorOptions {
  /** The rate of what is pushed. */
  readonly sampleRateHz: number;
  /** Loads the judge; audio that comes before it is there waits, within the bound. */
  readonly judge: Promise<FrameJudge>;
  readonly listener: TurnListener;
}

const judgedRateHz = 16_000;
const frameSamples = 512;
const frameMs = (frameSamples * 1000) / judgedRateHz;
/** Audio that waits for the judge longer is skipped: so much is kept of what is said, where nobody takes it. */
const longestQueueFrames = Math.round(15_000 / frameMs);

interface QueuedFrame {
  readonly samples: Int16Array;
  readonly room: RoomSound;
}

/** A detector that works through a queue, so that taking audio never waits for it. */
export class QueuedTurnDetector implements TurnDetector {
  readonly #options: QueuedTurnDetectorOptions;
  readonly #resampler: Resampler<Int16Array>;
  readonly #splitter = new FrameSplitter<Int16Array>(frameSamples);
  #queue: QueuedFrame[] = [];
  #skippedFrames = 0;
  #work: Promise<void> | undefined;
  #judge: FrameJudge | undefined;
  #phase: 'open' | 'closed' = 'open';

  constructor(options: QueuedTurnDetectorOptions) {
    this.#options = options;
    this.#resampler = new Resampler({ fromHz: options.sampleRateHz, toHz: judgedRateHz });
  }

  get unjudgedMs(): number {
    // The frame in work has left the queue.
    return this.#work === undefined ? 0 : (this.#queue.length + 1) * frameMs;
  }

  push(samples: Int16Array, room: RoomSound): Promise<void> | undefined {
    if (this.#phase === 'closed') return undefined;
    if (this.#queue.length > longestQueueFrames) {
      this.#options.listener.skipped(this.#queue.length * frameMs);
      this.#skipQueue();
    }
    const frames = this.#splitter.push(this.#resampler.push(samples));
    for (const frame of frames) this.#queue.push({ samples: frame, room });
    if (this.#queue.length === 0) return undefined;
    this.#work ??= this.#drain();
    return this.#work;
  }

  abandon(): void {
    this.#skipQueue();
    this.#judge?.abandon();
  }

  close(): void {
    this.#phase = 'closed';
    this.#queue = [];
  }

  async #drain(): Promise<void> {
    try {
      this.#judge ??= await this.#options.judge;
      for (let frame = this.#next(this.#judge); frame !== undefined; frame = this.#next(this.#judge)) {
        const found = await this.#judge.judge(frame.samples, frame.room);
        for (const turn of found) {
          if (this.#phase === 'open') this.#options.listener.detected(turn);
        }
      }
    } catch (error) {
      const wasOpen = this.#phase === 'open';
      this.close();
      if (wasOpen) this.#options.listener.failed(error);
    } finally {
      this.#work = undefined;
    }
  }

  /** The next frame to judge, after what was skipped before it. */
  #next(judge: FrameJudge): QueuedFrame | undefined {
    if (this.#skippedFrames > 0) judge.skip(this.#skippedFrames * frameMs);
    this.#skippedFrames = 0;
    return this.#queue.shift();
  }

  #skipQueue(): void {
    this.#skippedFrames += this.#queue.length;
    this.#queue = [];
  }
}
