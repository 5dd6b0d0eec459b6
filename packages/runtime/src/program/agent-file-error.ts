import { AntiphonError, type ConfigProblem } from '@antiphon/core';

/** Everything that is wrong with an agent file and what it names, each at its place. */
export class AgentFileError extends AntiphonError<'config.invalid'> {
  readonly problems: readonly ConfigProblem[];
  /** The text of the file, for showing the places. */
  readonly text: string;

  constructor(file: string, text: string, problems: readonly ConfigProblem[]) {
    super('config.invalid', { file, count: problems.length });
    this.problems = problems;
    this.text = text;
  }
}
