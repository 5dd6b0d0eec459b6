import { setMaxListeners } from 'node:events';
import {
  AntiphonError,
  type CallControl,
  type Clock,
  type JsonObject,
  type JsonValue,
  type Logger,
  type ToolCallListener,
  type ToolCallRequest,
  type ToolHost,
  type ToolOutcome,
  type ToolSpec,
} from '@antiphon/core';
import type { RegisteredTool } from '../registered-tool.ts';
import type { ToolRegistry } from '../registry.ts';
import { describeFields, listProblems } from '../schema/field-name.ts';
import { nearest } from '../suggest.ts';
import { type ApproveCall, approvalMs, askApproval } from './approval.ts';
import { parseArguments } from './arguments.ts';
import type { AskAgent } from './ask-agent.ts';
import { checkArguments } from './bounded-check.ts';
import { type LimitedTool, ProcessCalls, SessionCalls } from './call-gates.ts';
import { Execution, type WaitEnding } from './execution.ts';
import { describeThrown, errorOutput, failureOutput } from './failure.ts';
import { CallJournal, callKey, endedCall, type RememberedCall } from './journal.ts';
import { defaultToolLimits, type ToolLimits } from './limits.ts';
import { notStartedOutput } from './not-started.ts';
import { outputText } from './output.ts';
import { type CheckedCall, runTool } from './run-tool.ts';
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
  /** Agrees to calls of tools with `confirm: app`; without it none of them runs. */
  readonly approve?: ApproveCall;
  /** Steers the telephone call of the session, for tools that do so. */
  readonly callControl?: CallControl;
  /** The limits that all sessions of the process share; the host has its own when absent. */
  readonly process?: ProcessCalls;
  /** How tools ask other agents of the file. */
  readonly askAgent?: AskAgent;
  /** From 0 to 1, for delays between retries; `Math.random` when absent. */
  readonly random?: () => number;
  /** Told of the steps of each call, for someone who watches one. */
  readonly trace?: TraceCall;
}

/** The tool host of one session. */
export interface SessionToolHost extends ToolHost {
  /** Cancels what runs and ends the scope of the session (`ctx.session.signal`); later calls are cancelled at once. */
  close(): void;
}

/**
 * Makes the tool host of one session: idempotent calls are remembered per host. Code of tools runs in this process,
 * so a tool that blocks the thread blocks the session, and a promise that a tool rejects without awaiting it is an
 * unhandled rejection of the process; neither can be contained here.
 */
export function createToolHost(options: ToolHostOptions): SessionToolHost {
  return new InProcessToolHost(options);
}

/** How a call ended, before its time is added. */
type CallEnding = Omit<ToolOutcome, 'elapsedMs'>;

type ToolsByName = ReadonlyMap<string, RegisteredTool>;

function byName(registry: ToolRegistry, patterns: readonly string[]): ToolsByName {
  return new Map(registry.selectTools(patterns).map((tool) => [tool.spec.name, tool]));
}

function specsIn(tools: ToolsByName): readonly ToolSpec[] {
  return [...tools.values()].map(({ spec }) => spec);
}

class InProcessToolHost implements SessionToolHost {
  readonly specs: readonly ToolSpec[];
  readonly #tools: ToolsByName;
  readonly #toolsOf: ReadonlyMap<string, ToolsByName>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limits: ToolLimits;
  readonly #calls: SessionCalls;
  readonly #random: () => number;
  readonly #askAgent: AskAgent | undefined;
  readonly #journal: CallJournal;
  readonly #session = new AbortController();
  readonly #caller: Readonly<Record<string, string>>;
  readonly #approve: ApproveCall | undefined;
  readonly #callControl: CallControl | undefined;
  readonly #trace: TraceCall | undefined;

  constructor({ registry, agentTools, agents = {}, clock, logger, ...more }: ToolHostOptions) {
    this.#tools = byName(registry, agentTools);
    this.#toolsOf = new Map(Object.entries(agents).map(([agent, tools]) => [agent, byName(registry, tools)]));
    this.specs = specsIn(this.#tools);
    this.#clock = clock;
    this.#log = logger;
    this.#limits = { ...defaultToolLimits, ...more.limits };
    this.#approve = more.approve;
    this.#callControl = more.callControl;
    this.#trace = more.trace;
    this.#caller = Object.freeze({ ...more.caller });
    // Each call that runs listens to the session.
    setMaxListeners(0, this.#session.signal);
    const process = more.process ?? new ProcessCalls(clock);
    this.#calls = new SessionCalls(process, this.#limits.parallelCalls, this.#caller);
    this.#random = more.random ?? Math.random;
    this.#askAgent = more.askAgent;
    this.#journal = new CallJournal(this.#limits.rememberedCalls);
    for (const call of more.remembered ?? []) this.#remember(call);
  }

  specsOf(agentName: string): readonly ToolSpec[] {
    return specsIn(this.#toolsFor(agentName));
  }

  async call(
    request: ToolCallRequest,
    signal: AbortSignal,
    listener?: ToolCallListener,
  ): Promise<ToolOutcome> {
    const startedMs = this.#clock.nowMs();
    const link = linkSignals([signal, this.#session.signal]);
    try {
      const ending = await withTrace(this.#trace, () => this.#call(request, link.signal, listener));
      return { ...ending, elapsedMs: this.#clock.nowMs() - startedMs };
    } catch (error) {
      this.#log.error('the tool host failed', {
        tool: request.name,
        callId: request.callId,
        ...describeThrown(error),
      });
      const failed = this.#errorEnding(
        'failed',
        request.argumentsJson,
        new AntiphonError('tool.failed', { tool: request.name }),
      );
      return { ...failed, elapsedMs: this.#clock.nowMs() - startedMs };
    } finally {
      link.release();
    }
  }

  close(): void {
    this.#session.abort(new DOMException('The session has closed.', 'AbortError'));
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

  async #call(
    request: ToolCallRequest,
    signal: AbortSignal,
    listener: ToolCallListener | undefined,
  ): Promise<CallEnding> {
    const tool = this.#toolsFor(request.agentName).get(request.name);
    if (tool === undefined) return this.#unknownTool(request);
    const { name, parameters } = tool.spec;
    const parsed = parseArguments(request.argumentsJson, { tool: name, parameters, limits: this.#limits });
    if (parsed.kind === 'refused') return this.#errorEnding('rejected', parsed.arguments, parsed.error);
    const values = parsed.value;
    const checked = await checkArguments(tool, values, { clock: this.#clock, signal });
    switch (checked.kind) {
      case 'valid':
        traceStep('checked', () => ({ arguments: values, input: checked.value as JsonValue }));
        return this.#execute({ request, tool, values, input: checked.value, listener }, signal);
      case 'invalid': {
        const data = {
          tool: name,
          problems: listProblems(checked.problems),
          expected: describeFields(parameters),
        };
        return this.#errorEnding('rejected', values, new AntiphonError('tool.arguments_invalid', data));
      }
      case 'threw':
        return this.#ending(
          'failed',
          values,
          failureOutput(checked.error, { tool: name, callId: request.callId }, this.#log),
        );
      default:
        return this.#withoutEnding(tool, values, checked.kind);
    }
  }

  #toolsFor(agentName: string): ToolsByName {
    return this.#toolsOf.get(agentName) ?? this.#tools;
  }

  #unknownTool({ name, argumentsJson, agentName }: ToolCallRequest): CallEnding {
    const names = [...this.#toolsFor(agentName).keys()];
    const error = new AntiphonError('tool.unknown', {
      name,
      available: names.length === 0 ? 'none' : names.join(', '),
    });
    const near = nearest(name, names);
    const hint = near === undefined ? error.hint : `Did you mean "${near}"?`;
    return this.#ending('rejected', argumentsJson, { ...errorOutput(error), hint });
  }

  async #execute(call: CheckedCall, signal: AbortSignal): Promise<CallEnding> {
    const { idempotentBy, name } = call.tool.spec;
    const refusal = await this.#refusal(call, signal);
    if (refusal !== undefined) return refusal;
    const excess = this.#excess(call);
    if (excess !== undefined) return excess;
    if (idempotentBy.length === 0) return this.#run(call, this.#newExecution(call), signal);
    const key = callKey(name, idempotentBy, call.values);
    const earlier = this.#journal.get(key);
    if (earlier !== undefined && earlier.phase !== 'dropped') {
      const wasStopped = earlier.phase === 'abandoned';
      const waited = await earlier.wait(signal);
      const isStoppedRun = wasStopped && waited.kind === 'ended' && waited.ending.status === 'failed';
      if (!isStoppedRun) return this.#endingOf(call, waited);
    }
    const execution = this.#newExecution(call, (failed) => this.#journal.forget(key, failed));
    this.#journal.keep(key, execution);
    return this.#run(call, execution, signal);
  }

  /** How a call ends that may not run: the session is over, or the application does not agree. */
  async #refusal(call: CheckedCall, signal: AbortSignal): Promise<CallEnding | undefined> {
    const { tool, values, request } = call;
    if (signal.aborted) return this.#withoutEnding(tool, values, 'cancelled');
    const { name, confirm } = tool.spec;
    if (confirm === 'none' || this.#isKnown(call)) return undefined;
    const refused = (error: AntiphonError) => this.#errorEnding('rejected', values, error);
    // Nobody here can take a spoken yes: without it the call must not run.
    if (confirm === 'spoken') return refused(new AntiphonError('tool.not_confirmed', { tool: name }));
    if (this.#approve === undefined) return refused(new AntiphonError('tool.no_approver', { tool: name }));
    const { callId, sessionId, agentName: agent } = request;
    const asked = { callId, tool: name, arguments: values, sessionId, agent };
    const verdict = await askApproval(asked, this.#approve, { clock: this.#clock, signal });
    switch (verdict.kind) {
      case 'approved':
        traceStep('approved', () => ({}));
        return undefined;
      case 'cancelled':
        return this.#withoutEnding(tool, values, 'cancelled');
      case 'timed_out':
        return refused(new AntiphonError('tool.approval_late', { tool: name, limit: approvalMs }));
      case 'threw':
        this.#log.error('asking for approval failed', {
          tool: name,
          callId,
          ...describeThrown(verdict.error),
        });
        return refused(new AntiphonError('tool.not_approved', { tool: name, reason: '' }));
      case 'refused': {
        const reason = verdict.reason === '' ? '' : `: ${verdict.reason}`;
        return refused(new AntiphonError('tool.not_approved', { tool: name, reason }));
      }
    }
  }

  /** Whether the call is a repeat that gets a stored result, and is not run. */
  #isKnown({ tool, values }: CheckedCall): boolean {
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
      return this.#errorEnding('failed', values, error);
    }
    const missing = this.#calls.missingCaller(limitedTool(tool));
    if (missing !== undefined) {
      return this.#errorEnding(
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
    return this.#ending('rejected', values, notStartedOutput(tool, obstacle));
  }

  async #run(call: CheckedCall, execution: Execution, signal: AbortSignal): Promise<CallEnding> {
    const waited = execution.wait(signal);
    execution.start();
    return this.#endingOf(call, await waited);
  }

  #newExecution(call: CheckedCall, onFailed?: (execution: Execution) => void): Execution {
    const { tool, request } = call;
    const execution: Execution = new Execution({
      enter: (start) => this.#calls.enter(limitedTool(tool), start),
      clock: this.#clock,
      timeoutMs: tool.runMs,
      run: async (runSignal) => {
        const ending = await runTool(call, runSignal, {
          clock: this.#clock,
          random: this.#random,
          askAgent: this.#askAgent,
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
    if (waited.kind !== 'ended') return this.#withoutEnding(tool, values, waited.kind);
    return { ...waited.ending, arguments: values };
  }

  #withoutEnding(
    { spec, runMs }: RegisteredTool,
    values: JsonObject,
    kind: 'timed_out' | 'cancelled',
  ): CallEnding {
    const error =
      kind === 'timed_out'
        ? new AntiphonError('tool.timed_out', { tool: spec.name, limit: runMs })
        : new AntiphonError('tool.cancelled', { tool: spec.name });
    return this.#errorEnding(kind, values, error);
  }

  #errorEnding(status: CallEnding['status'], values: JsonValue, error: AntiphonError): CallEnding {
    return this.#ending(status, values, errorOutput(error));
  }

  #ending(status: CallEnding['status'], values: JsonValue, output: JsonValue): CallEnding {
    return { status, arguments: values, ...this.#withText(output) };
  }

  #withText(output: JsonValue): { output: JsonValue; outputText: string } {
    return { output, outputText: outputText(output, this.#limits.outputTextBytes) };
  }
}

function limitedTool({ spec, limits }: RegisteredTool): LimitedTool {
  return { name: spec.name, limits };
}

/** A signal that is aborted when one of `signals` is, and a way to take the link away. */
function linkSignals(signals: readonly AbortSignal[]): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const releases = signals.map((signal) => {
    const onAbort = () => controller.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  });
  return {
    signal: controller.signal,
    release: () => {
      for (const release of releases) release();
    },
  };
}
