import { AntiphonError, type ErrorCode, type ErrorData } from '@antiphon/core';

/** Where a problem stands, as far as it is known. */
export interface ProblemPlace {
  /** Keys and indexes in the agent file: `['plugins', 2]`, `['agents', 'concierge', 'tools', 0]`. */
  readonly path?: readonly (string | number)[];
  /** Name of the plugin. */
  readonly plugin?: string;
  /** Name of the tool. */
  readonly tool?: string;
  /** Absolute path of the plugin file. */
  readonly file?: string;
  /** Line and column in `file`, from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** A mistake found before anything runs. */
export interface ToolProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly where: ProblemPlace;
  /** The same as an error, with its cause when there is one. */
  readonly error: AntiphonError;
}

/** Makes the problem of an error. */
export function problemOf(error: AntiphonError, where: ProblemPlace): ToolProblem {
  return { code: error.code, message: error.message, hint: error.hint, where, error };
}

/** Makes a problem from its code. */
export function toolProblem<Code extends ErrorCode>(
  code: Code,
  data: ErrorData<Code>,
  where: ProblemPlace,
): ToolProblem {
  return problemOf(new AntiphonError(code, data), where);
}

/** Throws when there are problems: the one there is, or `tool.setup_failed` naming all. */
export function throwProblems(problems: readonly ToolProblem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw first.error;
  throw new AntiphonError(
    'tool.setup_failed',
    {
      count: problems.length,
      problems: problems.map(({ code, message }) => `${code}: ${message}`).join('; '),
    },
    { cause: new AggregateError(problems.map(({ error }) => error)) },
  );
}
