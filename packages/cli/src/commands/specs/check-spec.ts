import type { CommandSpec } from '../../command-line/command.ts';

export const checkSpec: CommandSpec = {
  path: ['check'],
  argumentsHelp: '[FILE]',
  summary: 'validate the agent file and all it names, without a call',
  description:
    'Checks the agent file (default: ./agents.yaml), its variables, plugins and tools. Every problem is shown in one run,\neach with file:line:column, a caret and what to do.',
  options: [],
  examples: ['antiphon check', 'antiphon check agents/hotel.yaml', 'antiphon check --provider openai'],
  arity: { min: 0, max: 1 },
};
