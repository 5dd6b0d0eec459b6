import { AntiphonError, type JsonObject, type JsonValue, type Logger } from '@antiphon/core';
import { isToolError } from '../tool-error.ts';
import { shapeOutput } from './output.ts';

/** Largest `data` of a {@link ToolError} that is handed on, in bytes. */
const maxDataBytes = 8 * 1024;
const maxHintLength = 500;

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
  if (isToolError(thrown)) {
    log.warn('a tool answered with an error', { ...call, code: thrown.code, ...causeOf(thrown) });
    const data = thrown.data === undefined ? undefined : shapeOutput(thrown.data, maxDataBytes);
    const shown: { data?: JsonValue } = data?.kind === 'json' ? { data: data.value } : {};
    const { retryAfterMs = 0 } = thrown;
    const again = retryAfterMs > 0 ? { retry_after_s: Math.ceil(retryAfterMs / 1000) } : {};
    const hint = typeof thrown.hint === 'string' ? { hint: thrown.hint.slice(0, maxHintLength) } : {};
    const words = thrown.message.trim() === '' ? failed.message : thrown.message;
    return { error: words, code: thrown.code, ...hint, ...shown, ...again };
  }
  log.error('a tool failed', { ...call, ...describeThrown(thrown) });
  return errorOutput(failed);
}

function causeOf({ cause }: Error): { readonly cause?: string } {
  return cause instanceof Error ? { cause: String(cause.message).slice(0, 500) } : {};
}

/** Everything known of what was thrown, as small JSON; reading it never throws. */
export function describeThrown(thrown: unknown): Record<string, JsonValue> {
  try {
    if (!(thrown instanceof Error))
      return { error: `thrown without an Error: ${String(thrown).slice(0, 500)}` };
    return { error: `${thrown.name}: ${thrown.message}`, stack: thrown.stack ?? '', ...causeOf(thrown) };
  } catch {
    return { error: 'something that cannot be read was thrown' };
  }
}
