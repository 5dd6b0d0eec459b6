import { setImmediate as nextEvents } from 'node:timers/promises';
import type { Transferable } from 'node:worker_threads';
import { ownerPort } from './owner-port.ts';
import type { FromWorker, WorkerMethods } from './protocol.ts';
import { packError } from './transported-error.ts';

/** What a worker does for each of its methods. */
export type Handlers<Methods extends WorkerMethods> = {
  readonly [Name in keyof Methods]: (
    request: Methods[Name]['request'],
    signal: AbortSignal,
  ) => Promise<Methods[Name]['response']>;
};

type AnyHandler = (request: unknown, signal: AbortSignal) => Promise<unknown>;

interface QueuedCall {
  readonly id: number;
  readonly method: string;
  readonly request: unknown;
  readonly cancellation: AbortController;
}

/**
 * Answers the calls of the owner, one at a time for each method, in the order they came. A cancelled call is
 * dropped from the queue, or stopped as soon as its handler looks at the signal, and gets no answer.
 *
 * @throws Error outside a worker.
 */
export function serveCalls<Methods extends WorkerMethods>(handlers: Handlers<Methods>): void {
  const owner = ownerPort();
  const answer: Answer = (message, transferred = []) => owner.post(message, transferred);
  const queues = new Map<string, CallQueue>();
  for (const [method, handler] of Object.entries(handlers)) {
    queues.set(method, new CallQueue(handler as AnyHandler, answer));
  }
  owner.onMessage((message) => {
    if (message.kind === 'call') queues.get(message.method)?.add(message);
    else for (const queue of queues.values()) queue.cancel(message.id);
  });
}

type Answer = (message: FromWorker, transferred?: readonly Transferable[]) => void;

class CallQueue {
  readonly #handler: AnyHandler;
  readonly #answer: Answer;
  /** The first is under way. */
  readonly #calls: QueuedCall[] = [];

  constructor(handler: AnyHandler, answer: Answer) {
    this.#handler = handler;
    this.#answer = answer;
  }

  add(call: { readonly id: number; readonly method: string; readonly request: unknown }): void {
    const { id, method, request } = call;
    this.#calls.push({ id, method, request, cancellation: new AbortController() });
    if (this.#calls.length === 1) void this.#run();
  }

  cancel(id: number): void {
    this.#calls.find((call) => call.id === id)?.cancellation.abort();
  }

  async #run(): Promise<void> {
    for (let call = this.#calls[0]; call !== undefined; call = this.#calls[0]) {
      // A cancellation that came while the last call blocked the thread is heard before the next one starts.
      await nextEvents();
      await this.#perform(call);
      this.#calls.shift();
    }
  }

  async #perform({ id, method, request, cancellation }: QueuedCall): Promise<void> {
    const { signal } = cancellation;
    if (signal.aborted) return;
    try {
      const response = await this.#handler(request, signal);
      if (!signal.aborted) this.#answer({ kind: 'response', id, response }, buffersOf(response));
    } catch (error) {
      if (!signal.aborted) this.#answer({ kind: 'failure', id, error: packError(error, method) });
    }
  }
}

/** The memory of a response, which moves to the owner of a thread instead of being copied. */
function buffersOf(response: unknown): readonly ArrayBuffer[] {
  const parts: readonly unknown[] = Array.isArray(response) ? response : [response];
  const buffers = parts.flatMap((part) =>
    ArrayBuffer.isView(part) && part.buffer instanceof ArrayBuffer ? [part.buffer] : [],
  );
  return [...new Set(buffers)];
}
