import type { Clock } from '@antiphon/core';
import type { EventQueue, Task } from '../event-queue.ts';

/** The virtual time of a schedule as a clock, which knows the timers that run. */
export class TaskClock implements Clock {
  readonly #queue: EventQueue;
  readonly #running = new Set<Task>();
  readonly #onThrow: (error: unknown) => void;
  #phase: 'running' | 'stopped' = 'running';

  constructor(queue: EventQueue, onThrow: (error: unknown) => void) {
    this.#queue = queue;
    this.#onThrow = onThrow;
  }

  /** How many timers run. */
  get size(): number {
    return this.#running.size;
  }

  nowMs(): number {
    return this.#queue.nowMs;
  }

  wallMs(): number {
    return Date.UTC(2026, 0, 1) + this.#queue.nowMs;
  }

  setTimer(delayMs: number, fire: () => void): () => void {
    // Promises of a process that has ended are still settled here.
    if (this.#phase === 'stopped') return () => {};
    const task = this.#queue.after(delayMs, () => {
      this.#running.delete(task);
      try {
        fire();
      } catch (error) {
        this.#onThrow(error);
      }
    });
    this.#running.add(task);
    return () => {
      this.#queue.cancel(task);
      this.#running.delete(task);
    };
  }

  /** The process ends: no timer fires any more. */
  stop(): void {
    this.#phase = 'stopped';
    for (const task of this.#running) this.#queue.cancel(task);
    this.#running.clear();
  }
}
