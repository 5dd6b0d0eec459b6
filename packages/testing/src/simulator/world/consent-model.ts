import type { Effect, SessionNotice } from '@antiphon/core';
import type { Prng } from '../prng.ts';
import { isCalm, later, type Stage } from '../stage.ts';
import type { UserModel } from './user-model.ts';

type Request = Extract<SessionNotice, { readonly type: 'approval_requested' }>;

/** Those who are asked for calls: an operator who approves, rejects, forgets or says it twice, and the user. */
export class ConsentModel {
  readonly #stage: Stage;
  readonly #random: Prng;
  readonly #user: UserModel;

  constructor(stage: Stage, user: UserModel) {
    this.#stage = stage;
    this.#random = stage.random.fork('consents');
    this.#user = user;
  }

  /** Sees what the session tells. */
  see(effect: Effect): void {
    if (effect.type !== 'notify' || effect.notice.type !== 'approval_requested') return;
    if (effect.notice.by === 'app') this.#askOperator(effect.notice);
    else this.#askUser();
  }

  #askOperator({ approvalId, ttlMs }: Request): void {
    const { dispatch } = this.#stage;
    const verdicts = this.#random.pick([
      ['approved'],
      ['approved'],
      ['rejected'],
      ['approved', 'approved'],
      ['rejected', 'approved'],
      [],
    ] as const);
    let delayMs = 0;
    for (const verdict of verdicts) {
      delayMs += this.#random.int(0, Math.round(ttlMs * 1.2));
      later(this.#stage, delayMs, () => dispatch({ type: 'approval.given', approvalId, verdict }));
    }
    if (this.#random.chance(0.2)) {
      const other = `approval_${this.#random.int(1, 400)}`;
      later(this.#stage, this.#random.int(0, 2_000), () =>
        dispatch({ type: 'approval.given', approvalId: other, verdict: 'rejected' }),
      );
    }
  }

  #askUser(): void {
    const replies = this.#random.pick([
      ['yes'],
      ['yes'],
      ['yes please'],
      ['no'],
      ['please'],
      ['hm', 'yes'],
      ['yes', 'no'],
      ['yes but'],
      [],
    ] as const);
    let delayMs = 0;
    for (const reply of replies) {
      delayMs += this.#random.int(50, 3_500);
      const manner = this.#random.chance(0.3) ? 'typed' : 'spoken';
      this.#stage.queue.after(delayMs, () => {
        if (!isCalm(this.#stage)) this.#user.reply(reply, manner);
      });
    }
  }
}
