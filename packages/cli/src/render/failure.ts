import { formatProblem, isAntiphonError } from '@antiphon/core';
import type { AgentFileError } from '@antiphon/runtime';
import type { Console } from '../console.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { printable } from './printable.ts';

/** How a failure is shown. */
export interface FailureOptions {
  readonly json: boolean;
  readonly debug: boolean;
}

/** Shows why a command failed and returns its exit code. Stack traces only with `debug`. */
export function showFailure(error: unknown, console: Console, { json, debug }: FailureOptions): ExitCode {
  if (json) console.out(`${JSON.stringify({ type: 'error', ...failureObject(error) })}\n`);
  console.err(`${printable(failureText(error))}\n`);
  if (debug && error instanceof Error && error.stack) console.err(`${error.stack}\n`);
  return isAntiphonError(error) ? error.exitCode : exitCodes.session;
}

function failureText(error: unknown): string {
  if (isAgentFileError(error)) {
    return error.problems
      .map((problem) => `${formatProblem(problem, error.text)}\n[${problem.code}]`)
      .join('\n\n');
  }
  if (isAntiphonError(error)) return `error: ${error.message}\nhint: ${error.hint}\n[${error.code}]`;
  return `error: ${error instanceof Error ? error.message : String(error)}\nThis is a defect of Antiphon. Run it again with --debug and report it.`;
}

function failureObject(error: unknown): object {
  if (isAgentFileError(error)) return { ...error.toJSON(), problems: error.problems };
  if (isAntiphonError(error)) return error.toJSON();
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    retryable: false,
  };
}

/** Tells it by what it carries: its class would have the whole runtime loaded to say that an option is unknown. */
function isAgentFileError(error: unknown): error is AgentFileError {
  return isAntiphonError(error) && error.code === 'config.invalid' && 'problems' in error;
}
