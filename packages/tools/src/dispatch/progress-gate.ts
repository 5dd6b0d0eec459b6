import type { Clock } from '@antiphon/core';

/** Reports of one call are told at most this often, in milliseconds. */
const intervalMs = 100;

/** Tells what comes at once, and of what comes too soon after that only the newest, when its time has come. */
export class ProgressGate<Value> {
  readonly #clock: Clock;
  readonly #tell: (value: Value) => void;
  #newest: { readonly value: Value } | undefined;
  #isClosed = false;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, tell: (value: Value) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  put(value: Value): void {
    if (this.#isClosed) return;
    if (this.#cancelTimer !== undefined) {
      this.#newest = { value };
      return;
    }
    this.#tell(value);
    this.#cancelTimer = this.#clock.setTimer(intervalMs, () => this.#next());
  }

  /** Tells what is still to be told, and nothing after that. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTimer?.();
    const newest = this.#newest;
    if (newest !== undefined) this.#tell(newest.value);
  }

  #next(): void {
    this.#cancelTimer = undefined;
    const newest = this.#newest;
    this.#newest = undefined;
    if (newest !== undefined) this.put(newest.value);
  }
}
