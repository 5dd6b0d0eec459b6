import { AntiphonError } from '@antiphon/core';
import type { Antiphon } from '@antiphon/runtime';
import type { ParsedCommandLine } from '../command-line/command.ts';
import type { Console } from '../console.ts';
import type { Environment } from '../environment.ts';
import type { ExitCode } from '../exit-codes.ts';

/** What a command works with. */
export interface CommandContext {
  readonly words: ParsedCommandLine;
  readonly console: Console;
  readonly env: Environment;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** Does what runs code of plugins, which may never end: an interrupt ends the process at once meanwhile. */
  readonly loading: <Value>(work: () => Promise<Value>) => Promise<Value>;
}

/** Carries a command out. What it throws is shown as a failure. */
export type RunCommand = (context: CommandContext) => Promise<ExitCode>;

/** The agent file that is read when none is named. */
export const defaultConfigFile = 'agents.yaml';

/** The agent file that the command line names. */
export function configFile({ words }: CommandContext): string {
  return textOption(words, 'config') ?? defaultConfigFile;
}

/** The value of an option. */
export function textOption(words: ParsedCommandLine, name: string): string | undefined {
  const value = words.options[name];
  return value === true ? undefined : value;
}

/** @throws AntiphonError `session.unknown_agent` */
export function assertAgentKnown({ agentNames }: Antiphon, name: string | undefined): void {
  if (name === undefined || agentNames.includes(name)) return;
  throw new AntiphonError('session.unknown_agent', { name, available: agentNames.join(', ') });
}

/** Whether a switch is on. */
export function isOn(words: ParsedCommandLine, name: string): boolean {
  return words.options[name] === true;
}
