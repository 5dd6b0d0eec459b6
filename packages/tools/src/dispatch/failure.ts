import { AntiphonError, type JsonObject, type JsonValue, type Logger } from '@antiphon/core';
import { isToolError } from '../tool-error.ts';
import { shapeOutput } from './output.ts';

/** Largest `data` of a {@link ToolError} that is handed on, in bytes. */
const maxDataBytes = 8 * 1024;
const maxHintLength = 500;
/** Longest message of a {@link ToolError} that is handed on, and longest part of what the log is told, in characters. */
const maxMessageLength = 8_000;

/** The output that tells the model of an error of the table. */
export function errorOutput({ code, message, modelHint }: AntiphonError): JsonObject {
  return { error: message, code, hint: modelHint };
}

/** Which call failed, for the log. */
export interface FailedCall {
  readonly tool: string;
  readonly callId: string;
}

/**
 * The output that tells the model of what a tool threw: the message of a `ToolError`, nothing of any other error.
 * Everything is reported to the log.
 */
export function failureOutput(thrown: unknown, call: FailedCall, log: Logger): JsonObject {
  const failed = new AntiphonError('tool.failed', { tool: call.tool });
  const told = toldBy(thrown);
  if (told === undefined) {
    log.error('a tool failed', { ...call, ...describeThrown(thrown) });
    return errorOutput(failed);
  }
  const { message, cause, ...output } = told;
  log.warn('a tool answered with an error', { ...call, code: output.code, ...cause });
  return { error: message.trim() === '' ? failed.message : message, ...output };
}

/** What a `ToolError` tells the model, and its cause the log; undefined for anything else, and for one that cannot be read. */
function toldBy(thrown: unknown) {
  try {
    if (!isToolError(thrown)) return undefined;
    const { message, code, hint, data, retryAfterMs = 0 } = thrown;
    const shown = data === undefined ? undefined : shapeOutput(data, maxDataBytes);
    return {
      message: message.slice(0, maxMessageLength),
      cause: causeOf(thrown),
      code: String(code).slice(0, maxHintLength),
      ...(typeof hint === 'string' && { hint: hint.slice(0, maxHintLength) }),
      ...(shown?.kind === 'json' && { data: shown.value }),
      ...(retryAfterMs > 0 && { retry_after_s: Math.ceil(retryAfterMs / 1000) }),
    };
  } catch {
    return undefined;
  }
}

function causeOf({ cause }: Error): { readonly cause?: string } {
  return cause instanceof Error ? { cause: String(cause.message).slice(0, 500) } : {};
}

/** Everything known of what was thrown, as small JSON; reading it never throws. */
export function describeThrown(thrown: unknown): Record<string, JsonValue> {
  try {
    if (!(thrown instanceof Error))
      return { error: `thrown without an Error: ${String(thrown).slice(0, 500)}` };
    const { name, message, stack = '' } = thrown;
    return {
      error: `${name}: ${message}`.slice(0, maxMessageLength),
      stack: stack.slice(0, maxMessageLength),
      ...causeOf(thrown),
    };
  } catch {
    return { error: 'something that cannot be read was thrown' };
  }
}
