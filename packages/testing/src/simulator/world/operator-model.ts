import type { SessionEvent, TimerId } from '@antiphon/core';
import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import { isCalm, type Stage } from '../stage.ts';

const nonsense: readonly SessionEvent[] = [
  { type: 'session.start' },
  { type: 'user.commit' },
  { type: 'user.speech_started' },
  { type: 'user.speech_dropped' },
  { type: 'user.interrupt' },
  { type: 'playout.flushed' },
  { type: 'playout.progress', itemId: 'item_nowhere', contentIndex: 3, playedMs: 40 },
  { type: 'announcement.failed', itemId: 'item_nowhere', reason: 'nobody asked' },
  { type: 'announcement.audio', itemId: 'item_nowhere', byteLength: 480 },
  {
    type: 'tool.settled',
    callId: 'call_nowhere',
    outcome: { status: 'completed', arguments: {}, output: 1, outputText: '1', elapsedMs: 1 },
  },
  { type: 'guard.tripped', guard: 'output', name: 'topic', itemId: 'item_nowhere', say: undefined },
  { type: 'agent.handoff', agent: 'nobody' },
  { type: 'agent.say', text: '' },
  { type: 'user.text', text: '' },
  { type: 'variables.set', values: {} },
  { type: 'transport.opened', epoch: 0 },
  { type: 'server.invalid', epoch: 9_999, reason: 'from nowhere' },
  { type: 'transport.closed', epoch: 9_999, code: 1006, reason: '', cause: undefined },
];

const timers: readonly TimerId[] = [
  'connect',
  'backoff',
  'healthy',
  'rollover:0',
  'rollover.force:0',
  'response',
  'response.retry',
  'stall',
  'commit',
  'idle',
  'dead_air',
  'call:call_nowhere',
  'filler:call_nowhere',
];

/** Who runs the session: says things, moves it, hands it over, ends it; and whatever should not happen. */
export class OperatorModel {
  /** When the session was told to end, and how. */
  closing: { readonly mode: 'drain' | 'cancel'; readonly atMs: number } | undefined;
  readonly #stage: Stage;
  readonly #random: Prng;
  readonly #crash: () => void;
  readonly #runs: (timer: TimerId) => boolean;
  readonly #numbers = new Set<number>();
  /** Of an operator who has second thoughts. */
  readonly #thoughts: Prng | undefined;

  constructor(stage: Stage, hooks: { crash: () => void; runs: (timer: TimerId) => boolean }) {
    this.#stage = stage;
    this.#random = stage.random.fork('operator');
    this.#crash = hooks.crash;
    this.#runs = hooks.runs;
    this.#repeat(9_000, () => this.#operate());
    this.#repeat(4_000, () => this.#disturb());
    this.#planClose();
    this.#planCrash();
    const thoughts = stage.random.fork('second thoughts');
    if (thoughts.chance(likelihood(stage.profile, 'given_up_answers', 0.35, 0.6))) this.#thoughts = thoughts;
    const asides = stage.random.fork('asides');
    if (asides.chance(likelihood(stage.profile, 'slow_answers', 0.5, 1))) this.#sayAsides(asides);
  }

  /** Where answers are late there is much to say meanwhile. */
  #sayAsides(random: Prng, number = 1): void {
    this.#stage.queue.after(random.int(500, 6_000), () => {
      if (isCalm(this.#stage)) return;
      this.#stage.dispatch({ type: 'agent.say', text: `aside ${number}` });
      this.#thinkAgain();
      this.#sayAsides(random, number + 1);
    });
  }

  /** Some of what is to be said is not wanted any more before it has begun. */
  #thinkAgain(): void {
    if (this.#thoughts?.chance(0.5) !== true) return;
    this.#stage.queue.after(this.#thoughts.int(20, 500), () => {
      if (!isCalm(this.#stage)) this.#stage.dispatch({ type: 'user.interrupt' });
    });
  }

  #repeat(everyMs: number, act: () => void): void {
    this.#stage.queue.after(this.#random.int(0, everyMs), () => {
      if (isCalm(this.#stage)) return;
      act();
      this.#repeat(everyMs, act);
    });
  }

  /** No text is told twice: what is held against the session knows them by their words. */
  #newNumber(): number {
    let number = this.#random.int(1, 999);
    while (this.#numbers.has(number)) number += 1;
    this.#numbers.add(number);
    return number;
  }

  #operate(): void {
    const { profile, dispatch } = this.#stage;
    if (this.#random.chance(likelihood(profile, 'handoffs', 0.2, 0.5))) {
      dispatch({ type: 'agent.handoff', agent: this.#random.pick(['first', 'second']) });
    }
    if (!this.#random.chance(likelihood(profile, 'operator', 0.4, 0.9))) return;
    const what = this.#random.pick(['say', 'protected', 'reseat', 'variables', 'interrupt'] as const);
    switch (what) {
      case 'say':
        return dispatch({ type: 'agent.say', text: `notice ${this.#newNumber()}` });
      case 'protected':
        return dispatch({
          type: 'agent.say',
          text: `disclaimer ${this.#newNumber()}`,
          protected: true,
        });
      case 'reseat':
        return dispatch({ type: 'session.reseat', reason: 'asked to' });
      case 'variables':
        return dispatch({ type: 'variables.set', values: { caller: `caller ${this.#random.int(1, 9)}` } });
      case 'interrupt':
        return dispatch({ type: 'user.interrupt' });
    }
  }

  #disturb(): void {
    if (!this.#random.chance(likelihood(this.#stage.profile, 'nonsense', 0.3, 0.8))) return;
    if (this.#random.chance(0.6)) return this.#stage.dispatch(this.#random.pick(nonsense));
    const timer = this.#random.pick(timers);
    if (!this.#runs(timer)) this.#stage.dispatch({ type: 'timer.fired', timer });
  }

  #planClose(): void {
    if (!this.#random.chance(likelihood(this.#stage.profile, 'closing', 0.4, 0.8))) return;
    this.#stage.queue.after(this.#random.int(500, this.#stage.calmFromMs), () => this.#close());
  }

  #close(): void {
    const mode = this.#random.pick(['drain', 'cancel'] as const);
    this.closing ??= { mode, atMs: this.#stage.queue.nowMs };
    this.#stage.dispatch({ type: 'session.close', mode, reason: 'the operator ends it' });
    if (this.#random.chance(0.3)) this.#stage.queue.after(this.#random.int(1, 2_000), () => this.#close());
  }

  #planCrash(): void {
    if (!this.#random.chance(likelihood(this.#stage.profile, 'crash', 0.5, 0.9))) return;
    this.#stage.queue.after(this.#random.int(500, this.#stage.calmFromMs), this.#crash);
  }
}
