import {
  AntiphonError,
  type CallControl,
  type JsonObject,
  type JsonValue,
  type Logger,
  type ToolCallListener,
  type ToolCallRequest,
} from '@antiphon/core';
import type { ToolContext, ToolSession } from '../define-tool.ts';
import type { RegisteredTool } from '../registered-tool.ts';
import type { ToolEnding } from './execution.ts';
import { describeThrown, errorOutput, failureOutput } from './failure.ts';
import type { ToolLimits } from './limits.ts';
import { outputText, shapeOutput } from './output.ts';
import { shapeResult } from './result-shape.ts';
import { traceStep } from './trace.ts';

/** Longest note of a tool, in characters. */
const maxNoteLength = 2_000;

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
  readonly log: Logger;
  readonly limits: ToolLimits;
  /** Aborted when the session closes. */
  readonly session: AbortSignal;
  /** What the application gave of whoever is on the line. */
  readonly caller: Readonly<Record<string, string>>;
  readonly callControl: CallControl | undefined;
}

/** Runs a tool and makes its ending of whatever it does. Never rejects. */
export async function runTool(call: CheckedCall, signal: AbortSignal, scope: RunScope): Promise<ToolEnding> {
  const { name } = call.tool.spec;
  const { limits, log } = scope;
  try {
    traceStep('started', () => ({}));
    const returned: unknown = await call.tool.execute(call.input, contextOf(call, signal, scope));
    const shaped = shapeOutput(returned, limits.outputBytes);
    switch (shaped.kind) {
      case 'json':
        traceStep('returned', () => ({ result: shaped.value }));
        return completed(shaped.value, call.tool, limits);
      case 'not-json': {
        const data = { tool: name, problem: shaped.problem };
        return badOutput(call, new AntiphonError('tool.output_invalid', data), scope);
      }
      case 'too-large': {
        const data = { tool: name, limit: limits.outputBytes };
        return badOutput(call, new AntiphonError('tool.output_too_large', data), scope);
      }
    }
  } catch (error) {
    const output = signal.aborted
      ? errorOutput(new AntiphonError('tool.cancelled', { tool: name }))
      : failureOutput(error, { tool: name, callId: call.request.callId }, log);
    return failed(output, limits);
  }
}

/** The ending of a tool that gave a result: cut to its shape, the model being told what is missing. */
function completed(result: JsonValue, { result: shape }: RegisteredTool, limits: ToolLimits): ToolEnding {
  const { value, note } = shapeResult(result, shape);
  if (note !== '') traceStep('shaped', () => ({ note }));
  const text = outputText(value, Math.min(shape?.maxBytes ?? limits.outputTextBytes, limits.outputTextBytes));
  return {
    status: 'completed',
    output: value,
    outputText: note === '' ? text : `${text} [these are ${note}]`,
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
  { request, tool, listener }: CheckedCall,
  signal: AbortSignal,
  { log, limits, session, caller, callControl }: RunScope,
): ToolContext {
  const { callId, sessionId, agentName } = request;
  const tell = (report: () => void) => {
    if (signal.aborted || session.aborted) return;
    try {
      report();
    } catch (error) {
      log.error('a listener of a tool call failed', { callId, ...describeThrown(error) });
    }
  };
  return Object.freeze<ToolContext>({
    signal,
    session: Object.freeze<ToolSession>({
      id: sessionId,
      agent: agentName,
      signal: session,
      caller,
      callControl,
      end: (reason) => tell(() => listener?.end?.(String(reason).slice(0, maxNoteLength))),
      note: (text) => tell(() => listener?.note?.(String(text).slice(0, maxNoteLength))),
    }),
    call: Object.freeze({ id: callId, name: tool.spec.name }),
    log,
    progress: (value) =>
      tell(() => {
        const shaped = shapeOutput(value, limits.outputTextBytes);
        if (shaped.kind === 'json') listener?.progress?.(shaped.value);
      }),
    say: (text) => tell(() => listener?.say?.(String(text))),
  });
}
