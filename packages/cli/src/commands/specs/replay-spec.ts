import type { CommandSpec } from '../../command-line/command.ts';

export const replaySpec: CommandSpec = {
  path: ['replay'],
  argumentsHelp: 'SESSION.jsonl',
  summary: 'run a recorded session through the session machine of today',
  description:
    'Reads the log of a session and gives its events to the session machine of this version. Shows the first step whose\neffects differ from those recorded, and exits with 4; with 0 when all are the same. Nothing is sent and no tool runs.',
  options: [],
  examples: ['antiphon replay answers/session.jsonl', 'antiphon replay answers/session.jsonl --json'],
  readsAgentFile: false,
  arity: { min: 1, max: 1 },
};
