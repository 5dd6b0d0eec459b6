import { join } from 'node:path';
import { AntiphonError } from '@antiphon/core';
import { exitCodes } from '../exit-codes.ts';
import { agentProject } from '../init/agent-project.ts';
import { pluginProject } from '../init/plugin-project.ts';
import { writeProject } from '../init/write-project.ts';
import { type CommandContext, isOn, textOption } from './context.ts';

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
