import type { ClientEvent, Effect, SessionNotice } from '@antiphon/core';
import type { Prng } from '../prng.ts';
import { isCalm, later, type Stage } from '../stage.ts';
import type { UserModel } from './user-model.ts';

type Request = Extract<SessionNotice, { readonly type: 'approval_requested' }>;

/** Those who are asked for calls: an operator who approves, rejects, forgets or says it twice, and the user. */
export class ConsentModel {
  readonly #stage: Stage;
  readonly #random: Prng;
  readonly #answers: Prng;
  readonly #isSpoken: boolean;
  readonly #user: UserModel;

  constructor(stage: Stage, user: UserModel) {
    this.#stage = stage;
    this.#random = stage.random.fork('consents');
    this.#answers = stage.random.fork('answers');
    this.#isSpoken = stage.profile.levels.spoken_consents !== 'off';
    this.#user = user;
  }

  /** Sees what the session tells, and what it asks for. */
  see(effect: Effect): void {
    if (this.#isSpoken && effect.type === 'transport.send') return this.#overhear(effect.event);
    if (effect.type !== 'notify') return;
    if (effect.notice.type === 'approval_settled') this.#user.attention.isAsked = false;
    if (effect.notice.type !== 'approval_requested') return;
    if (effect.notice.by === 'app') this.#askOperator(effect.notice);
    else if (this.#isSpoken) this.#answerSoon();
    else this.#askUser();
  }

  /** Whoever hears a question mostly waits for its end; some speak over it. */
  #overhear(sent: ClientEvent): void {
    if (sent.type !== 'response.create') return;
    if (sent.response?.metadata?.['antiphon.asks_for'] === undefined) return;
    this.#user.attention.isAsked = true;
    const haste = this.#answers.pick(['none', 'none', 'none', 'yes', 'noise'] as const);
    if (haste === 'none') return;
    this.#stage.queue.after(this.#answers.int(150, 2_600), () => {
      if (isCalm(this.#stage)) return;
      if (haste === 'noise') this.#user.makeNoise();
      else this.#user.reply('yes', this.#answers.chance(0.3) ? 'typed' : 'spoken');
    });
  }

  #answerSoon(): void {
    const replies = this.#answers.pick([
      ['yes'],
      ['yes'],
      ['yes'],
      ['no'],
      ['please', 'yes'],
      ['hm', 'yes'],
      ['hm', 'hm', 'yes'],
      ['yes', 'no'],
      ['no', 'yes'],
      ['yes but'],
      [],
    ] as const);
    let delayMs = 0;
    for (const reply of replies) {
      delayMs += this.#answers.int(50, 1_500);
      const manner = this.#answers.chance(0.2) ? 'typed' : 'spoken';
      this.#stage.queue.after(delayMs, () => {
        if (!isCalm(this.#stage)) this.#user.reply(reply, manner);
      });
    }
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
      later(this.#stage, delayMs, () =>
        dispatch({
          type: 'approval.given',
          approvalId,
          verdict,
          ...(verdict === 'rejected' && { reason: 'not today' }),
        }),
      );
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
