import { resolve } from 'node:path';
import { AntiphonError, type JsonObject, type JsonValue, type Logger } from '@antiphon/core';
import { definePlugin, type Plugin } from '../define-plugin.ts';
import { defineTool, type Tool } from '../define-tool.ts';
import { hideSecrets } from '../http/http-answer.ts';
import { authProblems, authSlots, type HttpAuthDeclaration } from '../http/http-auth.ts';
import { likelySecrets } from '../http/http-tool.ts';
import { plainDescription } from '../imported/plain-description.ts';
import { type SelectedTool, selectTools, type ToolSelection } from '../imported/selection.ts';
import { compileSchema } from '../schema/schema-check.ts';
import type { McpTool } from './mcp-connection.ts';
import { endpointName, type McpEndpoint } from './mcp-endpoint.ts';
import { type ApprovedTools, readLock, writeLock } from './mcp-lock.ts';
import { McpServer } from './mcp-server.ts';

/** What {@link mcpPlugin} takes: a server, either a command or an address, and which of its tools are taken. */
export interface McpPluginOptions extends ToolSelection {
  /** The program that is started and spoken to over its standard streams. */
  readonly command?: string;
  readonly args?: readonly string[];
  /** Its environment; it gets nothing else but what programs need to start. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder it runs in, from `baseDir`. */
  readonly cwd?: string;
  /** The address of a server that runs already, spoken to over streamable HTTP. */
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly auth?: HttpAuthDeclaration;
  /** A file of the tools as they were approved, from `baseDir`: one that differs is not called. */
  readonly lock?: string;
  /** Where relative paths start; the working folder of this process when absent. */
  readonly baseDir?: string;
  /** Texts that must not appear in an error. */
  readonly secrets?: readonly string[];
}

const maxTools = 128;
const maxSchemaBytes = 64 * 1024;

/** The tools of a Model Context Protocol server. It is started when the plugin is set up, and serves all sessions. */
export function mcpPlugin(options: McpPluginOptions): Plugin {
  const target = hideSecrets(
    options.url ?? [options.command, ...(options.args ?? [])].join(' '),
    secretsOf(options),
  );
  return definePlugin({
    name: `mcp ${options.prefix ?? ''}${target}`.slice(0, 200),
    async setup(context) {
      const endpoint = readEndpoint(options);
      const server = new McpServer(endpoint, { log: context.log, secrets: secretsOf(options) });
      context.onClose(() => server.close());
      context.health((signal) => server.ping(signal));
      const lock = options.lock === undefined ? undefined : await readLock(lockFile(options), server.name);
      const current = await openServer(server);
      const offered = lock === undefined ? current : [...lock.values()];
      if (lock !== undefined) warnOfNew(current, lock, { server: server.name, log: context.log });
      const selected = selectTools(
        offered.map(({ name }) => name),
        options,
        `the MCP server ${server.name}`,
      );
      if (selected.length > maxTools) {
        const reason = `it offers ${selected.length} tools, more than ${maxTools}; choose some with "tools"`;
        throw new AntiphonError('tool.mcp_not_connected', { server: server.name, reason });
      }
      const approved = new Map(offered.map((tool) => [tool.name, tool]));
      for (const tool of toolsOf(selected, approved, { server, log: context.log })) context.tool(tool);
      const taken = new Set(selected.map(({ source }) => source));
      server.approve(new Map([...approved].filter(([name]) => taken.has(name))), current);
    },
  }) as Plugin;
}

/**
 * Writes the lock file of a server: all its tools as they are now.
 *
 * @returns the path of the file and how many tools it holds
 * @throws AntiphonError `tool.mcp_not_connected`
 */
export async function lockMcpServer(
  options: McpPluginOptions & { readonly lock: string },
  log: Logger,
): Promise<{ readonly file: string; readonly server: string; readonly tools: number }> {
  const server = new McpServer(readEndpoint(options), { log, secrets: secretsOf(options) });
  try {
    const tools = await openServer(server);
    const file = lockFile(options);
    await writeLock(file, tools);
    return { file, server: server.name, tools: tools.length };
  } finally {
    await server.close();
  }
}

/** What must not be shown: the keys of the agent file, and whatever the server is given to say who asks. */
function secretsOf({ secrets = [], env = {}, headers = {}, auth }: McpPluginOptions): readonly string[] {
  const given = [...secrets, ...Object.values(env), ...likelySecrets({ headers, auth })];
  return given.filter((secret) => secret.length >= 6).sort((a, b) => b.length - a.length);
}

function lockFile({ lock = '', baseDir = process.cwd() }: McpPluginOptions): string {
  return resolve(baseDir, lock);
}

function readEndpoint(options: McpPluginOptions): McpEndpoint {
  const {
    command,
    args = [],
    env = {},
    cwd = '.',
    url,
    headers = {},
    auth,
    baseDir = process.cwd(),
  } = options;
  if (command !== undefined && url === undefined) {
    return { kind: 'command', command, args, env, cwd: resolve(baseDir, cwd) };
  }
  const fail = (server: string, reason: string) =>
    new AntiphonError('tool.mcp_not_connected', { server, reason });
  if (url === undefined || command !== undefined) {
    throw fail(command ?? 'that is not named', 'the entry has to name either a command or a url');
  }
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw fail(url.slice(0, 60), 'its url does not begin with http:// or https://');
  }
  const [problem] = authProblems(auth, 'mcp.auth');
  const endpoint: McpEndpoint = { kind: 'url', url: new URL(url), headers, auth };
  if (problem !== undefined) throw fail(endpointName(endpoint), `${problem.field}: ${problem.problem}`);
  if (authSlots(auth).length > 0) {
    throw fail(endpointName(endpoint), 'mcp.auth holds a slot, but one server serves all callers');
  }
  return endpoint;
}

async function openServer(server: McpServer): Promise<readonly McpTool[]> {
  try {
    return await server.open();
  } catch (cause) {
    const reason = server.hide(reasonOf(cause));
    throw new AntiphonError('tool.mcp_not_connected', { server: server.name, reason }, { cause });
  }
}

/** What went wrong, with what lies at the root of it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 200);
  if (/^spawn .* ENOENT$/.test(error.message)) return 'the program was not found';
  const message = (misfitOf(error) ?? error.message.split('\n')[0] ?? '').slice(0, 300);
  const cause = rootOf(error);
  const root = (misfitOf(cause) ?? cause.message).slice(0, 120);
  return root === '' || message.includes(root) ? message : `${message} (${root})`;
}

/** Which field of an answer is not as the protocol has it: the library says so in JSON, behind a text of its own. */
function misfitOf({ message }: Error): string | undefined {
  const [, what, json = ''] = /^([^[\n]*): (\[\s*\{[\s\S]*\])$/.exec(message) ?? [];
  if (what === undefined) return undefined;
  try {
    const [first] = JSON.parse(json) as readonly Partial<Record<'path' | 'message', unknown>>[];
    const field = Array.isArray(first?.path) && first.path.length > 0 ? ` at ${first.path.join('.')}` : '';
    return `${what}${field}: ${String(first?.message)}`;
  } catch {
    return undefined;
  }
}

function rootOf(error: Error): Error {
  let root = error;
  for (let depth = 0; depth < 8; depth += 1) {
    const inner: unknown = root instanceof AggregateError ? root.errors[0] : root.cause;
    if (!(inner instanceof Error)) return root;
    root = inner;
  }
  return root;
}

interface ServerScope {
  readonly server: McpServer;
  readonly log: Logger;
}

function* toolsOf(
  selected: readonly SelectedTool[],
  approved: ApprovedTools,
  { server, log }: ServerScope,
): Generator<Tool> {
  for (const selection of selected) {
    const described = approved.get(selection.source);
    if (described === undefined) continue;
    const input = usableSchema(described.inputSchema);
    if (typeof input !== 'string') {
      yield toolOf(selection, { described, input }, server);
      continue;
    }
    if (selection.isNamed) {
      const reason = `the schema of its tool "${selection.source}" cannot be used: ${input}`;
      throw new AntiphonError('tool.mcp_not_connected', { server: server.name, reason });
    }
    log.warn('a tool of an MCP server cannot be used', {
      server: server.name,
      tool: selection.source,
      reason: input,
    });
  }
}

function toolOf(
  { source, name, description, settings }: SelectedTool,
  { described, input }: { readonly described: McpTool; readonly input: JsonObject },
  server: McpServer,
): Tool {
  const told = plainDescription(described.description);
  return defineTool({
    ...settings,
    name,
    description: description ?? (told === '' ? source : told),
    input,
    execute: (values, context) => {
      const onProgress = (progress: JsonValue) => context.progress(progress);
      return server.call({ tool: name, source, input: values, signal: context.signal, onProgress });
    },
  }) as Tool;
}

/** The schema of a server as a model is given it; a text is why it cannot be used. */
function usableSchema(schema: JsonObject): JsonObject | string {
  const size = Buffer.byteLength(JSON.stringify(schema));
  if (size > maxSchemaBytes) return `it is ${size} bytes long, more than ${maxSchemaBytes}`;
  const { $schema: _, ...plain } = plainSchema(schema) as JsonObject;
  try {
    compileSchema(plain);
    return plain;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Texts for the model without invisible characters, and no patterns: one that somebody else wrote could take for ever to
 * match, and the server checks its arguments itself.
 */
function plainSchema(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(plainSchema);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, field]) => !(key === 'patternProperties' || (key === 'pattern' && typeof field === 'string')),
      )
      .map(([key, field]) => {
        const isText = (key === 'description' || key === 'title') && typeof field === 'string';
        return [key, isText ? plainDescription(field) : plainSchema(field as JsonValue)];
      }),
  );
}

function warnOfNew(
  current: readonly McpTool[],
  lock: ApprovedTools,
  { server, log }: { readonly server: string; readonly log: Logger },
): void {
  for (const { name } of current) {
    if (!lock.has(name)) log.warn('a tool of an MCP server is not approved yet', { server, tool: name });
  }
}
