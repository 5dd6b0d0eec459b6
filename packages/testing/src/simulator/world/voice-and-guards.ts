import type { Effect } from '@antiphon/core';
import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import { isCalm, later, type Stage } from '../stage.ts';

type Announce = Extract<Effect, { readonly type: 'announce' }>;
type GuardCheck = Extract<Effect, { readonly type: 'guard.check' }>;

/** The voice of the process itself. */
export class AnnouncerModel {
  readonly asked: Announce[] = [];
  readonly #stage: Stage;
  readonly #random: Prng;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#random = stage.random.fork('announcer');
  }

  announce(effect: Announce): void {
    this.asked.push(effect);
    const { itemId, text } = effect;
    const fails = this.#random.chance(0.15);
    later(this.#stage, this.#random.int(20, 500), () => {
      if (fails) return this.#stage.dispatch({ type: 'announcement.failed', itemId, reason: 'no voice' });
      const byteLength = 2 * Math.floor(24 * text.length * (30 + 40 * this.#random.next()));
      this.#stage.dispatch({ type: 'announcement.audio', itemId, byteLength });
    });
  }
}

/** Guardrails that hold against something now and then. */
export class GuardModel {
  #trips = 0;
  readonly #stage: Stage;
  readonly #random: Prng;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#random = stage.random.fork('guards');
  }

  get trips(): number {
    return this.#trips;
  }

  check({ guard, itemId }: GuardCheck): void {
    if (isCalm(this.#stage)) return;
    if (!this.#random.chance(likelihood(this.#stage.profile, 'guards', 0.04, 0.12))) return;
    this.#trips++;
    const say = this.#random.chance(0.7) ? 'I cannot talk about that.' : undefined;
    later(this.#stage, this.#random.int(10, 900), () => {
      this.#stage.dispatch({ type: 'guard.tripped', guard, name: 'topic', itemId, say });
    });
  }
}
