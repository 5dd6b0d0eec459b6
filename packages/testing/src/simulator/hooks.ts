import type { Effect } from '@antiphon/core';
import type { StepKey, Watch } from './invariants/invariant.ts';
import type { SessionStep } from './session-under-test.ts';

interface StepHook {
  readonly run: NonNullable<Watch['onStep']>;
  /** The last step that it has seen. */
  seen: number;
}

/** What the invariants want to see, by what happens: most of them look at few steps. */
export class Hooks {
  readonly #onEvent: NonNullable<Watch['onEvent']>[] = [];
  readonly #onEffect = new Map<StepKey, NonNullable<Watch['onEffect']>[]>();
  readonly #onAnyEffect: NonNullable<Watch['onEffect']>[] = [];
  readonly #onStep = new Map<StepKey, StepHook[]>();
  readonly #onAnyStep: NonNullable<Watch['onStep']>[] = [];
  #step = 0;

  add({ onEvent, effects, onEffect, steps, onStep }: Watch): void {
    if (onEvent !== undefined) this.#onEvent.push(onEvent);
    if (onEffect !== undefined) {
      if (effects === undefined) this.#onAnyEffect.push(onEffect);
      for (const key of effects ?? []) put(this.#onEffect, key, onEffect);
    }
    if (onStep === undefined) return;
    if (steps === undefined) this.#onAnyStep.push(onStep);
    const hook: StepHook = { run: onStep, seen: 0 };
    for (const key of steps ?? []) put(this.#onStep, key, hook);
  }

  onEvent(step: SessionStep): void {
    for (const hook of this.#onEvent) hook(step);
  }

  onEffect(effect: Effect, step: SessionStep): void {
    for (const hook of this.#onEffect.get(effect.type) ?? []) hook(effect, step);
    if (effect.type === 'notify')
      for (const hook of this.#onEffect.get(effect.notice.type) ?? []) hook(effect, step);
    for (const hook of this.#onAnyEffect) hook(effect, step);
  }

  onStep(step: SessionStep): void {
    this.#step += 1;
    for (const hook of this.#onAnyStep) hook(step);
    this.#see(step.event.type, step);
    for (const effect of step.effects) {
      this.#see(effect.type, step);
      if (effect.type === 'notify') this.#see(effect.notice.type, step);
    }
  }

  #see(key: StepKey, step: SessionStep): void {
    for (const hook of this.#onStep.get(key) ?? []) {
      if (hook.seen === this.#step) continue;
      hook.seen = this.#step;
      hook.run(step);
    }
  }
}

function put<Value>(map: Map<StepKey, Value[]>, key: StepKey, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
