import { readFile, writeFile } from 'node:fs/promises';
import { AntiphonError, type JsonObject, type JsonValue } from '@antiphon/core';
import type { McpTool } from './mcp-connection.ts';

/** Tools as they were approved, by the names they come with. */
export type ApprovedTools = ReadonlyMap<string, McpTool>;

/**
 * Reads a lock file: `{ "version": 1, "tools": { NAME: { "description", "input_schema" } } }`.
 *
 * @param server for errors
 * @throws AntiphonError `tool.mcp_lock`
 */
export async function readLock(file: string, server: string): Promise<ApprovedTools> {
  const fail = (reason: string, cause?: unknown) =>
    new AntiphonError('tool.mcp_lock', { file, server, reason }, { cause });
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw fail(isMissing ? 'it is not there' : 'it cannot be read', cause);
  }
  if (!isLock(content)) throw fail('it is not a lock file of version 1');
  return new Map(
    Object.entries(content.tools).map(([name, { description, input_schema }]) => [
      name,
      { name, description, inputSchema: input_schema },
    ]),
  );
}

/** Writes tools as approved, in the order of their names. */
export async function writeLock(file: string, tools: readonly McpTool[]): Promise<void> {
  const sorted = [...tools].sort((a, b) => (a.name < b.name ? -1 : 1));
  const entries = sorted.map(({ name, description, inputSchema }) => [
    name,
    { description, input_schema: inputSchema },
  ]);
  const content: LockFile = { version: 1, tools: Object.fromEntries(entries) };
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

interface LockFile {
  readonly version: 1;
  readonly tools: Readonly<
    Record<string, { readonly description: string; readonly input_schema: JsonObject }>
  >;
}

function isLock(value: unknown): value is LockFile {
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== 1)
    return false;
  if (!('tools' in value) || typeof value.tools !== 'object' || value.tools === null) return false;
  return Object.values(value.tools as Record<string, unknown>).every(
    (tool) =>
      typeof tool === 'object' &&
      tool !== null &&
      'description' in tool &&
      typeof tool.description === 'string' &&
      'input_schema' in tool &&
      typeof tool.input_schema === 'object',
  );
}

/** Why a tool may not be called as it is now; undefined when it is as it was approved. */
export function changeOf(approved: McpTool, current: McpTool | undefined): string | undefined {
  if (current === undefined) return 'its server no longer has it';
  const parts = [
    approved.description === current.description ? '' : 'description',
    canonical(approved.inputSchema) === canonical(current.inputSchema) ? '' : 'parameters',
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : `its ${parts.join(' and its ')} changed since it was approved`;
}

function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}
