import { existsSync } from 'node:fs';
import type { AgentFileText } from '@antiphon/runtime';

/** What answers where there is no agent file: a hosted model without tools. */
const defaultAgentFile: AgentFileText = {
  file: 'the built-in agent',
  text: `version: 1
agents:
  assistant:
    instructions: You are a helpful voice assistant. Answer briefly, in the language of the user.
`,
};

/** What a command line says of its agent file. */
export interface AgentFileChoice {
  /** The file that was named. */
  readonly named: string | undefined;
  /** The file that is read when none was named. */
  readonly usual: string;
  readonly provider: string | undefined;
}

/**
 * The agent file of a run. With a hosted provider named and no file there, the built-in agent answers; the offline
 * engine knows only what a file teaches it, so it needs one.
 */
export function chooseAgentFile({ named, usual, provider }: AgentFileChoice): string | AgentFileText {
  const needsFile = named !== undefined || provider === undefined || provider === 'local';
  return needsFile || existsSync(usual) ? (named ?? usual) : defaultAgentFile;
}
