import type { Effect } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { Bench } from './bench.ts';

/** What a step book asks and tells. */
export interface StepBookHooks {
  /** Why an effect had to be seen at a port; undefined for one that shows nowhere. */
  readonly mustShow: (effect: Effect) => string | undefined;
  /** An effect is performed now, or was at the latest. */
  readonly onEffect: (effect: Effect, step: SessionStep) => void;
  /** All effects of a step were performed. */
  readonly onFinish: (step: SessionStep) => void;
}

/**
 * Holds what ports are asked for against what was written down: the runner shows each step before it performs its
 * effects, and what is done must be among them, in their order.
 */
export class StepBook {
  #step: SessionStep | undefined;
  #next = 0;
  readonly #bench: Bench;
  readonly #hooks: StepBookHooks;

  constructor(bench: Bench, hooks: StepBookHooks) {
    this.#bench = bench;
    this.#hooks = hooks;
  }

  get step(): SessionStep | undefined {
    return this.#step;
  }

  begin(step: SessionStep): void {
    this.finish();
    this.#step = step;
    this.#next = 0;
    this.#bench.world.beginStep(step);
  }

  /** A port is asked for something: it must have been written down. */
  perform(what: string, matches: (effect: Effect) => boolean): Effect {
    return this.reach(matches) ?? this.#bench.fail('P01', `${what}, which was not written down`);
  }

  /** Goes on to an effect, if it is still to come in this step. */
  reach(matches: (effect: Effect) => boolean): Effect | undefined {
    const effects = this.#step?.effects ?? [];
    const at = effects.findIndex((effect, index) => index >= this.#next && matches(effect));
    if (at < 0) return undefined;
    this.#seeUpTo(at);
    const effect = effects[at];
    if (effect !== undefined) this.#see(effect);
    return effect;
  }

  /** All effects of the step were performed. */
  finish(): void {
    const step = this.#step;
    if (step === undefined) return;
    this.#seeUpTo(step.effects.length);
    this.#step = undefined;
    this.#hooks.onFinish(step);
    this.#bench.world.endStep(step);
  }

  /** Those on the way were not seen at any port. */
  #seeUpTo(end: number): void {
    const effects = this.#step?.effects ?? [];
    while (this.#next < end) {
      const effect = effects[this.#next];
      if (effect === undefined) return;
      const why = this.#hooks.mustShow(effect);
      if (why !== undefined) this.#bench.fail('P02', `${effect.type} was written down and not done: ${why}`);
      this.#see(effect);
    }
  }

  #see(effect: Effect): void {
    this.#next++;
    if (this.#step === undefined) return;
    this.#bench.world.seeEffect(effect, this.#step);
    this.#hooks.onEffect(effect, this.#step);
  }
}
