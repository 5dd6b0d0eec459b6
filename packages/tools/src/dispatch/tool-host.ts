import { setMaxListeners } from 'node:events';
import {
  AntiphonError,
  type CallControl,
  type Clock,
  type ConsentWords,
  type JsonObject,
  type JsonValue,
  type Logger,
  type ToolCallCheck,
  type ToolCallListener,
  type ToolCallRequest,
  type ToolHost,
  type ToolOutcome,
  type ToolSpec,
} from '@antiphon/core';
import type { RegisteredTool } from '../registered-tool.ts';
import type { ToolRegistry } from '../registry.ts';
import { describeFields, listProblems } from '../schema/field-name.ts';
import { runOwned } from '../stray-errors.ts';
import { questionOf, refusalOf } from './agreement.ts';
import { type ApproveCall, frozenCopy } from './approval.ts';
import { parseArguments } from './arguments.ts';
import type { AskAgent } from './ask-agent.ts';
import type { AskClient } from './ask-client.ts';
import { checkArguments } from './bounded-check.ts';
import { CallCut, type Cut } from './call-cut.ts';
import { type CallEnding, CallEndings } from './call-endings.ts';
import { limitedTool, ProcessCalls, SessionCalls } from './call-gates.ts';
import { Execution, type WaitEnding } from './execution.ts';
import { describeThrown, failureOutput } from './failure.ts';
import { CallJournal, callKey, endedCall, type RememberedCall } from './journal.ts';
import { defaultToolLimits, type ToolLimits } from './limits.ts';
import { notStartedOutput } from './not-started.ts';
import { type CheckedCall, ownerOf, type RunScope, runTool } from './run-tool.ts';
import { specsIn, type ToolsByName, toolsByName, unknownToolOutput } from './tool-lookup.ts';
import { type TraceCall, traceStep, withTrace } from './trace.ts';

/** What {@link createToolHost} takes. */
export interface ToolHostOptions {
  readonly registry: ToolRegistry;
  /** The `tools` list of the agent: names and patterns with `*`. */
  readonly agentTools: readonly string[];
  /** The lists of several agents that share the host, by agent: each calls its own tools and no others. */
  readonly agents?: Readonly<Record<string, readonly string[]>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<ToolLimits>;
  /** Calls of the session before this host was made, oldest first: the idempotent ones are not run again. */
  readonly remembered?: readonly RememberedCall[];
  /** What tools are given of whoever is on the line, such as a tenant or a key; the model is not told of it. */
  readonly caller?: Readonly<Record<string, string>>;
  /** Agrees to calls of tools with `confirm: app` that nobody has agreed to; without it none of them runs. */
  readonly approve?: ApproveCall;
  /** Steers the telephone call of the session, for tools that do so. */
  readonly callControl?: CallControl;
  /** The limits that all sessions of the process share; the host has its own when absent. */
  readonly process?: ProcessCalls;
  /** How tools ask other agents of the file. */
  readonly askAgent?: AskAgent;
  /** How tools put their calls to the application. */
  readonly askClient?: AskClient;
  /** From 0 to 1, for delays between retries; `Math.random` when absent. */
  readonly random?: () => number;
  /** Told of the steps of each call, for someone who watches one. */
  readonly trace?: TraceCall;
  /** The words in which the user of an agent is asked; undefined where a spoken yes cannot be taken. */
  readonly consentWords?: (agentName: string) => ConsentWords | undefined;
}

/** The tool host of one session. */
export interface SessionToolHost extends ToolHost {
  check(request: ToolCallRequest, signal: AbortSignal): Promise<ToolCallCheck>;
  /** Cancels what runs and ends the scope of the session (`ctx.session.signal`); later calls are cancelled at once. */
  close(): void;
}

/**
 * Makes the tool host of one session: idempotent calls are remembered per host. Code of tools runs in this process,
 * so a tool that blocks the thread blocks the session. What it leaves behind and fails unhandled concerns the process: see
 * `containStrayErrors`.
 */
export function createToolHost(options: ToolHostOptions): SessionToolHost {
  return new InProcessToolHost(options);
}

/** A call whose tool is known and whose arguments fit, or how it ended. */
type LookedAt =
  | ({ readonly kind: 'sound' } & Pick<CheckedCall, 'tool' | 'values' | 'input'>)
  | { readonly kind: 'ended'; readonly ending: CallEnding };

class InProcessToolHost implements SessionToolHost {
  readonly specs: readonly ToolSpec[];
  readonly #tools: ToolsByName;
  readonly #toolsOf: ReadonlyMap<string, ToolsByName>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limits: ToolLimits;
  readonly #endings: CallEndings;
  readonly #calls: SessionCalls;
  readonly #random: () => number;
  readonly #asks: Pick<RunScope, 'askAgent' | 'askClient'>;
  readonly #journal: CallJournal;
  readonly #session = new AbortController();
  /** What the calls under way are cancelled by. */
  readonly #cuts = new Set<CallCut>();
  readonly #specsOf: ReadonlyMap<string, readonly ToolSpec[]>;
  readonly #caller: Readonly<Record<string, string>>;
  readonly #approve: ApproveCall | undefined;
  readonly #callControl: CallControl | undefined;
  readonly #trace: TraceCall | undefined;
  readonly #consentWords: (agentName: string) => ConsentWords | undefined;

  constructor({ registry, agentTools, agents = {}, clock, logger, ...more }: ToolHostOptions) {
    this.#tools = toolsByName(registry, agentTools);
    this.#toolsOf = new Map(
      Object.entries(agents).map(([agent, tools]) => [agent, toolsByName(registry, tools)]),
    );
    this.specs = specsIn(this.#tools);
    this.#specsOf = new Map([...this.#toolsOf].map(([agent, tools]) => [agent, specsIn(tools)]));
    this.#clock = clock;
    this.#log = logger;
    this.#limits = { ...defaultToolLimits, ...more.limits };
    this.#endings = new CallEndings(this.#limits.outputTextBytes);
    this.#approve = more.approve;
    this.#callControl = more.callControl;
    this.#trace = more.trace;
    this.#consentWords = more.consentWords ?? (() => undefined);
    this.#caller = Object.freeze({ ...more.caller });
    // Tools may listen to the session.
    setMaxListeners(0, this.#session.signal);
    const process = more.process ?? new ProcessCalls(clock);
    this.#calls = new SessionCalls(process, this.#limits.parallelCalls, this.#caller);
    this.#random = more.random ?? Math.random;
    this.#asks = { askAgent: more.askAgent, askClient: more.askClient };
    this.#journal = new CallJournal(this.#limits.rememberedCalls);
    for (const call of more.remembered ?? []) this.#remember(call);
  }

  specsOf(agentName: string): readonly ToolSpec[] {
    return this.#specsOf.get(agentName) ?? this.specs;
  }

  async call(
    request: ToolCallRequest,
    signal: AbortSignal,
    listener?: ToolCallListener,
  ): Promise<ToolOutcome> {
    const startedMs = this.#clock.nowMs();
    const cut = new CallCut(signal, this.#session.signal, this.#cuts);
    try {
      const ending = await withTrace(this.#trace, () => this.#call(request, cut, listener));
      return { ...ending, elapsedMs: this.#clock.nowMs() - startedMs };
    } catch (error) {
      this.#log.error('the tool host failed', {
        tool: request.name,
        callId: request.callId,
        ...describeThrown(error),
      });
      const failed = this.#endings.withError(
        'failed',
        request.argumentsJson,
        new AntiphonError('tool.failed', { tool: request.name }),
      );
      return { ...failed, elapsedMs: this.#clock.nowMs() - startedMs };
    } finally {
      cut.release();
    }
  }

  close(): void {
    runOwned({ log: this.#log, names: { signal: 'session' } }, () =>
      this.#session.abort(new DOMException('The session has closed.', 'AbortError')),
    );
    for (const cut of this.#cuts) cut.abort();
  }

  #remember(call: RememberedCall): void {
    const { agentName, name, argumentsJson } = call;
    const spec = this.#toolsFor(agentName).get(name)?.spec;
    if (spec === undefined || spec.idempotentBy.length === 0) return;
    const { parameters } = spec;
    const parsed = parseArguments(argumentsJson, { tool: name, parameters, limits: this.#limits });
    if (parsed.kind === 'refused') return;
    const key = callKey(name, spec.idempotentBy, parsed.value);
    const isKnown = call.result !== undefined || this.#journal.get(key) === undefined;
    if (isKnown) this.#journal.keep(key, endedCall(call));
  }

  async check(request: ToolCallRequest, signal: AbortSignal): Promise<ToolCallCheck> {
    const startedMs = this.#clock.nowMs();
    const looked = await this.#look(request, signal);
    if (looked.kind === 'ended') {
      return { kind: 'ended', outcome: { ...looked.ending, elapsedMs: this.#clock.nowMs() - startedMs } };
    }
    const { tool, values } = looked;
    if (this.#isKnown(looked)) return { kind: 'ended', outcome: await this.call(request, signal) };
    const words = this.#consentWords(request.agentName);
    const isSpoken = tool.confirmation?.by === 'spoken' && words !== undefined;
    const question = isSpoken && questionOf(tool, values, words);
    return { kind: 'sound', arguments: frozenCopy(values), ...(question && { question }) };
  }

  async #call(
    request: ToolCallRequest,
    cut: Cut,
    listener: ToolCallListener | undefined,
  ): Promise<CallEnding> {
    const looked = await this.#look(request, cut);
    if (looked.kind === 'ended') return looked.ending;
    const { tool, values, input } = looked;
    return this.#execute({ request, tool, values, input, listener }, cut);
  }

  /** Finds the tool of a call and checks its arguments. */
  async #look(request: ToolCallRequest, cut: Cut): Promise<LookedAt> {
    const ended = (ending: CallEnding): LookedAt => ({ kind: 'ended', ending });
    const tool = this.#toolsFor(request.agentName).get(request.name);
    if (tool === undefined) {
      const output = unknownToolOutput(request.name, this.#toolsFor(request.agentName));
      return ended(this.#endings.with('rejected', request.argumentsJson, output));
    }
    const { name, parameters } = tool.spec;
    const parsed = parseArguments(request.argumentsJson, { tool: name, parameters, limits: this.#limits });
    if (parsed.kind === 'refused') {
      return ended(this.#endings.withError('rejected', parsed.arguments, parsed.error));
    }
    const values = parsed.value;
    const checking = checkArguments(tool, values, { clock: this.#clock, cut });
    const checked = checking instanceof Promise ? await checking : checking;
    switch (checked.kind) {
      case 'valid':
        traceStep('checked', () => ({ arguments: values, input: checked.value as JsonValue }));
        return { kind: 'sound', tool, values, input: checked.value };
      case 'invalid': {
        const data = {
          tool: name,
          problems: listProblems(checked.problems),
          expected: describeFields(parameters),
        };
        return ended(
          this.#endings.withError('rejected', values, new AntiphonError('tool.arguments_invalid', data)),
        );
      }
      case 'threw': {
        const output = failureOutput(checked.error, { tool: name, callId: request.callId }, this.#log);
        return ended(this.#endings.with('failed', values, output));
      }
      default:
        return ended(this.#endings.without(tool, values, checked.kind));
    }
  }

  #toolsFor(agentName: string): ToolsByName {
    return this.#toolsOf.get(agentName) ?? this.#tools;
  }

  async #execute(call: CheckedCall, cut: Cut): Promise<CallEnding> {
    const { tool, values } = call;
    const { idempotentBy, name } = tool.spec;
    if (cut.aborted) return this.#endings.without(tool, values, 'cancelled');
    // A repeat is given what was agreed to.
    if (tool.confirmation !== undefined && !this.#isKnown(call)) {
      const refusal = await this.#refusal(call, cut);
      if (refusal !== undefined) return refusal;
    }
    const excess = this.#excess(call);
    if (excess !== undefined) return excess;
    if (idempotentBy.length === 0) return this.#run(call, this.#newExecution(call), cut);
    const key = callKey(name, idempotentBy, values);
    const earlier = this.#journal.get(key);
    if (earlier !== undefined && earlier.phase !== 'dropped') {
      const wasStopped = earlier.phase === 'abandoned';
      const waited = await earlier.wait(cut);
      const isStoppedRun = wasStopped && waited.kind === 'ended' && waited.ending.status === 'failed';
      if (!isStoppedRun) return this.#endingOf(call, waited);
    }
    const execution = this.#newExecution(call, (failed) => this.#journal.forget(key, failed));
    this.#journal.keep(key, execution);
    return this.#run(call, execution, cut);
  }

  /** How a call ends that nobody agrees to. */
  async #refusal(call: CheckedCall, cut: Cut): Promise<CallEnding | undefined> {
    const { tool, values } = call;
    const asks = { approve: this.#approve, clock: this.#clock, log: this.#log, cut };
    const refusal = await refusalOf(call, asks);
    if (refusal === undefined) return undefined;
    return refusal === 'cancelled'
      ? this.#endings.without(tool, values, 'cancelled')
      : this.#endings.withError('rejected', values, refusal);
  }

  /** Whether the call is a repeat that gets a stored result, and is not run. */
  #isKnown({ tool, values }: Pick<CheckedCall, 'tool' | 'values'>): boolean {
    const { idempotentBy, name } = tool.spec;
    if (idempotentBy.length === 0) return false;
    return this.#journal.get(callKey(name, idempotentBy, values))?.phase === 'ended';
  }

  /** How a call ends that could not even wait for its turn; a repeat that needs no turn of its own is not kept from it. */
  #excess(call: CheckedCall): CallEnding | undefined {
    const { tool, values } = call;
    if (this.#isKnown(call)) return undefined;
    const { waitingCalls: limit } = this.#limits;
    if (this.#calls.waiting >= limit) {
      const error = new AntiphonError('tool.too_many_calls', { tool: tool.spec.name, limit });
      return this.#endings.withError('failed', values, error);
    }
    const missing = this.#calls.missingCaller(limitedTool(tool));
    if (missing !== undefined) {
      return this.#endings.withError(
        'rejected',
        values,
        new AntiphonError('tool.caller_missing', { name: missing }),
      );
    }
    const obstacle = this.#calls.obstacle(limitedTool(tool));
    const isHopeless = obstacle.kind === 'rate' && obstacle.opensInMs > tool.runMs;
    return isHopeless ? this.#notStarted(tool, values) : undefined;
  }

  /** A call that found no turn: nothing was done, and the model is told when to come again. */
  #notStarted(tool: RegisteredTool, values: JsonObject): CallEnding {
    const obstacle = this.#calls.obstacle(limitedTool(tool));
    return this.#endings.with('rejected', values, notStartedOutput(tool, obstacle));
  }

  async #run(call: CheckedCall, execution: Execution, cut: Cut): Promise<CallEnding> {
    const waited = execution.wait(cut);
    execution.start();
    return this.#endingOf(call, await waited);
  }

  #newExecution(call: CheckedCall, onFailed?: (execution: Execution) => void): Execution {
    const { tool, request } = call;
    const execution: Execution = new Execution({
      enter: (start) => this.#calls.enter(limitedTool(tool), start),
      clock: this.#clock,
      timeoutMs: tool.runMs,
      tellStop: (abort) => runOwned(ownerOf(call, this.#log), abort),
      run: async (stop) => {
        const ending = await runTool(call, stop, {
          clock: this.#clock,
          random: this.#random,
          ...this.#asks,
          log: this.#log,
          limits: this.#limits,
          session: this.#session.signal,
          caller: this.#caller,
          callControl: this.#callControl,
        });
        if (ending.status === 'failed') onFailed?.(execution);
        return ending;
      },
      onLate: ({ status }) =>
        this.#log.warn('a late result of a tool was dropped', {
          tool: tool.spec.name,
          callId: request.callId,
          status,
        }),
    });
    return execution;
  }

  #endingOf({ tool, values }: CheckedCall, waited: WaitEnding): CallEnding {
    if (waited.kind === 'not_started') return this.#notStarted(tool, values);
    if (waited.kind !== 'ended') return this.#endings.without(tool, values, waited.kind);
    return { ...waited.ending, arguments: values };
  }
}
