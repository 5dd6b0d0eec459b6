import type { CommandSpec } from '../../command-line/command.ts';

export const initSpec: CommandSpec = {
  path: ['init'],
  argumentsHelp: '[DIR]',
  summary: 'a working agent, or a working plugin with its test',
  description:
    'Writes an agent file with what belongs to it into DIR (default: this folder). With --plugin NAME it makes the folder\nNAME there: a package with a tool in TypeScript, a test that passes, and an agent that uses it. Nothing that is there\nis overwritten.',
  options: [
    { name: 'plugin', value: 'NAME', help: 'a package for a plugin instead, in a folder of its name' },
  ],
  examples: ['antiphon init', 'antiphon init my-agent', 'antiphon init --plugin opening-hours'],
  readsAgentFile: false,
  arity: { min: 0, max: 1 },
};
