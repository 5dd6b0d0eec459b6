import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JsonObject, JsonValue } from '@antiphon/core';
import type { Client, Transport } from '@modelcontextprotocol/client';
import { addAuth } from '../http/http-auth.ts';
import { childEnvironment } from '../processes/child-environment.ts';
import { startGroup } from '../processes/child-group.ts';
import { floodGate } from './flood-gate.ts';
import { openHttpTransport } from './http-transport.ts';
import type { McpEndpoint } from './mcp-endpoint.ts';
import { StdioTransport } from './stdio-transport.ts';

/** A tool as a server describes it. */
export interface McpTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

/** What is told of a connection while it lives. */
export interface ConnectionListener {
  /** The connection is over, whoever ended it; `reason` says what is known. Called once. */
  closed(reason: string): void;
  /** The server says that its tools have changed. */
  toolsChanged(): void;
}

/** A connection to a server that has been greeted. */
export interface McpConnection {
  listTools(): Promise<readonly McpTool[]>;
  /** The result as the server gave it. Aborting `signal` tells the server that it is no longer wanted. */
  callTool(
    name: string,
    input: JsonObject,
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: JsonValue) => void },
  ): Promise<McpResult>;
  /** Rejects when the server does not answer. */
  ping(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface McpResult {
  readonly content: readonly JsonObject[];
  readonly structuredContent: JsonValue | undefined;
  readonly isError: boolean;
}

/** How long a server may take to be greeted, and to list its tools. */
const connectMs = 25_000;
const listMs = 10_000;
/** Longer than any time-out of a tool: those decide. */
const callMs = 660_000;
const maxPages = 20;
const methodNotFound = -32_601;

/** Connects to a server and greets it, first as servers of 2025 are, then as later ones. Rejects with the first reason. */
export async function connectMcp(
  endpoint: McpEndpoint,
  listener: ConnectionListener,
): Promise<McpConnection> {
  try {
    return await connectAs('legacy', endpoint, listener);
  } catch (error) {
    if (!(await speaksOnlyNewer(error))) throw error;
    return connectAs('auto', endpoint, listener);
  }
}

/** Whether the server was there and refused the greeting. */
async function speaksOnlyNewer(error: unknown): Promise<boolean> {
  const { ProtocolError, UnsupportedProtocolVersionError } = await import('@modelcontextprotocol/client');
  return error instanceof ProtocolError || error instanceof UnsupportedProtocolVersionError;
}

async function connectAs(
  mode: 'legacy' | 'auto',
  endpoint: McpEndpoint,
  listener: ConnectionListener,
): Promise<McpConnection> {
  const { Client } = await import('@modelcontextprotocol/client');
  const transport = await openTransport(endpoint);
  const client = new Client(
    { name: 'antiphon', version: '0.1.0' },
    {
      capabilities: {},
      listMaxPages: maxPages,
      versionNegotiation: { mode },
      jsonSchemaValidator: {
        getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
      },
    },
  );
  const life = new Life(transport);
  try {
    await client.connect(transport, { timeout: connectMs });
  } catch (error) {
    const isOver = life.isOver;
    await client.close().catch(() => undefined);
    if (transport instanceof StdioTransport) transport.kill();
    throw isOver ? new Error(life.reason, { cause: error }) : error;
  }
  client.setNotificationHandler('notifications/tools/list_changed', () => listener.toolsChanged());
  life.onOver((reason) => listener.closed(reason));
  client.onclose = () => life.end();
  return connectionOver(client, transport);
}

function connectionOver(client: Client, transport: Transport): McpConnection {
  return {
    async listTools() {
      const { tools } = await client.listTools(undefined, { timeout: listMs, cacheMode: 'refresh' });
      return tools.map(({ name, title, description, inputSchema }) => ({
        name,
        description: description ?? title ?? '',
        inputSchema: inputSchema as JsonObject,
      }));
    },
    async callTool(name, input, { signal, onProgress }) {
      const result = await client.callTool(
        { name, arguments: input },
        { signal, timeout: callMs, onprogress: (progress) => onProgress(progress as JsonObject) },
      );
      return {
        content: result.content as unknown as readonly JsonObject[],
        structuredContent: result.structuredContent as JsonValue | undefined,
        isError: result.isError === true,
      };
    },
    async ping(signal) {
      await client.ping({ signal, timeout: listMs }).catch((error: unknown) => {
        // A server of a version without it lives as well: it has answered.
        if ((error as { readonly code?: unknown }).code !== methodNotFound) throw error;
      });
    },
    async close() {
      await client.close().catch(() => undefined);
      await transport.close().catch(() => undefined);
    },
  };
}

/** What becomes of a connection, told once. */
class Life {
  readonly #transport: Transport;
  readonly #isWithin = floodGate();
  #note = '';
  #phase: 'open' | 'over' = 'open';
  #tell: (reason: string) => void = () => undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.onmessage = () => {
      if (this.#isWithin()) return;
      this.#note ||= 'the server sent more messages than can be read';
      if (transport instanceof StdioTransport) transport.kill();
      else void transport.close();
    };
    // Not those of the client: it complains of messages that nobody waits for, and the connection goes on.
    transport.onerror = (error) => this.note(error.message);
    transport.onclose = () => this.end();
  }

  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /** What is known of why: the last trouble, or the last words of the program. */
  get reason(): string {
    const said = this.#transport instanceof StdioTransport ? this.#transport.lastErrors : '';
    return [this.#note || 'the server ended', said].filter((text) => text !== '').join(': ');
  }

  note(message: string): void {
    this.#note = message.slice(0, 200);
  }

  onOver(tell: (reason: string) => void): void {
    this.#tell = tell;
    if (this.isOver) tell(this.reason);
  }

  end(): void {
    if (this.isOver) return;
    this.#phase = 'over';
    this.#tell(this.reason);
  }
}

async function openTransport(endpoint: McpEndpoint): Promise<Transport> {
  if (endpoint.kind === 'command') {
    const { command, args, env, cwd } = endpoint;
    if (!existsSync(cwd)) throw new Error(`there is no folder ${cwd}`);
    const file = /^\.{1,2}[/\\]/.test(command) ? resolve(cwd, command) : command;
    return new StdioTransport(() =>
      startGroup({ file, args, cwd, env: childEnvironment(env), batchFiles: 'allow' }),
    );
  }
  const request = {
    method: 'POST',
    url: new URL(endpoint.url),
    headers: new Headers(endpoint.headers),
    body: undefined,
  };
  addAuth(request, endpoint.auth, {});
  return openHttpTransport(request.url, Object.fromEntries(request.headers));
}
