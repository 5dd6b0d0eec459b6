import { AntiphonError, type ErrorCode, type ErrorData } from '@antiphon/core';
import { shapeOutput } from '../dispatch/output.ts';
import { PluginLoadError } from '../plugin/plugin-loader.ts';
import { isToolError, ToolError } from '../tool-error.ts';
import type { PackedError } from './messages.ts';

/** Most of a message and of a stack that travels, in characters. */
const maxLength = 4_000;
const maxDataBytes = 8 * 1024;

/** Anything thrown, as JSON. Never throws, whatever reading it does. */
export function packError(thrown: unknown): PackedError {
  try {
    return pack(thrown);
  } catch {
    return { kind: 'thrown', name: 'Error', message: 'something that cannot be read was thrown', stack: '' };
  }
}

function pack(thrown: unknown): PackedError {
  if (isToolError(thrown)) {
    const data = thrown.data === undefined ? undefined : shapeOutput(thrown.data, maxDataBytes);
    return {
      kind: 'tool_error',
      message: String(thrown.message).slice(0, maxLength),
      code: String(thrown.code).slice(0, 100),
      ...(data?.kind === 'json' && { data: data.value }),
      ...(typeof thrown.retryAfterMs === 'number' && { retryAfterMs: thrown.retryAfterMs }),
      ...(typeof thrown.hint === 'string' && { hint: thrown.hint.slice(0, maxLength) }),
    };
  }
  if (thrown instanceof PluginLoadError) {
    const { reported, place } = thrown;
    return { kind: 'load_error', code: reported.code, data: reported.data, ...(place && { place }) };
  }
  if (!(thrown instanceof Error)) {
    const message = `thrown without an Error: ${String(thrown).slice(0, 500)}`;
    return { kind: 'thrown', name: 'Error', message, stack: '' };
  }
  return {
    kind: 'thrown',
    name: String(thrown.name).slice(0, 100),
    message: String(thrown.message).slice(0, maxLength),
    stack: String(thrown.stack ?? '').slice(0, maxLength),
  };
}

/** The error as it was thrown, with the stack of the worker. */
export function unpackError(packed: PackedError): Error {
  switch (packed.kind) {
    case 'tool_error': {
      const { message, code, data, retryAfterMs, hint } = packed;
      return new ToolError(message, {
        code,
        ...(data !== undefined && { data }),
        ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
        ...(typeof hint === 'string' && { hint }),
      });
    }
    case 'load_error': {
      const { code, data, place } = packed;
      return new PluginLoadError(new AntiphonError(code as ErrorCode, data as ErrorData<ErrorCode>), place);
    }
    case 'thrown': {
      const error = new Error(packed.message);
      error.name = packed.name;
      error.stack = packed.stack;
      return error;
    }
  }
}
