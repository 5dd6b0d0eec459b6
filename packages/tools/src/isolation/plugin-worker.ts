import type { JsonValue, Logger } from '@antiphon/core';
import { answeredError } from '../answered-error.ts';
import { beforeCall } from '../dispatch/held-calls.ts';
import type { PluginDescription, PluginMethods, SetUpPlugin } from './messages.ts';
import { PluginLink, type RequestOptions, WorkerLost } from './plugin-link.ts';
import type { StartPeer } from './plugin-peer.ts';

/** Milliseconds until a worker is started again: the first time, and at most. */
const firstDelayMs = 250;
const longestDelayMs = 30_000;
/** A worker that ran this long starts with the first delay again. */
const steadyMs = 60_000;
/** A call waits for a worker that is started again within this time. */
const patienceMs = 2_000;
/** Milliseconds that the code of a plugin may take to load. */
const openLimitMs = 30_000;
/** Milliseconds that the closers of a plugin may take before its worker is ended. */
const closeLimitMs = 3_000;

/** How a worker is kept. */
export interface PluginWorkerOptions {
  readonly start: StartPeer;
  readonly log: Logger;
  /** What the log calls it. */
  readonly plugin: string;
  /** Milliseconds that the setup may take when the worker is started again. */
  readonly setupLimitMs: number;
  /** Milliseconds in which a worker has to hear that a call is over. */
  readonly graceMs: number;
}

type State =
  | { readonly kind: 'starting'; readonly link: PluginLink; readonly ready: Promise<unknown> }
  | { readonly kind: 'running'; readonly link: PluginLink; readonly sinceMs: number }
  | {
      readonly kind: 'waiting';
      readonly dueMs: number;
      readonly timer: NodeJS.Timeout;
      readonly reason: string;
    }
  | { readonly kind: 'closed' };

/** The worker of a plugin, which is started again when it ends, after a while that grows. */
export class PluginWorker {
  readonly #options: PluginWorkerOptions;
  #state: State;
  #config: { readonly value: JsonValue } | undefined;
  #nextDelayMs = firstDelayMs;

  constructor(options: PluginWorkerOptions) {
    this.#options = options;
    this.#state = { kind: 'running', link: this.#newLink(), sinceMs: performance.now() };
  }

  /** Loads the code. @throws PluginLoadError, Error */
  open(): Promise<PluginDescription> {
    return this.#request('open', null, { limitMs: openLimitMs });
  }

  /** Runs the setup; with the same config again whenever the worker is started again. */
  async setUp(config: JsonValue): Promise<SetUpPlugin> {
    const added = await this.#request('setup', config, {});
    this.#config = { value: config };
    return added;
  }

  /** Asks a worker that was set up, or before that. Rejects with what it threw, or `WorkerLost`. */
  async #request<Method extends keyof PluginMethods>(
    method: Method,
    params: PluginMethods[Method]['params'],
    options: RequestOptions,
  ): Promise<PluginMethods[Method]['result']> {
    const link = await beforeCall(options.signal, this.#ready(options.signal));
    return link.request(method, params, options);
  }

  /**
   * Asks, and says to the model what it can be told of a worker that is gone. A check that was lost with what crashed before
   * it is asked for once more: nothing was done.
   */
  async ask<Method extends 'check' | 'call'>(
    tool: string,
    method: Method,
    params: PluginMethods[Method]['params'],
    options: RequestOptions,
  ): Promise<PluginMethods[Method]['result']> {
    const request = () => this.#request(method, params, options);
    const isCheck = method === 'check';
    try {
      return await request().catch((error: unknown) => {
        if (isCheck && error instanceof WorkerLost && wasSent(error)) return request();
        throw error;
      });
    } catch (error) {
      if (!(error instanceof WorkerLost)) throw error;
      const code = wasSent(error) && !isCheck ? 'tool.worker_lost' : 'tool.worker_unavailable';
      throw answeredError(code, { tool }, { cause: error });
    }
  }

  /** As `ask`, of what no model waits for. */
  tell<Method extends 'config' | 'guard' | 'event' | 'hook'>(
    method: Method,
    params: PluginMethods[Method]['params'],
    options: RequestOptions,
  ): Promise<PluginMethods[Method]['result']> {
    return this.#request(method, params, options);
  }

  /** Requests under way. */
  get busy(): number {
    return 'link' in this.#state ? this.#state.link.busy : 0;
  }

  /** @throws why the plugin does not run, while it does not */
  assertRuns(): void {
    const state = this.#state;
    if (state.kind === 'waiting') throw new Error(`it does not run: ${state.reason}`);
    if (state.kind !== 'running') throw new Error(`it does not run: it is ${state.kind}`);
  }

  /** Runs the closers and ends the worker. Never rejects. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    if (state.kind === 'waiting') clearTimeout(state.timer);
    if (!('link' in state)) return;
    if (this.#config) {
      await state.link.request('close', null, { limitMs: closeLimitMs }).catch((error: unknown) => {
        this.#options.log.warn('a plugin did not close in order', {
          plugin: this.#options.plugin,
          reason: String(error).slice(0, 300),
        });
      });
    }
    await state.link.close();
  }

  #newLink(): PluginLink {
    const { start, log, plugin, graceMs } = this.#options;
    const link: PluginLink = new PluginLink({
      start,
      graceMs,
      log,
      plugin,
      onEnd: (reason) => this.#ended(link, reason),
    });
    return link;
  }

  /** A worker that ends after it was set up is started again. */
  #ended(link: PluginLink, reason: string): void {
    const state = this.#state;
    if (!('link' in state) || state.link !== link) return;
    if (state.kind === 'running' && performance.now() - state.sinceMs > steadyMs) {
      this.#nextDelayMs = firstDelayMs;
    }
    const { log, plugin } = this.#options;
    if (this.#config === undefined) {
      this.#state = { kind: 'closed' };
      return;
    }
    const delayMs = this.#nextDelayMs;
    log.error('the worker of a plugin ended', { plugin, reason, again_in_ms: delayMs });
    this.#nextDelayMs = Math.min(longestDelayMs, delayMs * 2);
    const timer = setTimeout(() => this.#restart(), delayMs);
    timer.unref();
    this.#state = { kind: 'waiting', dueMs: performance.now() + delayMs, timer, reason };
  }

  #restart(): void {
    const link = this.#newLink();
    const ready = this.#setUpAgain(link);
    this.#state = { kind: 'starting', link, ready };
    ready.then(
      () => {
        if (!this.#isStarting(link)) return;
        this.#state = { kind: 'running', link, sinceMs: performance.now() };
        this.#options.log.info('the worker of a plugin runs again', { plugin: this.#options.plugin });
      },
      (error: unknown) => {
        const reason = `it could not be set up again: ${String(error)}`.slice(0, 300);
        if (this.#isStarting(link)) this.#ended(link, reason);
        void link.close();
      },
    );
  }

  async #setUpAgain(link: PluginLink): Promise<void> {
    await link.request('open', null, { limitMs: openLimitMs });
    await link.request('setup', this.#config?.value ?? {}, { limitMs: this.#options.setupLimitMs });
  }

  #isStarting(link: PluginLink): boolean {
    return this.#state.kind === 'starting' && this.#state.link === link;
  }

  async #ready(signal: AbortSignal | undefined): Promise<PluginLink> {
    const state = this.#state;
    switch (state.kind) {
      case 'running':
        return state.link;
      case 'starting':
        await untilAborted(state.ready, signal).catch((error: unknown) => {
          throw notSent(String(error));
        });
        return state.link;
      case 'waiting': {
        const leftMs = state.dueMs - performance.now();
        if (leftMs > patienceMs) throw notSent(state.reason);
        await untilAborted(pause(Math.max(1, leftMs + 5)), signal);
        if (this.#state === state) throw notSent(state.reason);
        return this.#ready(signal);
      }
      case 'closed':
        throw notSent('it is closed');
    }
  }
}

function wasSent({ cause }: WorkerLost): boolean {
  return cause === undefined;
}

/** The request never came to a worker. */
function notSent(reason: string): WorkerLost {
  return new WorkerLost(reason, { cause: 'not sent' });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
