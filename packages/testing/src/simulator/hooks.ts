import type { Effect, SessionState } from '@antiphon/core';
import type { EventKey, StepKey, Watch } from './invariants/invariant.ts';
import type { SessionStep } from './session-under-test.ts';

type OnEvent = NonNullable<Watch['onEvent']>;
type OnEffect = NonNullable<Watch['onEffect']>;

interface StepHook {
  readonly run: NonNullable<Watch['onStep']>;
  /** The last step that it has seen. */
  seen: number;
}

/** A part of the state, and those that look at it. */
interface PartHooks {
  readonly part: keyof SessionState;
  readonly hooks: StepHook[];
}

const none: readonly never[] = [];

/** What the invariants want to see, by what happens: most of them look at few steps. */
export class Hooks {
  readonly #onEvent = new Map<EventKey, OnEvent[]>();
  readonly #onAnyEvent: OnEvent[] = [];
  readonly #onEffect = new Map<StepKey, OnEffect[]>();
  readonly #onAnyEffect: OnEffect[] = [];
  readonly #onStep = new Map<StepKey, StepHook[]>();
  readonly #onChange: PartHooks[] = [];
  readonly #onAnyStep: NonNullable<Watch['onStep']>[] = [];
  #step = 0;

  add({ events, onEvent, effects, onEffect, steps, reads, onStep }: Watch): void {
    if (onEvent !== undefined) {
      if (events === undefined) this.#onAnyEvent.push(onEvent);
      for (const key of events ?? []) put(this.#onEvent, key, onEvent);
    }
    if (onEffect !== undefined) {
      if (effects === undefined) this.#onAnyEffect.push(onEffect);
      for (const key of effects ?? []) put(this.#onEffect, key, onEffect);
    }
    if (onStep === undefined) return;
    if (steps === undefined && reads === undefined) this.#onAnyStep.push(onStep);
    const hook: StepHook = { run: onStep, seen: 0 };
    for (const key of steps ?? []) put(this.#onStep, key, hook);
    for (const part of reads ?? []) this.#watchPart(part, hook);
  }

  #watchPart(part: keyof SessionState, hook: StepHook): void {
    const known = this.#onChange.find((one) => one.part === part);
    if (known === undefined) this.#onChange.push({ part, hooks: [hook] });
    else known.hooks.push(hook);
  }

  onEvent(step: SessionStep): void {
    const { event } = step;
    for (const hook of this.#onAnyEvent) hook(step);
    for (const hook of this.#onEvent.get(event.type) ?? none) hook(step);
    if (event.type === 'server.event')
      for (const hook of this.#onEvent.get(event.event.type) ?? none) hook(step);
  }

  onEffect(effect: Effect, step: SessionStep): void {
    for (const hook of this.#onEffect.get(effect.type) ?? none) hook(effect, step);
    if (effect.type === 'notify')
      for (const hook of this.#onEffect.get(effect.notice.type) ?? none) hook(effect, step);
    for (const hook of this.#onAnyEffect) hook(effect, step);
  }

  onStep(step: SessionStep): void {
    const { event, before, state, effects } = step;
    this.#step += 1;
    for (const hook of this.#onAnyStep) hook(step);
    this.#see(this.#onStep.get(event.type), step);
    if (event.type === 'server.event') this.#see(this.#onStep.get(event.event.type), step);
    for (const effect of effects) {
      this.#see(this.#onStep.get(effect.type), step);
      if (effect.type === 'notify') this.#see(this.#onStep.get(effect.notice.type), step);
    }
    if (before === state) return;
    for (const { part, hooks } of this.#onChange) if (before[part] !== state[part]) this.#see(hooks, step);
  }

  #see(hooks: readonly StepHook[] | undefined, step: SessionStep): void {
    if (hooks === undefined) return;
    for (const hook of hooks) {
      if (hook.seen === this.#step) continue;
      hook.seen = this.#step;
      hook.run(step);
    }
  }
}

function put<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
