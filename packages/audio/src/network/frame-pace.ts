import type { Clock } from '@antiphon/core';

/** Further behind than this a pace begins anew. */
const longestLagMs = 200;

/** An even pace that does not drift: frame after frame falls due by the clock, however late the timers are. */
export class FramePace {
  readonly #clock: Clock;
  readonly #frameMs: number;
  #dueMs: number;

  constructor(clock: Clock, frameMs: number) {
    this.#clock = clock;
    this.#frameMs = frameMs;
    this.#dueMs = clock.nowMs() + frameMs;
  }

  /** Until the next frame is due; 0 when it is. */
  get waitMs(): number {
    return Math.max(0, this.#dueMs - this.#clock.nowMs());
  }

  /**
   * Goes on to the frame after this one.
   *
   * @returns frames that the program was too late for and that are left out: 0 but after a stall.
   */
  advance(): number {
    const lagMs = this.#clock.nowMs() - this.#dueMs;
    const left = lagMs > longestLagMs ? Math.floor(lagMs / this.#frameMs) : 0;
    this.#dueMs += (1 + left) * this.#frameMs;
    return left;
  }
}
