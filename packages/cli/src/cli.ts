import type { CommandSpec } from './command-line/command.ts';
import { commandHelp, programHelp } from './command-line/help.ts';
import type { CommandContext, RunCommand } from './commands/context.ts';
import { checkSpec } from './commands/specs/check-spec.ts';
import { initSpec } from './commands/specs/init-spec.ts';
import { replaySpec } from './commands/specs/replay-spec.ts';
import { runSpec } from './commands/specs/run-spec.ts';
import { talkSpec } from './commands/specs/talk-spec.ts';
import { toolsCallSpec, toolsListSpec, toolsLockSpec, toolsSchemaSpec } from './commands/specs/tools-spec.ts';
import type { Console } from './console.ts';
import type { Environment } from './environment.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

interface Command {
  readonly spec: CommandSpec;
  /** Loads what carries it out: a command waits for its own modules alone, and help for none. */
  readonly load: () => Promise<RunCommand>;
}

const commands: readonly Command[] = [
  { spec: runSpec, load: async () => (await import('./commands/run.ts')).runRun },
  { spec: talkSpec, load: async () => (await import('./commands/talk.ts')).runTalk },
  { spec: checkSpec, load: async () => (await import('./commands/check.ts')).runCheck },
  { spec: toolsListSpec, load: async () => (await import('./commands/tools.ts')).runToolsList },
  { spec: toolsCallSpec, load: async () => (await import('./commands/tools.ts')).runToolsCall },
  { spec: toolsSchemaSpec, load: async () => (await import('./commands/tools.ts')).runToolsSchema },
  { spec: toolsLockSpec, load: async () => (await import('./commands/tools-lock.ts')).runToolsLock },
  { spec: replaySpec, load: async () => (await import('./commands/replay.ts')).runReplay },
  { spec: initSpec, load: async () => (await import('./commands/init.ts')).runInit },
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
    const { spec, load } = await findCommand(words);
    const own = words.slice(spec.path.length);
    const isHelp = own.length === 1 && own[0] === '--help';
    const parsed = isHelp ? undefined : (await import('./command-line/parse.ts')).parseCommandLine(spec, own);
    if (parsed === undefined || parsed.options['help'] === true) {
      console.out(commandHelp(spec));
      return exitCodes.done;
    }
    const run = await load();
    return await run({ words: parsed, console, env, signal, loading });
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    const { showFailure } = await import('./render/failure.ts');
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
async function findCommand(words: readonly string[]): Promise<Command> {
  const found = commands.find(({ spec }) => spec.path.every((word, index) => words[index] === word));
  if (found !== undefined) return found;
  const asked = words
    .filter((word) => !word.startsWith('-'))
    .slice(0, isGroup(words[0]) ? 2 : 1)
    .join(' ');
  const available = commands.map(({ spec }) => spec.path.join(' ')).join(', ');
  const { AntiphonError } = await import('@antiphon/core');
  throw new AntiphonError('cli.unknown_command', { command: asked, available });
}
