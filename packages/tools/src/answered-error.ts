import { AntiphonError, type ErrorCode, type ErrorData, type JsonValue } from '@antiphon/core';
import { ToolError } from './tool-error.ts';

/** An error of the table as an answer to the model. */
export function answeredError<Code extends ErrorCode>(
  code: Code,
  data: ErrorData<Code>,
  options: { readonly data?: JsonValue; readonly cause?: unknown; readonly retryAfterMs?: number } = {},
): ToolError {
  const { message, modelHint: hint } = new AntiphonError(code, data);
  return new ToolError(message, { code, hint, ...options });
}
