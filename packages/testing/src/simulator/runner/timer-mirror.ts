import type { Effect, TimerId } from '@antiphon/core';
import type { Bench } from './bench.ts';

/** The timers that ought to run, by the effects: what the runner's own are held against. */
export class TimerMirror {
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  see(effect: Effect): void {
    if (effect.type === 'timer.cancel') this.#drop(effect.timer);
    if (effect.type === 'timer.start') this.#start(effect.timer, effect.delayMs);
  }

  /** The runner tells that a timer has fired. */
  fired(timer: TimerId): void {
    const { timers, stage } = this.#bench.world;
    const task = timers.get(timer);
    if (task?.run === undefined) this.#bench.fail('P03', `timer ${timer} fires, which does not run`);
    if (task.dueMs - 1 > stage.queue.nowMs + 0.001) this.#bench.fail('P03', `timer ${timer} fires too early`);
    this.#drop(timer);
  }

  #start(timer: TimerId, delayMs: number): void {
    this.#drop(timer);
    const { timers, stage } = this.#bench.world;
    // The runner's own comes first.
    const overdue = stage.queue.after(delayMs + 1, () =>
      this.#bench.fail('P03', `timer ${timer} has not fired`),
    );
    timers.set(timer, overdue);
  }

  #drop(timer: TimerId): void {
    const { timers, stage } = this.#bench.world;
    stage.queue.cancel(timers.get(timer));
    timers.delete(timer);
  }
}
