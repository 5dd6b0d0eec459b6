import type {
  Effect,
  SessionEvent,
  SessionSettings,
  ToolCallCheck,
  ToolCallListener,
  ToolCallRequest,
  ToolHost,
  ToolOutcome,
  ToolSpec,
} from '@antiphon/core';
import type { ToolRun } from '../world/tool-model.ts';
import { whenAborted } from './abort-watch.ts';
import {
  type Bench,
  type Deferred,
  deferred,
  type IsOver,
  onPurpose,
  plannedError,
  strikes,
} from './bench.ts';
import type { StepBook } from './step-book.ts';

type ToolStart = Extract<Effect, { readonly type: 'tool.start' }>;

/** One call that the runner has made of its host. */
interface Call {
  readonly run: ToolRun;
  readonly answer: Deferred<ToolOutcome>;
  /** What the runner was told when it asked how long the tool may take. */
  readonly told: 'tools' | 'nothing';
  readonly listener: ToolCallListener | undefined;
  readonly signal: AbortSignal;
  settled: number;
}

/** The tools have so long, and the host a little longer. */
const timeoutMs = 4_000;

/** The tools of the world as a tool host. */
export class ToolBench implements ToolHost {
  /** Whether somebody approves calls for the application, as the world has it. */
  approver: 'present' | 'absent' = 'present';
  readonly #specs: readonly ToolSpec[];
  /** What the runner was told when it asked last. */
  #told: 'tools' | 'nothing' = 'tools';
  readonly #calls = new Map<string, Call>();
  readonly #checks = new Map<string, Deferred<ToolCallCheck>>();
  readonly #bench: Bench;
  readonly #parts: { readonly steps: StepBook; readonly isOver: IsOver };

  constructor(bench: Bench, parts: { readonly steps: StepBook; readonly isOver: IsOver }) {
    this.#bench = bench;
    this.#parts = parts;
    this.#specs = specsOf(bench.world.stage.settings);
  }

  get specs(): readonly ToolSpec[] {
    this.#told = strikes(this.#bench, 'failing_tools', 0.02, 0.1) ? 'nothing' : 'tools';
    if (this.#told === 'nothing') throw plannedError('the tool host');
    return this.#specs;
  }

  /** Whether a call runs that was not told to end. */
  isRunning(callId: string): boolean {
    const call = this.#calls.get(callId);
    return call !== undefined && call.settled === 0 && !call.signal.aborted;
  }

  /** Calls that nobody has answered for. */
  get unsettled(): readonly string[] {
    return [...this.#calls].flatMap(([callId, call]) => (call.settled === 0 ? [callId] : []));
  }

  get deaf(): readonly string[] {
    return [...this.#calls].flatMap(([callId, { signal, settled }]) =>
      settled === 0 && !signal.aborted ? [callId] : [],
    );
  }

  call(request: ToolCallRequest, signal: AbortSignal, listener?: ToolCallListener): Promise<ToolOutcome> {
    const answer = deferred<ToolOutcome>();
    if (this.#parts.isOver()) return answer.promise;
    const { callId } = request;
    const { world, fail } = this.#bench;
    const isIt = (effect: Effect) => effect.type === 'tool.start' && effect.callId === callId;
    const start = this.#parts.steps.perform(`${callId} is run`, isIt) as ToolStart;
    if (this.#calls.get(callId)?.settled === 0) fail('P08', `${callId} is run while it runs`);
    world.tools.start(start);
    const run = world.tools.runs.at(-1);
    if (run === undefined) return answer.promise;
    this.#calls.set(callId, { run, told: this.#told, answer, listener, signal, settled: 0 });
    whenAborted(signal, () => this.#aborted(callId));
    return this.#troubled(run, answer);
  }

  check(request: ToolCallRequest): Promise<ToolCallCheck> {
    const answer = deferred<ToolCallCheck>();
    if (this.#parts.isOver()) return answer.promise;
    const { callId } = request;
    const isIt = (effect: Effect) => effect.type === 'tool.check' && effect.callId === callId;
    const effect = this.#parts.steps.perform(`${callId} is looked at`, isIt);
    if (strikes(this.#bench, 'failing_tools', 0.1, 0.3)) {
      if (this.#bench.random.chance(0.5)) throw plannedError('the tool host');
      return Promise.resolve(undefined as unknown as ToolCallCheck);
    }
    this.#checks.set(callId, answer);
    if (effect.type === 'tool.check') this.#bench.world.tools.check(effect);
    return answer.promise;
  }

  /** What the world has decided is told the way a host does; false where no call waits for it. */
  tell(event: SessionEvent): boolean {
    switch (event.type) {
      case 'tool.settled': {
        const call = this.#calls.get(event.callId);
        if (call === undefined) return false;
        call.answer.resolve(event.outcome);
        return true;
      }
      case 'tool.checked': {
        const check = this.#checks.get(event.callId);
        this.approver = event.approver;
        check?.resolve(event.check);
        return check !== undefined;
      }
      case 'tool.progress':
        return this.#tellOf(event.callId, (listener) => listener.progress?.(event.value));
      case 'tool.report':
        return this.#tellOf(event.callId, (listener) => listener.report?.(event.outputText));
      case 'agent.note':
        return this.#tellOf(event.callId, (listener) => listener.note?.(event.text));
      case 'agent.say': {
        const callId = /^note of (.+)$/.exec(event.text)?.[1];
        return this.#tellOf(callId ?? '', (listener) => listener.say?.(event.text));
      }
      default:
        return false;
    }
  }

  /** A host lets its tools talk until their call has ended. */
  #tellOf(callId: string, tell: (listener: ToolCallListener) => void): boolean {
    const call = this.#calls.get(callId);
    if (call?.listener === undefined || call.settled > 0) return false;
    tell(call.listener);
    return true;
  }

  /** The runner tells how a call has ended. */
  settled(callId: string, outcome: ToolOutcome): void {
    const call = this.#calls.get(callId);
    if (call === undefined) return this.#bench.fail('P08', `${callId} has an outcome and was not run`);
    call.settled++;
    if (call.settled > 1) this.#bench.fail('P08', `${callId} has ${call.settled} outcomes`);
    // Where the host does not answer, the runner does.
    call.run.outcome ??= outcome;
    this.#bench.world.stage.queue.cancel(call.run.ending);
  }

  #aborted(callId: string): void {
    if (this.#parts.isOver()) return;
    this.#parts.steps.reach((effect) => effect.type === 'tool.cancel' && effect.callId === callId);
    const { run } = this.#calls.get(callId) ?? {};
    const isSilent = run?.ending?.run === undefined;
    this.#bench.world.tools.cancel(callId);
    if (isSilent) this.#bench.world.stage.queue.cancel(run?.ending);
  }

  /** For a tool of which the runner does not know how long it may take, and for those beside it, it waits for minutes. */
  #areListed(): boolean {
    const running = [...this.#calls.values()].filter(({ settled }) => settled === 0);
    return running.every(
      ({ run, told }) => told === 'tools' && this.#specs.some(({ name }) => name === run.name),
    );
  }

  /** An answer to which nobody listens any more. */
  #answerLate({ callId }: ToolRun, resolve: (outcome: ToolOutcome) => void): void {
    const { world, random } = this.#bench;
    world.stage.queue.after(random.int(25_000, 40_000), () => {
      if (this.#calls.get(callId)?.settled !== 0) resolve(lateOutcome);
    });
  }

  /** A host that does not keep its promise. */
  #troubled(run: ToolRun, { promise, resolve }: Deferred<ToolOutcome>): Promise<ToolOutcome> {
    const { world, random } = this.#bench;
    if (this.#areListed() && strikes(this.#bench, 'silent_tools', 0.1, 0.3)) {
      world.stage.queue.cancel(run.ending);
      if (random.chance(0.5)) this.#answerLate(run, resolve);
      return promise;
    }
    if (!strikes(this.#bench, 'failing_tools', 0.2, 0.5)) return promise;
    world.stage.queue.cancel(run.ending);
    switch (random.pick(['throws', 'rejects', 'nothing'] as const)) {
      case 'throws':
        throw plannedError('the tool host');
      case 'rejects':
        return Promise.reject(plannedError('the tool host'));
      case 'nothing':
        return Promise.resolve(undefined as unknown as ToolOutcome);
    }
  }
}

/** What a call comes to when it is too late. */
const lateOutcome: ToolOutcome = {
  status: 'completed',
  arguments: {},
  output: 'late',
  outputText: 'late',
  elapsedMs: 1,
};

/** What is logged of a host that does not keep its promise. */
export const hostComplaints: ReadonlySet<string> = new Set([
  'the tool host did not answer in time',
  'the tool host returned no outcome',
  `the tool host failed ${onPurpose}`,
]);

function specsOf(settings: SessionSettings): readonly ToolSpec[] {
  return Object.values(settings.agents).flatMap(({ tools }) =>
    tools.map(({ name, onInterrupt, start, reply }) => ({
      name,
      description: name,
      parameters: { type: 'object' },
      timeoutMs,
      onInterrupt,
      start: start ?? 'now',
      reply: reply ?? 'now',
      confirm: 'none' as const,
      effects: 'none' as const,
      idempotentBy: [],
      intents: [],
    })),
  );
}
