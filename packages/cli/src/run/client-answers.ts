import { AntiphonError, type JsonValue } from '@antiphon/core';
import { type AskClient, ToolError } from '@antiphon/tools';
import type { ParsedCommandLine } from '../command-line/command.ts';
import { answerOption } from '../command-line/shared-options.ts';

/**
 * Answers calls of client tools as the command line says; undefined where it says nothing.
 *
 * @throws AntiphonError `cli.usage` for an answer that is no JSON
 */
export function clientAnswersOf({ ordered }: ParsedCommandLine, command: string): AskClient | undefined {
  const given = ordered.filter(({ option }) => option === answerOption.name);
  if (given.length === 0) return undefined;
  const answers = new Map(given.map(({ value }) => readAnswer(value, command)));
  return ({ name }) => {
    const answer = answers.get(name);
    if (answer !== undefined) return answer.value;
    const { code, message, modelHint: hint } = new AntiphonError('tool.no_client', { tool: name });
    throw new ToolError(message, { code, hint });
  };
}

function readAnswer(text: string, command: string): readonly [name: string, { readonly value: JsonValue }] {
  const at = text.indexOf('=');
  try {
    if (at < 1) throw new Error('it has no NAME=');
    return [text.slice(0, at), { value: JSON.parse(text.slice(at + 1)) as JsonValue }];
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be read';
    const problem = `--answer ${text.slice(0, 60)}: ${reason}; write NAME=JSON, such as 'scan_code={"code":"A-17"}'`;
    throw new AntiphonError('cli.usage', { problem, command }, { cause: error });
  }
}
