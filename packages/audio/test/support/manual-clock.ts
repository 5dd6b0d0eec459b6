import { setImmediate as nextTask } from 'node:timers/promises';
import type { Clock } from '@antiphon/core';

/** A clock that goes on when it is told to. */
export class ManualClock implements Clock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly fire: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, fire: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** The machine stands still for so long: what has become due happens late. */
  jump(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  /** Lets time pass; what becomes due happens in its order, and what waits for promises in between. */
  async pass(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await settle();
    for (;;) {
      const [next] = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
      await settle();
    }
    this.#nowMs = endMs;
  }
}

/** Lets everything happen that is only a matter of promises. */
export async function settle(): Promise<void> {
  await nextTask();
}
