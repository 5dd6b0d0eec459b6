import type {
  Announcement,
  Announcer,
  Effect,
  Guard,
  GuardCheck,
  GuardVerdict,
  SessionEvent,
} from '@antiphon/core';
import { likelihood } from '../profile.ts';
import { isCalm } from '../stage.ts';
import { whenAborted } from './abort-watch.ts';
import { type Bench, type Deferred, deferred, type IsOver, plannedError, strikes } from './bench.ts';
import type { StepBook } from './step-book.ts';

type CheckEffect = Extract<Effect, { readonly type: 'guard.check' }>;
type Announce = Extract<Effect, { readonly type: 'announce' }>;

/** How long a guard has. */
const guardMs = 2_000;

/** What is known of the texts of one item on one side. */
interface Desk {
  /** The newest text that a guard is to see, and the newest that it was given. */
  wanted: string;
  given: string | undefined;
  givenAtMs: number;
  trips: number;
}

/** Guardrails of the world as guards: slow, late, failing, silent. */
export class GuardBench {
  readonly #desks = new Map<string, Desk>();
  readonly #signals = new Set<AbortSignal>();
  readonly #bench: Bench;
  readonly #parts: { readonly steps: StepBook; readonly isOver: IsOver };
  readonly guards: readonly Guard[];

  constructor(bench: Bench, parts: { readonly steps: StepBook; readonly isOver: IsOver }) {
    this.#bench = bench;
    this.#parts = parts;
    this.guards = (['input', 'output'] as const).map((on) => ({
      name: 'topic',
      on,
      check: (text, check) => this.#check(on, text, check),
    }));
  }

  /** Checks that nobody has given up or had a verdict of. */
  get open(): number {
    return this.#signals.size;
  }

  see(effect: Effect): void {
    if (effect.type !== 'guard.check') return;
    const desk = this.#deskOf(effect);
    desk.wanted = effect.text;
  }

  /** The runner tells of a verdict. */
  tripped({ guard, itemId }: Extract<SessionEvent, { readonly type: 'guard.tripped' }>): void {
    const { world, fail } = this.#bench;
    const desk = this.#desks.get(`${guard}:${itemId}`);
    if (desk === undefined) return fail('P09', `${itemId} trips a guard that was not asked`);
    desk.trips++;
    if (desk.trips > 1) fail('P09', `${itemId} trips the guard ${desk.trips} times`);
    if (world.stage.queue.nowMs > desk.givenAtMs + guardMs)
      fail('P09', `${itemId} trips the guard after ${world.stage.queue.nowMs - desk.givenAtMs} ms`);
  }

  /** All is quiet: every text was judged. */
  audit(): void {
    for (const [key, { wanted, given, trips }] of this.#desks) {
      if (trips === 0 && given !== wanted) this.#bench.fail('P09', `the last text of ${key} is not judged`);
    }
  }

  #deskOf({ guard, itemId }: Pick<CheckEffect, 'guard' | 'itemId'>): Desk {
    const key = `${guard}:${itemId}`;
    const desk = this.#desks.get(key) ?? { wanted: '', given: undefined, givenAtMs: 0, trips: 0 };
    this.#desks.set(key, desk);
    return desk;
  }

  /** Where several items say the same, one of them that may be judged still. */
  #deskOfText(on: Guard['on'], text: string): Desk | undefined {
    const desks = [...this.#desks].flatMap(([key, desk]) =>
      key.startsWith(`${on}:`) && desk.wanted === text ? [desk] : [],
    );
    return (
      desks.findLast(({ given, trips }) => trips === 0 && given !== text) ??
      desks.findLast(({ trips }) => trips === 0) ??
      desks.at(-1)
    );
  }

  #check(on: Guard['on'], text: string, { signal }: GuardCheck): Promise<GuardVerdict> {
    const verdict = deferred<GuardVerdict>();
    if (this.#parts.isOver()) return verdict.promise;
    const { world, random, fail } = this.#bench;
    this.#parts.steps.reach(
      (effect) => effect.type === 'guard.check' && effect.guard === on && effect.text === text,
    );
    const desk = this.#deskOfText(on, text);
    if (desk === undefined)
      return fail('P09', `a guard of the ${on} is asked for something that nobody says`);
    if (desk.trips > 0) fail('P09', 'a guard is asked for an item that has tripped it');
    desk.given = text;
    desk.givenAtMs = world.stage.queue.nowMs;
    this.#signals.add(signal);
    whenAborted(signal, () => this.#signals.delete(signal));
    if (strikes(this.#bench, 'failing_guards', 0.1, 0.3)) return this.#failing(signal, verdict);
    if (strikes(this.#bench, 'silent_guards', 0.3, 0.6))
      return this.#answer(signal, verdict, random.int(1_500, 9_000));
    return this.#answer(signal, verdict, random.int(0, 600));
  }

  #answer(signal: AbortSignal, verdict: Deferred<GuardVerdict>, delayMs: number): Promise<GuardVerdict> {
    const { world, random } = this.#bench;
    const trips = !isCalm(world.stage) && random.chance(likelihood(world.stage.profile, 'guards', 0.1, 0.3));
    const say = random.chance(0.7) ? { say: 'I cannot talk about that.' } : {};
    world.stage.queue.after(delayMs, () => {
      this.#signals.delete(signal);
      verdict.resolve(trips ? { ok: false, ...say } : { ok: true });
    });
    return verdict.promise;
  }

  #failing(signal: AbortSignal, { promise, reject }: Deferred<GuardVerdict>): Promise<GuardVerdict> {
    const { world, random } = this.#bench;
    const manner = random.pick(['throws', 'rejects', 'rejects', 'nothing'] as const);
    if (manner !== 'rejects') this.#signals.delete(signal);
    if (manner === 'throws') throw plannedError('the guard');
    if (manner === 'nothing') return Promise.resolve(undefined as unknown as GuardVerdict);
    world.stage.queue.after(random.int(0, 400), () => {
      this.#signals.delete(signal);
      reject(plannedError('the guard'));
    });
    return promise;
  }
}

/** The process's own voice of the world as an announcer. */
export class VoiceBench implements Announcer {
  /** The samples of the announcement whose sound comes now. */
  readonly sounds = new Map<string, Int16Array>();
  readonly #asked = new Map<string, Deferred<Announcement>>();
  readonly #bench: Bench;
  readonly #parts: { readonly steps: StepBook; readonly isOver: IsOver };

  constructor(bench: Bench, parts: { readonly steps: StepBook; readonly isOver: IsOver }) {
    this.#bench = bench;
    this.#parts = parts;
  }

  speak(text: string): Promise<Announcement> {
    const answer = deferred<Announcement>();
    if (this.#parts.isOver()) return answer.promise;
    const isIt = (effect: Effect) => effect.type === 'announce' && effect.text === text;
    const effect = this.#parts.steps.perform(`“${text}” is announced`, isIt) as Announce;
    if (strikes(this.#bench, 'failing_voice', 0.1, 0.4)) {
      switch (this.#bench.random.pick(['throws', 'rejects', 'silent', 'nothing'] as const)) {
        case 'throws':
          throw plannedError('the announcer');
        case 'rejects':
          return Promise.reject(plannedError('the announcer'));
        case 'silent':
          return answer.promise;
        case 'nothing':
          return Promise.resolve({} as Announcement);
      }
    }
    this.#asked.set(effect.itemId, answer);
    this.#bench.world.announcer.announce(effect);
    return answer.promise;
  }

  /** What the world has decided is told the way an announcer does; false where nobody waits for it. */
  tell(event: SessionEvent): boolean {
    if (event.type !== 'announcement.audio' && event.type !== 'announcement.failed') return false;
    const asked = this.#asked.get(event.itemId);
    if (asked === undefined) return false;
    if (event.type === 'announcement.failed') {
      asked.reject(new Error(event.reason));
      return true;
    }
    const samples = new Int16Array(event.byteLength / 2);
    this.sounds.set(event.itemId, samples);
    asked.resolve({ samples });
    return true;
  }
}
