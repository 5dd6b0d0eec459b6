import type { Clock } from '@antiphon/core';

interface Timer {
  readonly dueMs: number;
  readonly fire: () => void;
}

/** Time that passes only when a test says so. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #epochMs: number;
  /** In order of creation, which decides between timers that are due at once. */
  readonly #timers = new Set<Timer>();

  /** `epochMs` is the wall time at the start; 2026-01-01 unless told. */
  constructor(epochMs: number = Date.UTC(2026, 0, 1)) {
    this.#epochMs = epochMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#epochMs + this.#nowMs;
  }

  setTimer(delayMs: number, fire: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), fire };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** When each timer that has not fired is due, soonest first. */
  get pendingMs(): readonly number[] {
    return [...this.#timers].map((timer) => timer.dueMs).toSorted((a, b) => a - b);
  }

  /** Lets `ms` pass, firing what becomes due in its order, timers set meanwhile included. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (this.#fireNext(endMs)) {
      // Each firing may set or cancel others.
    }
    this.#nowMs = endMs;
  }

  /** Like {@link VirtualClock.advance}, but lets promises settle before, between and after the timers. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settlePromises();
    while (this.#fireNext(endMs)) {
      await settlePromises();
    }
    this.#nowMs = endMs;
  }

  /** Fires timers until none is left, letting promises settle in between. Throws when there is no end to them. */
  async runAll(maxTimers = 10_000): Promise<void> {
    await settlePromises();
    for (let fired = 0; this.#fireNext(Number.POSITIVE_INFINITY); fired++) {
      if (fired === maxTimers) {
        throw new Error(`virtual clock: still ${this.#timers.size} timers after ${maxTimers} fired`);
      }
      await settlePromises();
    }
  }

  #fireNext(endMs: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueMs < next.dueMs) {
        next = timer;
      }
    }
    if (next === undefined || next.dueMs > endMs) {
      return false;
    }
    this.#timers.delete(next);
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    next.fire();
    return true;
  }
}

/** Resolves after all promise callbacks that are ready, and those that they make ready. */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
