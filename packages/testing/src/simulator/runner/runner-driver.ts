import type { SessionEvent, SessionSettings, SessionState } from '@antiphon/core';
import type { Fail, Invariant } from '../invariants/invariant.ts';
import { replayJournal, type SessionDriver, type SessionUnderTest } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Bench } from './bench.ts';
import { Life } from './life.ts';
import { type RuleId, runnerRules } from './rules.ts';
import { drawTroubles } from './troubles.ts';

/** A real session runner in a world: its ports are the world's actors. */
export class RunnerRig {
  /** What the process that has ended leaves behind is gone with it. */
  onCrash: () => void = () => {};
  readonly #fails = new Map<RuleId, Fail>();
  #session: RunnerUnderTest | undefined;
  #made: Bench | undefined;

  readonly driver: SessionDriver = (settings, _onStep, journal) => {
    this.#session = new RunnerUnderTest(settings, journal, {
      bench: () => this.#bench,
      onCrash: () => this.onCrash(),
    });
    return this.#session;
  };

  /** What is checked beside the rules of every session. */
  readonly invariants: readonly Invariant[] = (Object.keys(runnerRules) as RuleId[]).map((id) => ({
    id,
    says: runnerRules[id],
    watch: (world: World, fail: Fail) => {
      this.#fails.set(id, fail);
      this.#made ??= this.#makeBench(world);
      return {
        onQuiet: () => {
          if (this.#session?.state.lifecycle.kind !== 'running') return;
          if (id === 'P09') this.#session.life.guards.audit();
          if (id === 'P06') this.#session.life.audit();
        },
        onEnd: () => {
          if (id === 'P06') this.#session?.life.audit();
          if (id === 'P12' && this.#session?.life.isClosed !== true)
            fail('the session is not closed at the end');
        },
      };
    },
  }));

  get session(): RunnerUnderTest | undefined {
    return this.#session;
  }

  get #bench(): Bench {
    if (this.#made === undefined) throw new Error('the rules of the rig belong to its schedule');
    return this.#made;
  }

  #makeBench(world: World): Bench {
    const random = world.stage.random.fork('ports');
    const troubles = drawTroubles(random.fork('troubles'));
    return { world, random, troubles, fail: (rule, message) => this.fail(rule, message) };
  }

  fail(rule: RuleId, message: string): never {
    this.#fails.get(rule)?.(message);
    throw new Error(message);
  }
}

interface Surroundings {
  readonly bench: () => Bench;
  readonly onCrash: () => void;
}

class RunnerUnderTest implements SessionUnderTest {
  readonly #settings: SessionSettings;
  readonly #journal: readonly SessionEvent[];
  readonly #around: Surroundings;
  #life: Life | undefined;

  constructor(settings: SessionSettings, journal: readonly SessionEvent[], around: Surroundings) {
    this.#settings = settings;
    this.#journal = journal;
    this.#around = around;
  }

  /** Begins with the first thing that is asked of it: the world is whole by then. */
  get life(): Life {
    this.#life ??= new Life(this.#around.bench(), undefined);
    return this.#life;
  }

  get state(): SessionState {
    return this.life.runner.state;
  }

  dispatch(event: SessionEvent): void {
    this.life.dispatch(event);
  }

  recover(): void {
    this.life.vanish();
    this.#around.onCrash();
    this.#life = new Life(this.#around.bench(), replayJournal(this.#settings, this.#journal));
  }
}
