import type { Clock } from '@antiphon/core';

/** By how much the clock of a device may run slow against that of the machine. */
const driftPerMs = 0.001;
/** What was heard comes this much later at the least: it is in the device, or on its way here. */
const onItsWayMs = 80;

/** When the frames of a microphone were heard: earlier than they came, where this process was busy. */
export class HeardTime {
  readonly #clock: Pick<Clock, 'nowMs'>;
  #streamMs = 0;
  /** How much later than its time in the stream a frame comes, at the least. */
  #leastLateMs = Number.POSITIVE_INFINITY;
  #heardAtMs = 0;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** Whether frames have come. */
  get isKnown(): boolean {
    return this.#streamMs > 0;
  }

  /** When the last frame was heard, by the clock. */
  get atMs(): number {
    return this.#heardAtMs;
  }

  /** What was said so far was heard by then. */
  get allHeardAtMs(): number {
    return this.#clock.nowMs() + onItsWayMs;
  }

  /** A frame has come. */
  note(frameMs: number): void {
    this.#streamMs += frameMs;
    const nowMs = this.#clock.nowMs();
    const lateMs = nowMs - this.#streamMs;
    this.#leastLateMs = Math.min(lateMs, this.#leastLateMs + frameMs * driftPerMs);
    this.#heardAtMs = nowMs - (lateMs - this.#leastLateMs);
  }
}
