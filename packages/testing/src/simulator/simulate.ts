import type { Effect, SessionState } from '@antiphon/core';
import { Hooks } from './hooks.ts';
import { invariants as allInvariants } from './invariants/all.ts';
import type { Invariant, Watch } from './invariants/invariant.ts';
import { describeUnrest, isQuiet } from './invariants/rest.ts';
import { Prng } from './prng.ts';
import { describeProfile, drawProfile, type Profile } from './profile.ts';
import { pureDriver, replayJournal, type SessionDriver, type SessionStep } from './session-under-test.ts';
import { settingsOfSchedule } from './settings-of-schedule.ts';
import { describeStep, type TraceEntry } from './trace.ts';
import { type StepObserver, World } from './world.ts';

/** What one schedule is made of. */
export interface ScheduleOptions {
  readonly seed: number;
  /** `swarm` unless told. */
  readonly profile?: string;
  /** The pure session unless told. */
  readonly driver?: SessionDriver;
  /** All of them unless told. */
  readonly invariants?: readonly Invariant[];
  /** How long what the session left behind has after its end, in virtual milliseconds: 3,000 unless told. */
  readonly afterEndMs?: number;
  /** Keeps every step for the report, not only the last ones. */
  readonly keepTrace?: boolean;
  /** Sees every step after it was checked. */
  readonly onStep?: (step: SessionStep, atMs: number) => void;
}

/** Something that did not hold. */
export interface Violation {
  readonly invariant: string;
  readonly message: string;
  readonly atMs: number;
}

/** What came of one schedule. */
export interface ScheduleResult {
  readonly seed: number;
  /** The pure session, or the runner that performs its effects. */
  readonly driver: 'session' | 'runner';
  readonly profile: Profile;
  /** The first thing that did not hold; the schedule ends with it. */
  readonly violation: Violation | undefined;
  readonly steps: number;
  /** Virtual time, in milliseconds. */
  readonly elapsedMs: number;
  /** The last steps, or all of them. */
  readonly trace: readonly TraceEntry[];
}

const lastSteps = 60;
const quietMs = 45_000;
const patienceMs = 40_000;
/** Calls that the user is asked for are asked for one after the other: so long after each that nobody replied to. */
const consentPatienceMs = 90_000;
const mostSteps = 40_000;
/** Of how many schedules one is replayed from its journal. */
const replayedShare = 16;

/** Runs one schedule: a session in a world drawn from the seed, held against every invariant at every step. */
export function runSchedule(options: ScheduleOptions): ScheduleResult {
  const schedule = new Schedule(options);
  schedule.attempt(() => {
    for (const _moment of schedule.play()) {
      // Everything happens within the moments.
    }
  });
  return schedule.result;
}

/** One schedule, moment by moment. */
export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #profile: Profile;
  readonly #world: World;
  readonly #watches: Watch[] = [];
  readonly #hooks = new Hooks();
  readonly #trace: TraceEntry[] = [];
  #steps = 0;
  #violation: Violation | undefined;
  #patientUntilMs = 0;

  constructor(options: ScheduleOptions) {
    const { seed, profile, driver = pureDriver(), invariants = allInvariants } = options;
    this.#options = options;
    this.#profile = drawProfile(seed, profile);
    const random = new Prng(seed).fork('schedule');
    this.#world = new World({
      seed,
      profile: this.#profile,
      settings: settingsOfSchedule(seed, this.#profile),
      activeMs: random.int(12_000, 30_000),
      driver,
      observer: this.#observer(),
    });
    for (const invariant of invariants) {
      if (invariant.exceptOnCalls && this.#world.network.call !== undefined) continue;
      const watch = invariant.watch(this.#world, (message) => this.#fail(invariant.id, message));
      this.#watches.push(watch);
      this.#hooks.add(watch);
    }
  }

  /** The first thing that did not hold. */
  get violation(): Violation | undefined {
    return this.#violation;
  }

  get result(): ScheduleResult {
    const { seed } = this.#options;
    const elapsedMs = this.#nowMs;
    const { violation } = this;
    return {
      seed,
      driver: 'session',
      profile: this.#profile,
      violation,
      steps: this.#steps,
      elapsedMs,
      trace: this.#trace,
    };
  }

  /** Does a part of the schedule; what it throws is a violation. */
  attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      const message = `the session throws: ${stackOf(error)}`;
      this.#violation ??= { invariant: 'I09', message, atMs: this.#nowMs };
    }
  }

  get #nowMs(): number {
    return this.#world.stage.queue.nowMs;
  }

  /** The whole schedule; yields when a moment is over, and goes on with the next. */
  *play(): Generator<void> {
    const { queue, calmFromMs } = this.#world.stage;
    this.#world.session.dispatch({ type: 'session.start' });
    yield;
    yield* this.#runUntil(calmFromMs + quietMs);
    const asks = this.#profile.levels.consents !== 'off';
    const patientMs = asks ? consentPatienceMs : patienceMs;
    this.#patientUntilMs = calmFromMs + quietMs + patientMs;
    const look = () => void queue.after(250, look);
    look();
    while (!isQuiet(this.#world) && queue.runNext(this.#patientUntilMs)) {
      // Goes on until all is quiet, which may be so between two events.
      yield;
      this.#checkSteps();
    }
    if (!isQuiet(this.#world))
      this.#fail('I10', `the session does not come to rest: ${describeUnrest(this.#world)}`);
    for (const watch of this.#watches) watch.onQuiet?.();
    this.#world.operator.closing ??= { mode: 'cancel', atMs: this.#nowMs };
    this.#world.session.dispatch({ type: 'session.close', mode: 'cancel', reason: 'the schedule is over' });
    yield;
    yield* this.#runUntil(this.#nowMs + (this.#options.afterEndMs ?? 3_000));
    for (const watch of this.#watches) watch.onEnd?.();
    if (this.#options.seed % replayedShare === 0) this.#checkReplay();
  }

  /** The journal holds all that the state is made of. */
  #checkReplay(): void {
    const { stage, journal, session } = this.#world;
    const replayed = replayJournal(stage.settings, journal);
    if (stateText(replayed) !== stateText(session.state))
      this.#fail('I29', 'the journal gives another state');
  }

  *#runUntil(untilMs: number): Generator<void> {
    const { queue } = this.#world.stage;
    while (queue.runNext(untilMs)) {
      yield;
      this.#checkSteps();
    }
  }

  /** A call that was asked for in vain makes room for the next, which is given as long. */
  #waitFurther(effect: Effect): void {
    if (effect.type !== 'notify' || effect.notice.type !== 'approval_settled') return;
    this.#patientUntilMs = Math.max(this.#patientUntilMs, this.#nowMs + consentPatienceMs);
  }

  #checkSteps(): void {
    if (this.#steps > mostSteps) this.#fail('I10', `still busy after ${mostSteps} steps`);
  }

  #observer(): StepObserver {
    return {
      onEvent: (step) => {
        this.#record(step);
        this.#hooks.onEvent(step);
      },
      onEffect: (effect, step) => {
        this.#waitFurther(effect);
        this.#hooks.onEffect(effect, step);
      },
      onStep: (step) => {
        this.#hooks.onStep(step);
        this.#options.onStep?.(step, this.#nowMs);
      },
    };
  }

  #record({ event, effects }: SessionStep): void {
    this.#steps++;
    this.#trace.push({ atMs: this.#nowMs, event, effects });
    if (this.#options.keepTrace !== true && this.#trace.length > 2 * lastSteps) {
      this.#trace.splice(0, this.#trace.length - lastSteps);
    }
  }

  /** Something does not hold. It throws, so that nothing more is done; whoever catches it finds it in {@link violation}. */
  #fail(invariant: string, message: string): never {
    this.#violation ??= { invariant, message, atMs: this.#nowMs };
    throw new Error(message);
  }
}

/** A state as a text that is equal when everything in it is. */
function stateText(state: SessionState): string {
  return JSON.stringify(state, (_key, value: unknown) =>
    value instanceof Map ? [...value.entries()] : value,
  );
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What is printed of a schedule in which something did not hold. */
export function describeFailure(result: ScheduleResult, steps = lastSteps): string {
  const { seed, driver, profile, violation, trace } = result;
  const options = [
    driver === 'session' ? '' : ` --driver ${driver}`,
    profile.name === 'swarm' ? '' : ` --profile ${profile.name}`,
  ];
  const command = `npm run simulate -- --replay ${seed}${options.join('')}`;
  return [
    `seed ${seed}`,
    `profile ${describeProfile(profile)}`,
    `${violation?.invariant ?? ''} at ${Math.round(violation?.atMs ?? 0)} ms: ${violation?.message ?? ''}`,
    ...trace.slice(-steps).map(describeStep),
    `replay: ${command}`,
  ].join('\n');
}
