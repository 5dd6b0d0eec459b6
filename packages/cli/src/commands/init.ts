import { join } from 'node:path';
import { AntiphonError } from '@antiphon/core';
import type { CommandSpec } from '../command-line/command.ts';
import { exitCodes } from '../exit-codes.ts';
import { agentProject } from '../init/agent-project.ts';
import { pluginProject } from '../init/plugin-project.ts';
import { writeProject } from '../init/write-project.ts';
import { type CommandContext, isOn, textOption } from './context.ts';

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

/** Names of packages, as npm takes them. */
const packageName = /^(?:@[a-z0-9-][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;

/** `antiphon init`. */
export async function runInit({ words, console }: CommandContext) {
  const [directory = '.'] = words.positionals;
  const plugin = textOption(words, 'plugin');
  if (plugin !== undefined && (!packageName.test(plugin) || plugin.length > 214)) {
    const problem = `"${plugin}" is no name for a package: lower-case letters, digits and dashes`;
    throw new AntiphonError('cli.usage', { problem, command: 'init' });
  }
  const folder = plugin === undefined ? directory : join(directory, plugin.split('/').at(-1) ?? plugin);
  const { files, next } = plugin === undefined ? agentProject() : pluginProject(plugin);
  const written = writeProject(folder, files);
  if (isOn(words, 'json'))
    console.out(`${JSON.stringify({ type: 'init', folder, files: Object.keys(files) })}\n`);
  else console.out(`${written.join('\n')}\n`);
  if (!isOn(words, 'json') && !isOn(words, 'quiet')) {
    const steps = folder === '.' ? next : [`cd ${folder}`, ...next];
    console.err(`\nnext:\n${steps.map((step) => `  ${step}`).join('\n')}\n`);
  }
  return exitCodes.done;
}
