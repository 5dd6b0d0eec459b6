import { AntiphonError, type ErrorCode, type ErrorData, isAntiphonError } from '@antiphon/core';

/** An error as plain data, for the way between threads. */
export interface TransportedError {
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, string | number>>;
  /** Where it was thrown in the worker. */
  readonly stack: string;
}

/** @param stage what to blame for an error without a code of its own. */
export function packError(error: unknown, stage: string): TransportedError {
  if (isAntiphonError(error)) return { code: error.code, data: error.data, stack: error.stack ?? '' };
  const reason = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return { code: 'local.stage_failed', data: { stage, reason }, stack };
}

/** The error as it was thrown; its cause holds the stack of the worker. */
export function unpackError({ code, data, stack }: TransportedError): AntiphonError {
  const cause = new Error('thrown in a worker');
  cause.stack = stack;
  return new AntiphonError(code, data as ErrorData<ErrorCode>, { cause });
}
