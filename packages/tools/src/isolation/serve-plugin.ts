import type { JsonObject, JsonValue, Logger } from '@antiphon/core';
import type { ToolContext, ToolSession } from '../define-tool.ts';
import { shapeOutput } from '../dispatch/output.ts';
import type {
  CallNews,
  FromWorker,
  PluginMethods,
  PluginRequest,
  SessionFacts,
  ToWorker,
} from './messages.ts';
import { packError } from './packed-error.ts';
import type { PluginCode } from './plugin-code.ts';

/** The way to the owner of this worker. */
export interface OwnerPort {
  post(text: string): void;
  onMessage(listener: (text: string) => void): void;
}

const maxLogBytes = 8 * 1024;
const maxSpokenLength = 4_000;
const maxProgressBytes = 16 * 1024;

/** Answers what the owner asks of the code of a plugin. */
export function servePlugin(code: PluginCode, owner: OwnerPort): void {
  const server = new PluginServer(code, owner);
  owner.onMessage((text) => server.take(JSON.parse(text) as ToWorker));
}

class PluginServer {
  readonly #code: PluginCode;
  readonly #owner: OwnerPort;
  readonly #running = new Map<number, AbortController>();
  readonly #sessions = new Map<string, AbortController>();
  readonly #log: Logger;

  constructor(code: PluginCode, owner: OwnerPort) {
    this.#code = code;
    this.#owner = owner;
    this.#log = forwardedLog((message) => this.#post(message));
  }

  take(message: ToWorker): void {
    switch (message.kind) {
      case 'request':
        return void this.#answer(message.id, message);
      case 'cancel':
        this.#post({ kind: 'heard', id: message.id });
        return this.#running.get(message.id)?.abort(abortReasons[message.reason]());
      case 'session_over':
        this.#sessions.get(message.session)?.abort(new DOMException('The session has closed.', 'AbortError'));
        this.#sessions.delete(message.session);
    }
  }

  async #answer(id: number, request: PluginRequest): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const value = await this.#perform(id, request, controller.signal);
      this.#post({ kind: 'result', id, value });
    } catch (error) {
      this.#post({ kind: 'failure', id, failure: packError(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  async #perform(
    id: number,
    request: PluginRequest,
    signal: AbortSignal,
  ): Promise<PluginMethods[keyof PluginMethods]['result']> {
    switch (request.method) {
      case 'open':
        return this.#code.open();
      case 'config': {
        const verdict = await this.#code.checkConfig(request.params);
        return verdict.kind === 'valid' ? { kind: 'valid', value: null } : verdict;
      }
      case 'setup':
        return this.#code.setUp(request.params, this.#log);
      case 'check': {
        const verdict = await this.#code.check(request.params.tool, request.params.values);
        return verdict.kind === 'valid' ? { kind: 'valid', value: null } : verdict;
      }
      case 'call': {
        const { tool, values } = request.params;
        return this.#code.call(tool, values, this.#contextOf(id, request.params, signal));
      }
      case 'guard': {
        const { name, text, final } = request.params;
        return this.#code.guard(name, text, { final, signal });
      }
      case 'event':
        this.#code.observe(request.params.type, request.params.event);
        return null;
      case 'hook':
        return this.#code.hook(request.params, signal);
      case 'close':
        await this.#code.close();
        return null;
    }
  }

  #contextOf(
    id: number,
    { tool, callId, session }: PluginMethods['call']['params'],
    signal: AbortSignal,
  ): ToolContext {
    const tell = (news: CallNews): void => this.#post({ kind: 'news', id, news });
    return Object.freeze<ToolContext>({
      signal,
      session: this.#sessionOf(session),
      call: Object.freeze({ id: callId, name: tool }),
      log: this.#log,
      progress: (value) => {
        const shaped = shapeOutput(value, maxProgressBytes);
        if (shaped.kind === 'json') tell({ topic: 'progress', value: shaped.value });
      },
      report: (value) => {
        const shaped = shapeOutput(value, maxProgressBytes);
        if (shaped.kind === 'json') tell({ topic: 'report', value: shaped.value });
      },
      say: (text) => tell({ topic: 'say', text: String(text).slice(0, maxSpokenLength) }),
    });
  }

  #sessionOf({ id, agent, caller }: SessionFacts): ToolSession {
    const known = this.#sessions.get(id) ?? new AbortController();
    this.#sessions.set(id, known);
    return Object.freeze({ id, agent, caller: Object.freeze(caller), signal: known.signal });
  }

  #post(message: FromWorker): void {
    this.#owner.post(JSON.stringify(message));
  }
}

const abortReasons = {
  timed_out: () => new DOMException('The call of the tool timed out.', 'TimeoutError'),
  cancelled: () => new DOMException('The call of the tool was cancelled.', 'AbortError'),
} as const;

function forwardedLog(post: (message: FromWorker) => void): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, data: Readonly<Record<string, JsonValue>> = {}): void => {
      const shaped = shapeOutput(data, maxLogBytes);
      const small = shaped.kind === 'json' ? (shaped.value as JsonObject) : {};
      post({ kind: 'log', level, message: String(message).slice(0, 1_000), data: small });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
