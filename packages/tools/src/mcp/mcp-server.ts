import type { JsonObject, JsonValue, Logger } from '@antiphon/core';
import { answeredError } from '../answered-error.ts';
import { beforeCall } from '../dispatch/held-calls.ts';
import { hideSecrets } from '../http/http-answer.ts';
import { isToolError } from '../tool-error.ts';
import { connectMcp, type McpConnection, type McpTool } from './mcp-connection.ts';
import { endpointName, type McpEndpoint } from './mcp-endpoint.ts';
import { type ApprovedTools, changeOf } from './mcp-lock.ts';
import { readResult } from './mcp-result.ts';

/** Milliseconds until a server is started again: the first time, and at most. */
const firstDelayMs = 500;
const longestDelayMs = 30_000;
/** A server that ran this long starts with the first delay again. */
const steadyMs = 60_000;
/** A call waits for a server that is started again within this time. */
const patienceMs = 2_000;
/** Several notices of changed tools are one. */
const settleMs = 200;

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly done: Promise<McpConnection> }
  | { readonly kind: 'connected'; readonly connection: McpConnection; readonly sinceMs: number }
  | {
      readonly kind: 'waiting';
      readonly dueMs: number;
      readonly timer: NodeJS.Timeout;
      readonly reason: string;
    }
  | { readonly kind: 'closed' };

/** One call of a tool of a server. */
export interface McpCall {
  /** The name of the tool as the model knows it. */
  readonly tool: string;
  /** The name it comes with. */
  readonly source: string;
  readonly input: JsonObject;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: JsonValue) => void;
}

/**
 * A server that is kept running: when it ends it is started again, after a while that grows. Its tools are held against
 * those that were approved, each time it is connected to and whenever it says that they changed; one that differs is not
 * called.
 */
export class McpServer {
  readonly #endpoint: McpEndpoint;
  readonly #log: Logger;
  readonly #secrets: readonly string[];
  readonly #disabled = new Map<string, string>();
  #state: State = { kind: 'idle' };
  #approved: ApprovedTools = new Map();
  #nextDelayMs = firstDelayMs;
  #refresh: NodeJS.Timeout | undefined;
  #watched: McpConnection | undefined;

  /** @param options `secrets` are texts that no error shows */
  constructor(endpoint: McpEndpoint, options: { readonly log: Logger; readonly secrets: readonly string[] }) {
    this.#endpoint = endpoint;
    this.#log = options.log;
    this.#secrets = options.secrets;
  }

  get name(): string {
    return this.hide(endpointName(this.#endpoint));
  }

  /** Takes what must not be shown out of a text. */
  hide(text: string): string {
    return hideSecrets(text, this.#secrets);
  }

  /** Connects for the first time and gives the tools that the server has. Rejects when there is no server. */
  async open(): Promise<readonly McpTool[]> {
    const connection = await this.#connect(async () => undefined);
    return connection.listTools();
  }

  /** Approves tools, and disables those that are not as the server has them. */
  approve(approved: ApprovedTools, current: readonly McpTool[]): void {
    this.#approved = approved;
    this.#compare(current);
  }

  /** Calls a tool. @throws {ToolError} with a `tool.mcp_…` code, for every failure */
  async call(call: McpCall): Promise<JsonValue> {
    try {
      return await this.#call(call);
    } catch (error) {
      if (!isForgotten(error)) throw error;
      // Nothing was done: the server has forgotten the session, and is greeted anew.
      return this.#call(call);
    }
  }

  async #call({ tool, source, input, signal, onProgress }: McpCall): Promise<JsonValue> {
    signal.throwIfAborted();
    const connection = await beforeCall(signal, this.#ready(tool, signal));
    const reason = this.#disabled.get(source);
    if (reason !== undefined) throw answeredError('tool.mcp_changed', { tool, reason });
    try {
      return readResult(await connection.callTool(source, input, { signal, onProgress }));
    } catch (error) {
      throw signal.aborted ? signal.reason : await this.#failure(error, tool, connection);
    }
  }

  /** Asks the server for a sign of life. Rejects with what is known when it gives none. */
  async ping(signal: AbortSignal): Promise<void> {
    const connection = await this.#ready(this.name, signal);
    await connection.ping(signal).catch((error: unknown) => {
      throw new Error(this.hide(error instanceof Error ? error.message : String(error)), { cause: error });
    });
  }

  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    clearTimeout(this.#refresh);
    if (state.kind === 'waiting') clearTimeout(state.timer);
    if (state.kind === 'connected') await state.connection.close();
    if (state.kind === 'connecting')
      await state.done.then((connection) => connection.close()).catch(() => undefined);
  }

  /** Connects; nobody is given the connection before `examine` has looked at it. */
  #connect(examine: (connection: McpConnection) => Promise<void>): Promise<McpConnection> {
    const listener = {
      closed: (reason: string) => this.#ended(this.hide(reason)),
      toolsChanged: () => this.#refreshSoon(),
    };
    const done = connectMcp(this.#endpoint, listener).then(async (connection) => {
      try {
        await examine(connection);
        return connection;
      } catch (error) {
        await connection.close();
        throw error;
      }
    });
    this.#state = { kind: 'connecting', done };
    return done.then(
      (connection) => {
        if (this.#state.kind === 'closed') void connection.close();
        else this.#state = { kind: 'connected', connection, sinceMs: performance.now() };
        return connection;
      },
      (error: unknown) => {
        if (this.#state.kind === 'connecting') this.#state = { kind: 'idle' };
        throw error;
      },
    );
  }

  /** A server that is over is started again later, unless nobody has opened it yet. */
  #ended(reason: string): void {
    const state = this.#state;
    if (state.kind !== 'connected') return;
    if (performance.now() - state.sinceMs > steadyMs) this.#nextDelayMs = firstDelayMs;
    this.#log.warn('an MCP server ended', { server: this.name, reason, again_in_ms: this.#nextDelayMs });
    this.#wait(reason);
  }

  #wait(reason: string): void {
    const delayMs = this.#nextDelayMs;
    this.#nextDelayMs = Math.min(longestDelayMs, delayMs * 2);
    const timer = setTimeout(() => void this.#restart(), delayMs);
    timer.unref();
    this.#state = { kind: 'waiting', dueMs: performance.now() + delayMs, timer, reason };
  }

  async #restart(): Promise<void> {
    try {
      await this.#connect(async (connection) => this.#compare(await connection.listTools()));
      this.#log.info('an MCP server runs again', { server: this.name });
    } catch (error) {
      const reason = this.hide(messageOf(error));
      if (!this.#isIdle()) return;
      this.#log.warn('an MCP server could not be started again', { server: this.name, reason });
      this.#wait(reason);
    }
  }

  /** Whether nothing has closed or started the server in the meantime. */
  #isIdle(): boolean {
    return this.#state.kind === 'idle';
  }

  async #ready(tool: string, signal: AbortSignal): Promise<McpConnection> {
    const state = this.#state;
    switch (state.kind) {
      case 'connected':
        return state.connection;
      case 'connecting':
        return unlessAborted(state.done, signal).catch((error: unknown) => {
          throw signal.aborted ? signal.reason : unavailable(tool, error);
        });
      case 'waiting':
        if (state.dueMs - performance.now() > patienceMs) throw unavailable(tool, new Error(state.reason));
        await unlessAborted(delay(Math.max(1, state.dueMs - performance.now() + 5)), signal);
        if (this.#state === state) throw unavailable(tool, new Error(state.reason));
        return this.#ready(tool, signal);
      default:
        throw unavailable(tool, new Error('it is closed'));
    }
  }

  /** What the model is told of a call that gave no result: refused by the server, or cut off with it. */
  async #failure(error: unknown, tool: string, connection: McpConnection): Promise<unknown> {
    const { ProtocolError } = await import('@modelcontextprotocol/client');
    if (isToolError(error)) return error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const isUnreadable = code === 'INVALID_RESULT' || code === 'UNSUPPORTED_RESULT_TYPE';
    if (isUnreadable || error instanceof ProtocolError) {
      const said = error instanceof Error ? error.message.slice(0, 500) : '';
      const message = isUnreadable ? `the answer of ${tool} cannot be read` : said;
      return answeredError('tool.mcp_failed', { message }, { cause: error });
    }
    const isExpired = statusOf(error) === expiredStatus;
    // Over HTTP each call is a request of its own: what becomes of one says nothing of the others.
    if (this.#endpoint.kind === 'command' || isExpired) await this.#lose(connection, error);
    else void this.#lookAfter(connection, error);
    const lost = isExpired ? 'tool.mcp_unavailable' : 'tool.mcp_lost';
    return answeredError(lost, { tool }, { cause: error, retryAfterMs: firstDelayMs });
  }

  async #lose(connection: McpConnection, error: unknown): Promise<void> {
    if (!this.#isConnected(connection)) return;
    this.#ended(this.hide(messageOf(error)));
    await connection.close();
  }

  #isConnected(connection: McpConnection): boolean {
    return this.#state.kind === 'connected' && this.#state.connection === connection;
  }

  /** Whether the server is still there, and its tools are as they were, after a call of it failed. */
  async #lookAfter(connection: McpConnection, failure: unknown): Promise<void> {
    const reason = this.hide(messageOf(failure));
    this.#log.warn('an MCP server did not answer a call as it should', { server: this.name, reason });
    if (this.#watched === connection || !this.#isConnected(connection)) return;
    this.#watched = connection;
    try {
      this.#compare(await connection.listTools());
    } catch (error) {
      await this.#lose(connection, error);
    } finally {
      this.#watched = undefined;
    }
  }

  #refreshSoon(): void {
    clearTimeout(this.#refresh);
    this.#refresh = setTimeout(() => void this.#refreshNow(), settleMs);
    this.#refresh.unref();
  }

  async #refreshNow(): Promise<void> {
    const state = this.#state;
    if (state.kind !== 'connected') return;
    try {
      this.#compare(await state.connection.listTools());
    } catch (error) {
      const reason = this.hide(messageOf(error));
      this.#log.warn('the tools of an MCP server could not be read again', { server: this.name, reason });
    }
  }

  #compare(current: readonly McpTool[]): void {
    const byName = new Map(current.map((tool) => [tool.name, tool]));
    for (const [name, approved] of this.#approved) {
      const change = changeOf(approved, byName.get(name));
      const before = this.#disabled.get(name);
      if (change === before) continue;
      if (change === undefined) {
        this.#disabled.delete(name);
        this.#log.info('a tool of an MCP server is as it was approved again', {
          server: this.name,
          tool: name,
        });
      } else {
        this.#disabled.set(name, change);
        this.#log.error('a tool of an MCP server is disabled', {
          server: this.name,
          tool: name,
          reason: change,
        });
      }
    }
  }
}

/** What a server answers that has forgotten the session of a request. */
const expiredStatus = 404;

function statusOf(error: unknown): unknown {
  return error instanceof Error && 'status' in error ? error.status : undefined;
}

function isForgotten(error: unknown): boolean {
  return isToolError(error) && statusOf(error.cause) === expiredStatus;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}

/** Why stands in the log: what a program said last is not for the model. */
function unavailable(tool: string, cause: unknown) {
  return answeredError('tool.mcp_unavailable', { tool }, { cause });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
