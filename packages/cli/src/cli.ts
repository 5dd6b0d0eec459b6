import { AntiphonError } from '@antiphon/core';
import type { CommandSpec } from './command-line/command.ts';
import { commandHelp, programHelp } from './command-line/help.ts';
import { parseCommandLine } from './command-line/parse.ts';
import { checkSpec, runCheck } from './commands/check.ts';
import type { CommandContext, RunCommand } from './commands/context.ts';
import { initSpec, runInit } from './commands/init.ts';
import { replaySpec, runReplay } from './commands/replay.ts';
import { runRun, runSpec } from './commands/run.ts';
import { runTalk, talkSpec } from './commands/talk.ts';
import {
  runToolsCall,
  runToolsList,
  runToolsSchema,
  toolsCallSpec,
  toolsListSpec,
  toolsSchemaSpec,
} from './commands/tools.ts';
import { runToolsLock, toolsLockSpec } from './commands/tools-lock.ts';
import type { Console } from './console.ts';
import type { Environment } from './environment.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { showFailure } from './render/failure.ts';

interface Command {
  readonly spec: CommandSpec;
  readonly run: RunCommand;
}

const commands: readonly Command[] = [
  { spec: runSpec, run: runRun },
  { spec: talkSpec, run: runTalk },
  { spec: checkSpec, run: runCheck },
  { spec: toolsListSpec, run: runToolsList },
  { spec: toolsCallSpec, run: runToolsCall },
  { spec: toolsSchemaSpec, run: runToolsSchema },
  { spec: toolsLockSpec, run: runToolsLock },
  { spec: replaySpec, run: runReplay },
  { spec: initSpec, run: runInit },
];

/** What the program runs on. */
export interface CliOptions {
  readonly console: Console;
  readonly env: Environment;
  readonly version: string;
  readonly signal: AbortSignal;
  /** Does what runs code of others that may never end. */
  readonly loading?: CommandContext['loading'];
}

/** Carries a command line out; settles with the exit code, never rejects. */
export async function runCli(
  words: readonly string[],
  { console, env, version, signal, loading = (work) => work() }: CliOptions,
): Promise<ExitCode> {
  const failure = { json: words.includes('--json'), debug: words.includes('--debug') };
  try {
    if (words.includes('--version')) {
      console.out(`${version}\n`);
      return exitCodes.done;
    }
    if (asksForCommands(words)) {
      console.out(
        programHelp(
          commands.map(({ spec }) => spec),
          version,
        ),
      );
      return exitCodes.done;
    }
    const { spec, run } = findCommand(words);
    const parsed = parseCommandLine(spec, words.slice(spec.path.length));
    if (parsed.options['help'] === true) {
      console.out(commandHelp(spec));
      return exitCodes.done;
    }
    return await run({ words: parsed, console, env, signal, loading });
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    return showFailure(error, console, failure);
  }
}

function asksForCommands([first, second]: readonly string[]): boolean {
  return (
    first === undefined || first === '--help' || first === 'help' || (isGroup(first) && second === '--help')
  );
}

/** Whether the word is the first of commands with two. */
function isGroup(word: string | undefined): boolean {
  return commands.some(({ spec }) => spec.path.length > 1 && spec.path[0] === word);
}

/** @throws AntiphonError `cli.unknown_command` */
function findCommand(words: readonly string[]): Command {
  const found = commands.find(({ spec }) => spec.path.every((word, index) => words[index] === word));
  if (found !== undefined) return found;
  const asked = words
    .filter((word) => !word.startsWith('-'))
    .slice(0, isGroup(words[0]) ? 2 : 1)
    .join(' ');
  const available = commands.map(({ spec }) => spec.path.join(' ')).join(', ');
  throw new AntiphonError('cli.unknown_command', { command: asked, available });
}
