import type { CommandSpec } from '../../command-line/command.ts';
import { answerOption } from '../../command-line/shared-options.ts';

export const toolsListSpec: CommandSpec = {
  path: ['tools', 'list'],
  argumentsHelp: '',
  summary: 'the tools an agent has, as a model is given them',
  description: 'Lists the tools of an agent: name, parameters and description.',
  options: [],
  examples: ['antiphon tools list', 'antiphon tools list --agent concierge --json'],
  arity: { min: 0, max: 0 },
};

export const toolsSchemaSpec: CommandSpec = {
  path: ['tools', 'schema'],
  argumentsHelp: 'NAME',
  summary: 'the JSON Schema of a tool',
  description:
    'Prints the function that a model is given for a tool: name, description and JSON Schema of its parameters.',
  options: [],
  examples: ['antiphon tools schema current_time'],
  arity: { min: 1, max: 1 },
};

export const toolsCallSpec: CommandSpec = {
  path: ['tools', 'call'],
  argumentsHelp: "NAME '{…}'",
  summary: 'call a tool as a model would',
  description:
    'Calls a tool with arguments as JSON (default: {}), with the validation, time-out and limits of a session, and prints\nits output. Exit code 4 when the call did not complete.',
  options: [{ name: 'trace', help: 'show each step of the call and when it came' }, answerOption],
  examples: [
    `antiphon tools call current_time '{"place":"Tokyo"}'`,
    `antiphon tools call get_weather '{"city":"Rome"}' --trace`,
  ],
  arity: { min: 1, max: 2 },
};

export const toolsLockSpec: CommandSpec = {
  path: ['tools', 'lock'],
  argumentsHelp: '',
  summary: 'approve the tools of MCP servers as they are now',
  description:
    'Writes the lock file of each MCP server of the agent file that names one: its tools with their descriptions and\nparameters. A tool that differs from its lock is not called. Look at the changes before you commit them.',
  options: [],
  examples: ['antiphon tools lock', 'antiphon tools lock --config agents/hotel.yaml'],
  arity: { min: 0, max: 0 },
};
