import { formatProblem } from '@antiphon/core';
import { createAntiphon, readAgentFile } from '@antiphon/runtime';
import { exitCodes } from '../exit-codes.ts';
import { commandLog } from './command-log.ts';
import { assertAgentKnown, type CommandContext, configFile, isOn, textOption } from './context.ts';

/** `antiphon check`: problems are thrown as an `AgentFileError`. */
export async function runCheck(context: CommandContext) {
  const { words, console, env } = context;
  const file = words.positionals[0] ?? configFile(context);
  const text = await readAgentFile(file);
  const provider = textOption(words, 'provider');
  const antiphon = await context.loading(() =>
    createAntiphon({
      config: { file, text },
      env,
      logger: commandLog(words, 'error').logger,
      ...(provider !== undefined && { usedProviders: [provider] }),
    }),
  );
  const { warnings, agents, tools } = antiphon.program;
  await antiphon.close();
  assertAgentKnown(antiphon, textOption(words, 'agent'));
  if (isOn(words, 'json')) {
    for (const warning of warnings) console.out(`${JSON.stringify({ type: 'warning', ...warning })}\n`);
    console.out(`${JSON.stringify({ type: 'check', file, problems: 0, warnings: warnings.length })}\n`);
    return exitCodes.done;
  }
  if (isOn(words, 'quiet')) return exitCodes.done;
  for (const warning of warnings) console.err(`warning: ${formatProblem(warning, text)}\n\n`);
  const names = Object.keys(agents.agents).join(', ');
  console.out(`${file} is sound: agents ${names}; tools ${tools.registry.names.join(', ') || 'none'}\n`);
  return exitCodes.done;
}
