import { dirname, resolve } from 'node:path';
import { type ParsedAgentsFile, parseAgentsFile, redact } from '@antiphon/core';
import { AgentFileError, readAgentFile } from '@antiphon/runtime';
import { lockMcpServer, type McpEntry, mcpOptions } from '@antiphon/tools';
import { exitCodes } from '../exit-codes.ts';
import { printable } from '../render/printable.ts';
import { commandLog } from './command-log.ts';
import { type CommandContext, configFile, isOn } from './context.ts';

type LockedEntry = McpEntry & { readonly lock: string };

/** `antiphon tools lock`. */
export async function runToolsLock(context: CommandContext) {
  const { words, console, env } = context;
  const file = configFile(context);
  const text = await readAgentFile(file);
  const parsed = parseAgentsFile(text, { file, env });
  if (!parsed.ok) throw new AgentFileError(file, text, parsed.problems);
  const log = commandLog(words, 'warn');
  log.hideWith((line) => redact(line, parsed.secrets));
  const scope = { baseDir: dirname(resolve(file)), secrets: parsed.secrets.map(({ value }) => value) };
  for (const entry of lockedEntries(parsed)) {
    const options = { ...mcpOptions(entry, scope), lock: entry.lock };
    const written = await lockMcpServer(options, log.logger);
    if (isOn(words, 'json')) console.out(`${JSON.stringify({ type: 'lock', ...written })}\n`);
    else console.out(`${written.file}: tools ${written.tools}, of ${printable(written.server)}\n`);
  }
  if (lockedEntries(parsed).length === 0 && !isOn(words, 'quiet')) {
    console.err(`no MCP server of ${file} has a lock; write lock: ./NAME.lock.json beside mcp\n`);
  }
  return exitCodes.done;
}

function lockedEntries({ value }: ParsedAgentsFile): readonly LockedEntry[] {
  return value.plugins.filter(
    (entry): entry is typeof entry & LockedEntry =>
      typeof entry === 'object' && 'mcp' in entry && entry.lock !== undefined,
  );
}
