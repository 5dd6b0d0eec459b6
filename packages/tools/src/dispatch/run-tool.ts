import {
  AntiphonError,
  type CallControl,
  type Clock,
  type JsonObject,
  type JsonValue,
  type Logger,
  type ToolCallListener,
  type ToolCallRequest,
} from '@antiphon/core';
import type { ToolContext, ToolSession } from '../define-tool.ts';
import { placeText, thrownAt } from '../plugin/source-place.ts';
import type { RegisteredTool } from '../registered-tool.ts';
import { type CodeOwner, runOwned } from '../stray-errors.ts';
import { isToolResult } from '../tool-result.ts';
import { frozenCopy } from './approval.ts';
import { type AskAgent, allowAsking } from './ask-agent.ts';
import { type AskClient, allowClient } from './ask-client.ts';
import type { StopRun, ToolEnding } from './execution.ts';
import { describeThrown, errorOutput, failureOutput } from './failure.ts';
import type { ToolLimits } from './limits.ts';
import { outputText, shapeOutput } from './output.ts';
import { ProgressGate } from './progress-gate.ts';
import { shapeForUi, shapeResult } from './result-shape.ts';
import { pause, retryAfterOf, retryDelayMs } from './retry.ts';
import { traceStep } from './trace.ts';

/** Longest text of a tool that is said, noted or told as a reason, in characters. */
const maxTextLength = 2_000;

/** A call whose arguments are sound. */
export interface CheckedCall {
  readonly request: ToolCallRequest;
  readonly tool: RegisteredTool;
  /** As the model wrote them. */
  readonly values: JsonObject;
  /** As the schema parsed them. */
  readonly input: unknown;
  readonly listener: ToolCallListener | undefined;
}

/** What a run has of the session it belongs to. */
export interface RunScope {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** How other agents are asked; undefined where there are none. */
  readonly askAgent: AskAgent | undefined;
  /** How the application is asked; undefined where there is none. */
  readonly askClient: AskClient | undefined;
  readonly log: Logger;
  readonly limits: ToolLimits;
  /** Aborted when the session closes. */
  readonly session: AbortSignal;
  /** What the application gave of whoever is on the line. */
  readonly caller: Readonly<Record<string, string>>;
  readonly callControl: CallControl | undefined;
}

/** Texts that one call may have said; more are dropped. */
const maxSayings = 32;
/** Results on the way that one call may give the model; more are dropped. */
const maxReports = 8;

/** Runs a tool and makes its ending of whatever it does. Never rejects. */
export async function runTool(call: CheckedCall, stop: StopRun, scope: RunScope): Promise<ToolEnding> {
  const { context, endProgress } = contextOf(call, stop, scope);
  try {
    return endingOf(call, await executeWithRetries(call, context, scope), scope);
  } catch (error) {
    traceStep('threw', () => thrownStep(error));
    const { name } = call.tool.spec;
    const output = stop.signal.aborted
      ? errorOutput(new AntiphonError('tool.cancelled', { tool: name }))
      : failureOutput(error, { tool: name, callId: call.request.callId }, scope.log);
    return failed(output, scope.limits);
  } finally {
    endProgress();
  }
}

/** What was thrown and where, for whoever watches the call. */
function thrownStep(error: unknown): JsonObject {
  const at = thrownAt(error);
  return { error: describeThrown(error)['error'] ?? '', ...(at !== undefined && { at: placeText(at) }) };
}

/** Whose the code is that a call runs. */
export function ownerOf({ tool, request }: CheckedCall, log: Logger): CodeOwner {
  return { log, names: { tool: tool.spec.name, callId: request.callId } };
}

/** Runs the tool again where that is safe, may help, and can still end in time. */
async function executeWithRetries(
  call: CheckedCall,
  context: ToolContext,
  { clock, random, log }: RunScope,
): Promise<unknown> {
  const { tool, input } = call;
  const deadlineMs = clock.nowMs() + tool.runMs;
  const owner = ownerOf(call, log);
  for (let attempt = 0; ; attempt += 1) {
    try {
      traceStep('started', () => (attempt === 0 ? {} : { attempt }));
      return await runOwned(owner, () => tool.execute(input, context));
    } catch (error) {
      const retryAfterMs = retryAfterOf(error);
      if (retryAfterMs === undefined || attempt >= tool.retries || context.signal.aborted) throw error;
      const delayMs = retryDelayMs(retryAfterMs, attempt, random);
      if (clock.nowMs() + delayMs >= deadlineMs) throw error;
      log.warn('a tool is run again', {
        ...owner.names,
        in_ms: delayMs,
        ...describeThrown(error),
      });
      await pause(clock, delayMs, context.signal);
    }
  }
}

function endingOf(call: CheckedCall, returned: unknown, scope: RunScope): ToolEnding {
  const { name } = call.tool.spec;
  const { limits } = scope;
  const isSplit = isToolResult(returned);
  const shaped = shapeOutput(isSplit ? returned.model : returned, limits.outputBytes);
  const ui = isSplit ? shapeOutput(returned.ui, limits.outputBytes) : undefined;
  const wrong = [shaped, ui].find((part) => part !== undefined && part.kind !== 'json');
  if (wrong?.kind === 'not-json') {
    return badOutput(
      call,
      new AntiphonError('tool.output_invalid', { tool: name, problem: wrong.problem }),
      scope,
    );
  }
  if (wrong?.kind === 'too-large' || shaped.kind !== 'json') {
    const data = { tool: name, limit: limits.outputBytes };
    return badOutput(call, new AntiphonError('tool.output_too_large', data), scope);
  }
  traceStep('returned', () => ({ result: shaped.value }));
  return completed(shaped.value, ui?.kind === 'json' ? ui.value : undefined, call.tool, limits);
}

/** The ending of a tool that gave a result: cut to its shape, the model being told what is missing. */
function completed(
  result: JsonValue,
  given: JsonValue | undefined,
  { result: shape }: RegisteredTool,
  limits: ToolLimits,
): ToolEnding {
  const { value, note } = shapeResult(result, shape);
  if (note !== '') traceStep('shaped', () => ({ note }));
  const text = outputText(value, Math.min(shape?.maxBytes ?? limits.outputTextBytes, limits.outputTextBytes));
  const ui = given ?? shapeForUi(result, shape);
  return {
    status: 'completed',
    output: value,
    outputText: note === '' ? text : `${text} [these are ${note}]`,
    ...(ui !== undefined && { ui }),
  };
}

function failed(output: JsonValue, limits: ToolLimits): ToolEnding {
  return { status: 'failed', output, outputText: outputText(output, limits.outputTextBytes) };
}

function badOutput(
  { request, tool }: CheckedCall,
  error: AntiphonError,
  { log, limits }: RunScope,
): ToolEnding {
  log.error('a tool returned what cannot be used', {
    tool: tool.spec.name,
    callId: request.callId,
    error: error.message,
  });
  return failed(errorOutput(error), limits);
}

function contextOf(
  { request, tool, values, listener }: CheckedCall,
  stop: StopRun,
  { clock, log, limits, session, caller, callControl, askAgent, askClient }: RunScope,
): { readonly context: ToolContext; readonly endProgress: () => void } {
  const { callId, sessionId, agentName } = request;
  const tell = (report: () => void) => {
    if (stop.signal.aborted || session.aborted) return;
    try {
      report();
    } catch (error) {
      log.error('a listener of a tool call failed', { callId, ...describeThrown(error) });
    }
  };
  const progress = new ProgressGate<JsonValue>(clock, (value) => tell(() => listener?.progress?.(value)));
  let sayings = 0;
  let reports = 0;
  const context = Object.freeze<ToolContext>({
    get signal() {
      return stop.signal;
    },
    session: Object.freeze<ToolSession>({
      id: sessionId,
      agent: agentName,
      signal: session,
      caller,
      callControl,
      end: (reason) => tell(() => listener?.end?.(String(reason).slice(0, maxTextLength))),
      note: (text) => tell(() => listener?.note?.(String(text).slice(0, maxTextLength))),
    }),
    call: Object.freeze({ id: callId, name: tool.spec.name }),
    log,
    progress: (value) => {
      const shaped = shapeOutput(value, limits.outputTextBytes);
      if (shaped.kind === 'json') progress.put(shaped.value);
    },
    report: (value) => {
      const shaped = shapeOutput(value, limits.outputTextBytes);
      reports += 1;
      if (shaped.kind !== 'json' || reports > maxReports) return;
      tell(() => listener?.report?.(outputText(shaped.value, limits.outputTextBytes)));
    },
    say: (text) => {
      sayings += 1;
      if (sayings <= maxSayings) tell(() => listener?.say?.(String(text).slice(0, maxTextLength)));
    },
  });
  if (askAgent !== undefined) allowAsking(context, askAgent);
  if (askClient !== undefined) {
    allowClient(context, () =>
      askClient({
        callId,
        name: tool.spec.name,
        agent: agentName,
        timeoutMs: tool.runMs,
        sessionId,
        signal: stop.signal,
        arguments: frozenCopy(values),
      }),
    );
  }
  return { context, endProgress: () => progress.close() };
}
