import type { Logger } from '@antiphon/core';
import type { ToolContext } from '../define-tool.ts';
import { floodGate } from '../mcp/flood-gate.ts';
import { CallContexts } from './call-contexts.ts';
import type { FromWorker, PluginMethods, ToWorker } from './messages.ts';
import { unpackError } from './packed-error.ts';
import type { PluginPeer, StartPeer } from './plugin-peer.ts';

/** The worker of a plugin is gone. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost';
}

/** What a link is made with. */
export interface PluginLinkOptions {
  readonly start: StartPeer;
  /** Milliseconds in which a worker has to hear that a call is cancelled. */
  readonly graceMs: number;
  readonly log: Logger;
  /** For the log. */
  readonly plugin: string;
  /** Told once, when the worker is gone. */
  readonly onEnd: (reason: string) => void;
}

/** How a request is made. */
export interface RequestOptions {
  /** Tells the worker to stop; the request settles when it has. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which the request is given up. */
  readonly limitMs?: number;
  /** The call that the request is; it may tell something while the session lives. */
  readonly context?: ToolContext;
}

interface Pending {
  readonly settle: (how: 'resolve' | 'reject', value: unknown) => void;
  phase: 'running' | 'cancelled';
}

/** Cancelled calls that may go on in a worker: with more of them it is ended. */
const maxStragglers = 64;

/** One worker, from its start to its end: requests, their answers, and a watch over whether it still listens. */
export class PluginLink {
  readonly #options: PluginLinkOptions;
  readonly #peer: PluginPeer;
  readonly #pending = new Map<number, Pending>();
  readonly #watches = new Map<number, NodeJS.Timeout>();
  readonly #contexts: CallContexts;
  readonly #mayPass = floodGate();
  #lastId = 0;
  #end: string | undefined;

  constructor(options: PluginLinkOptions) {
    this.#options = options;
    this.#contexts = new CallContexts((session) => this.#post({ kind: 'session_over', session }));
    this.#peer = options.start({
      onMessage: (text) => this.#receive(text),
      onEnd: (reason) => this.#lose(reason),
      onOutput: (text) => this.#note(text),
    });
  }

  /** Requests that are under way. */
  get busy(): number {
    return this.#pending.size;
  }

  /** Asks the worker. Rejects with what it threw, or `WorkerLost`. */
  request<Method extends keyof PluginMethods>(
    method: Method,
    params: PluginMethods[Method]['params'],
    options: RequestOptions = {},
  ): Promise<PluginMethods[Method]['result']> {
    if (this.#end !== undefined) return Promise.reject(new WorkerLost(this.#end));
    this.#lastId += 1;
    const id = this.#lastId;
    const done = new Promise<PluginMethods[Method]['result']>((resolve, reject) => {
      const release = this.#arm(id, options);
      this.#pending.set(id, {
        phase: 'running',
        settle: (how, value) => {
          release();
          if (how === 'resolve') resolve(value as PluginMethods[Method]['result']);
          else reject(value as Error);
        },
      });
    });
    if (options.context) this.#contexts.add(id, options.context);
    this.#peer.ref();
    this.#post({ kind: 'request', id, method, params } as ToWorker);
    return done;
  }

  /** Ends the worker; what is under way rejects. */
  async close(): Promise<void> {
    this.#lose('it is closed');
    await this.#peer.end();
  }

  /** Listens to what ends a request early. Returns what stops that. */
  #arm(id: number, { signal, limitMs }: RequestOptions): () => void {
    const onAbort = (): void => this.#cancel(id, isTimeout(signal) ? 'timed_out' : 'cancelled');
    const timer = limitMs === undefined ? undefined : setTimeout(() => this.#giveUp(id, limitMs), limitMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) queueMicrotask(onAbort);
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  }

  #giveUp(id: number, limitMs: number): void {
    this.#cancel(id, 'timed_out');
    this.#settle(id, 'reject', new Error(`it took longer than ${limitMs} ms`));
  }

  #cancel(id: number, reason: 'timed_out' | 'cancelled'): void {
    const request = this.#pending.get(id);
    if (request?.phase !== 'running') return;
    request.phase = 'cancelled';
    this.#post({ kind: 'cancel', id, reason });
    this.#watch(id);
    this.#relax();
    const stragglers = [...this.#pending.values()].filter(({ phase }) => phase === 'cancelled').length;
    if (stragglers > maxStragglers) void this.#kill('too many of its calls did not end');
  }

  /** Ends a worker that does not hear, once no request that came before has time left. */
  #watch(id: number): void {
    const look = (): void => {
      const isHeldUp = [...this.#pending].some(([other, { phase }]) => other < id && phase === 'running');
      if (isHeldUp) this.#watch(id);
      else void this.#kill('it blocked its thread');
    };
    clearTimeout(this.#watches.get(id));
    this.#watches.set(id, setTimeout(look, this.#options.graceMs));
  }

  #unwatch(id: number): void {
    clearTimeout(this.#watches.get(id));
    this.#watches.delete(id);
  }

  async #kill(reason: string): Promise<void> {
    this.#lose(reason);
    await this.#peer.end();
  }

  #receive(text: string): void {
    if (this.#end !== undefined) return;
    if (!this.#mayPass()) return void this.#kill('it sent too many messages');
    try {
      this.#take(JSON.parse(text) as FromWorker);
    } catch (error) {
      void this.#kill(`it sent a message that cannot be read: ${String(error)}`.slice(0, 200));
    }
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case 'result':
        this.#unwatch(message.id);
        return this.#settle(message.id, 'resolve', message.value);
      case 'failure':
        this.#unwatch(message.id);
        return this.#settle(message.id, 'reject', unpackError(message.failure));
      case 'heard':
        return this.#unwatch(message.id);
      case 'log':
        return this.#options.log[message.level](message.message, message.data);
      case 'news': {
        const context = this.#contexts.get(message.id);
        if (message.news.topic === 'say') context?.say(message.news.text);
        else if (message.news.topic === 'report') context?.report(message.news.value);
        else context?.progress(message.news.value);
      }
    }
  }

  #settle(id: number, how: 'resolve' | 'reject', value: unknown): void {
    const request = this.#pending.get(id);
    this.#pending.delete(id);
    request?.settle(how, value);
    this.#relax();
  }

  /** A worker of which nothing is expected does not keep the process alive. */
  #relax(): void {
    if (![...this.#pending.values()].some(({ phase }) => phase === 'running')) this.#peer.unref();
  }

  #lose(reason: string): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    for (const timer of this.#watches.values()) clearTimeout(timer);
    this.#watches.clear();
    this.#contexts.clear();
    for (const id of [...this.#pending.keys()]) this.#settle(id, 'reject', new WorkerLost(reason));
    this.#options.onEnd(reason);
  }

  #note(text: string): void {
    const line = text.trim().slice(0, 2_000);
    if (line !== '' && this.#mayPass()) this.#options.log.info(line, { plugin: this.#options.plugin });
  }

  #post(message: ToWorker): void {
    if (this.#end === undefined) this.#peer.post(JSON.stringify(message));
  }
}

function isTimeout(signal: AbortSignal | undefined): boolean {
  return signal?.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
}
