import type { SessionEvent } from '@antiphon/core';
import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import { type Agent, isCalm, type Stage } from '../stage.ts';

type Revision = Extract<SessionEvent, { readonly type: 'agents.revised' }>['agents'][string];

/** Those who change what holds in the middle of a session: an agent file that is written anew, and who may record. */
export class ReloadModel {
  #versions = 0;
  readonly #stage: Stage;
  readonly #random: Prng;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#random = stage.random.fork('reload');
    this.#repeat(likelihood(stage.profile, 'reload', 9_000, 4_000), () => this.#revise());
    this.#repeat(likelihood(stage.profile, 'recording', 7_000, 3_000), () => this.#record());
  }

  #repeat(everyMs: number, act: () => void): void {
    if (everyMs === 0) return;
    this.#stage.queue.after(this.#random.int(0, everyMs), () => {
      if (isCalm(this.#stage)) return;
      act();
      this.#repeat(everyMs, act);
    });
  }

  #revise(): void {
    const names = this.#random.pick([
      ['first'],
      ['second'],
      ['first', 'second'],
      ['first', 'nobody'],
    ] as const);
    const { agents } = this.#stage.settings;
    const revised = names.map((name) => [name, this.#revisionOf(name, agents[name])] as const);
    this.#stage.dispatch({ type: 'agents.revised', agents: Object.fromEntries(revised) });
  }

  #revisionOf(name: string, agent: Agent | undefined): Revision {
    const { idle, deadAir } = agent ?? {};
    return {
      instructions: this.#random.chance(0.7)
        ? `You are ${name}, version ${++this.#versions}. The caller is {{caller}}.`
        : undefined,
      idle: this.#random.chance(0.7) ? idle : undefined,
      deadAir: this.#random.chance(0.5)
        ? deadAir
        : { afterMs: this.#random.int(800, 3_000), say: 'Bear with me.' },
    };
  }

  #record(): void {
    const type = this.#random.pick(['recording.pause', 'recording.resume', 'recording.allow'] as const);
    this.#stage.dispatch({ type, by: `operator ${this.#random.int(1, 3)}` });
  }
}
