import type { JsonValue } from '@antiphon/core';

const brand: unique symbol = Symbol.for('antiphon.tool_error') as never;

/** What a {@link ToolError} may carry beside its message. */
export interface ToolErrorOptions extends ErrorOptions {
  /** Small JSON that the model is given with the message. */
  readonly data?: JsonValue;
  /** A code of the error table for the model and the log; `tool.failed` when absent. */
  readonly code?: string;
  /**
   * After how many milliseconds the same call may succeed: the runtime tries again where the tool allows it, and the
   * model is told. Absent: trying again would not help.
   */
  readonly retryAfterMs?: number;
  /** What the model does next: "Ask for the number on the invoice." */
  readonly hint?: string;
}

/**
 * An error whose message is meant for the model. Any other error thrown by a tool is answered without its message.
 *
 * @example
 * throw new ToolError('There is no order 4711.', { data: { nearest: ['4710', '4712'] } });
 */
export class ToolError extends Error {
  readonly [brand] = true;
  override readonly name = 'ToolError';
  readonly code: string;
  readonly data: JsonValue | undefined;
  readonly retryAfterMs: number | undefined;
  readonly hint: string | undefined;

  constructor(message: string, options: ToolErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? 'tool.failed';
    this.data = options.data;
    this.retryAfterMs = options.retryAfterMs;
    this.hint = options.hint;
  }
}

/** Tells whether `value` is a {@link ToolError}, by brand, so also across copies of the package. */
export function isToolError(value: unknown): value is ToolError {
  return typeof value === 'object' && value !== null && brand in value;
}
