import { AntiphonError } from '../errors/antiphon-error.ts';
import { thrownText } from '../errors/thrown-text.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ToolCallCheck, ToolCallListener, ToolHost, ToolOutcome, ToolSpec } from '../ports/tool-host.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import type { SessionEvent } from '../session/events.ts';
import { within } from './within.ts';

/** What calls are run with. */
export interface ToolRunsOptions {
  readonly host: ToolHost;
  readonly sessionId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly approver: () => 'present' | 'absent';
  readonly report: (event: SessionEvent) => void;
}

/** One call, as the session asks for it. */
export interface ToolStart {
  readonly callId: string;
  readonly name: string;
  readonly argumentsJson: string;
  readonly agent: string;
  /** The provider calls the tool itself: the host knows nothing of it. */
  readonly server?: string;
  readonly approved?: true;
}

interface Run {
  readonly call: ToolStart;
  readonly timeoutMs: number;
  readonly controller: AbortController;
  cancelWatch: () => void;
}

/** What a host gets on top of a tool's own time-out, and after a cancellation, before it is answered for. */
const graceMs = 5_000;
/** The time-out of a tool the host does not list. */
const unknownToolMs = 120_000;

/** The tool calls under way. Each has one outcome, whatever the host does. */
export class ToolRuns {
  readonly #running = new Map<string, Run>();
  readonly #options: ToolRunsOptions;
  /** Made for the first check: most sessions end without one, and a caller waits for their making. */
  #checks: AbortController | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(options: ToolRunsOptions) {
    this.#options = options;
  }

  /** Has the arguments of a call looked at. What is found is reported as one event. */
  check(call: ToolStart): void {
    const { clock, approver, report } = this.#options;
    const { callId } = call;
    this.#checks ??= new AbortController();
    const { signal } = this.#checks;
    const found = within({ clock, timeoutMs: graceMs, signal }, (cut) => this.#check(call, cut));
    void found
      .catch((): ToolCallCheck => ({ kind: 'ended', outcome: unanswered(call, 'failed') }))
      .then((check) => {
        if (!signal.aborted) report({ type: 'tool.checked', callId, check, approver: approver() });
      });
  }

  /** Runs a call. Its one outcome is reported as an event. */
  start(call: ToolStart): void {
    if (this.#running.has(call.callId)) return;
    const timeoutMs = this.#timeoutMs(call);
    const run: Run = { call, timeoutMs, controller: new AbortController(), cancelWatch: () => {} };
    this.#running.set(call.callId, run);
    // A host may run calls one after the other: then each waits for those before it, or for those of other sessions.
    const restMs = [...this.#running.values()].reduce((sum, other) => sum + other.timeoutMs, graceMs);
    this.#watch(run, Math.max(restMs, 2 * timeoutMs + graceMs), 'timed_out');
    void this.#outcome(run).then((outcome) => this.#settle(run, outcome));
  }

  cancel(callId: string): void {
    const run = this.#running.get(callId);
    if (run === undefined || run.controller.signal.aborted) return;
    run.controller.abort();
    this.#watch(run, graceMs, 'cancelled');
  }

  /** Stops every call and waits for the host to have let go of them. */
  async stop(): Promise<void> {
    this.#checks?.abort();
    for (const callId of [...this.#running.keys()]) this.cancel(callId);
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  async #check(call: ToolStart, signal: AbortSignal): Promise<ToolCallCheck> {
    const { host, sessionId, logger } = this.#options;
    const { callId, name, argumentsJson, agent, server } = call;
    try {
      const request = { callId, name, argumentsJson, sessionId, agentName: agent };
      if (host.check !== undefined && server === undefined) return checked(await host.check(request, signal));
      const values: unknown = JSON.parse(argumentsJson);
      if (isJsonObject(values)) return { kind: 'sound', arguments: values };
    } catch (error) {
      logger.error('the tool host did not check a call', { tool: name, callId, message: thrownText(error) });
    }
    return { kind: 'ended', outcome: unanswered(call, 'failed') };
  }

  async #outcome({ call, controller }: Run): Promise<ToolOutcome> {
    const { host, sessionId, logger, report } = this.#options;
    const { callId, name, argumentsJson, agent, approved } = call;
    try {
      const allowed = approved && { approved };
      const request = { callId, name, argumentsJson, sessionId, agentName: agent, ...allowed };
      const outcome = await host.call(request, controller.signal, listenerOf(callId, report));
      if (typeof outcome?.outputText === 'string') return outcome;
      logger.error('the tool host returned no outcome', { tool: name, callId });
    } catch (error) {
      logger.error('the tool host failed', { tool: name, callId, message: thrownText(error) });
    }
    return unanswered(call, 'failed');
  }

  #settle(run: Run, outcome: ToolOutcome): void {
    const { callId } = run.call;
    if (this.#running.get(callId) !== run) return;
    this.#running.delete(callId);
    run.cancelWatch();
    this.#options.report({ type: 'tool.settled', callId, outcome });
    if (this.#running.size === 0) this.#whenIdle?.();
  }

  /** Answers for the host when it does not. */
  #watch(run: Run, delayMs: number, status: 'timed_out' | 'cancelled'): void {
    const { clock, logger } = this.#options;
    run.cancelWatch();
    run.cancelWatch = clock.setTimer(delayMs, () => {
      const { name, callId } = run.call;
      logger.error('the tool host did not answer in time', { tool: name, callId });
      run.controller.abort();
      this.#settle(run, unanswered(run.call, status));
    });
  }

  #timeoutMs({ agent, name }: ToolStart): number {
    const { host, logger } = this.#options;
    try {
      const spec = specsOf(host, agent).find((candidate) => candidate.name === name);
      return spec?.timeoutMs ?? unknownToolMs;
    } catch (error) {
      logger.error('the tool host does not tell its tools', { tool: name, message: thrownText(error) });
      return unknownToolMs;
    }
  }
}

/** @throws TypeError for what is no check. */
function checked(check: ToolCallCheck): ToolCallCheck {
  if (check?.kind !== 'sound' && typeof check?.outcome?.outputText !== 'string')
    throw new TypeError('it returned no check');
  return check;
}

/** What a running tool asks of the session, as events. */
function listenerOf(callId: string, report: ToolRunsOptions['report']): ToolCallListener {
  return {
    say: (text) => report({ type: 'agent.say', text }),
    progress: (value) => report({ type: 'tool.progress', callId, value }),
    report: (outputText) => report({ type: 'tool.report', callId, outputText }),
    end: (reason) => report({ type: 'session.close', mode: 'drain', reason }),
    note: (text) => report({ type: 'agent.note', callId, text }),
  };
}

/** The tools of an agent. */
export function specsOf(host: ToolHost, agentName: string): readonly ToolSpec[] {
  return host.specsOf?.(agentName) ?? host.specs;
}

/** The outcome of a call the host did not answer. */
function unanswered(call: ToolStart, status: 'failed' | 'timed_out' | 'cancelled'): ToolOutcome {
  const { code, message, modelHint: hint } = new AntiphonError('tool.failed', { tool: call.name });
  const output = { error: message, code, hint };
  return {
    status,
    arguments: call.argumentsJson,
    output,
    outputText: JSON.stringify(output),
    elapsedMs: 0,
  };
}
