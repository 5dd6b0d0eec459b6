import type { Clock } from '../ports/clock.ts';
import type { TimerId } from '../session/effects.ts';

/** The running timers of a session, by id. Starting one that runs restarts it. */
export class TimerSet {
  readonly #cancels = new Map<TimerId, () => void>();
  readonly #clock: Clock;
  readonly #fired: (timer: TimerId) => void;

  constructor(clock: Clock, fired: (timer: TimerId) => void) {
    this.#clock = clock;
    this.#fired = fired;
  }

  start(timer: TimerId, delayMs: number): void {
    this.cancel(timer);
    const cancel = this.#clock.setTimer(delayMs, () => {
      this.#cancels.delete(timer);
      this.#fired(timer);
    });
    this.#cancels.set(timer, cancel);
  }

  cancel(timer: TimerId): void {
    this.#cancels.get(timer)?.();
    this.#cancels.delete(timer);
  }

  clear(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
