import { AntiphonError } from '@antiphon/core';
import type { FromWorker, WorkerMethods } from './protocol.ts';
import { unpackError } from './transported-error.ts';
import type { StartPeer, WorkerPeer } from './worker-peer.ts';

/** How a worker is started. */
export interface WorkerSettings {
  /** What messages call it. */
  readonly name: string;
  readonly start: StartPeer;
}

interface PendingCall {
  readonly resolve: (response: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** Stops listening to the caller's signal. */
  readonly forget: () => void;
}

/**
 * Calls the methods of a worker.
 *
 * A worker that ends on its own fails the calls it had, and the next call starts another. A worker without calls
 * does not keep the process alive.
 */
export class WorkerClient<Methods extends WorkerMethods> {
  readonly #settings: WorkerSettings;
  readonly #pending = new Map<number, PendingCall>();
  #worker: WorkerPeer | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
  }

  /** Starts the worker ahead of the first call, so that it can load. */
  start(): void {
    this.#worker ??= this.#startWorker();
  }

  /**
   * @param signal cancels the call: it is dropped from the worker's queue and rejects with the signal's reason.
   * @throws AntiphonError what the worker threw, `local.worker_crashed` or `local.closed`.
   */
  call<Name extends keyof Methods & string>(
    method: Name,
    request: Methods[Name]['request'],
    signal?: AbortSignal,
  ): Promise<Methods[Name]['response']> {
    if (this.#isClosed) {
      return Promise.reject(new AntiphonError('local.closed', { stage: this.#settings.name }));
    }
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#worker ??= this.#startWorker();
    const worker = this.#worker;
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        worker.post({ kind: 'cancel', id });
        this.#settle(id)?.reject(signal?.reason);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const forget = (): void => signal?.removeEventListener('abort', cancel);
      this.#pending.set(id, { resolve, reject, forget });
      worker.ref();
      worker.post({ kind: 'call', id, method, request });
    });
  }

  /** Ends the worker; calls under way reject with `local.closed`. Closing again does nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#rejectAll(new AntiphonError('local.closed', { stage: this.#settings.name }));
    await worker?.end();
  }

  #startWorker(): WorkerPeer {
    const worker = this.#settings.start({
      onMessage: (message) => this.#receive(message),
      onEnd: (reason) => this.#lose(worker, reason),
    });
    return worker;
  }

  #receive(message: FromWorker): void {
    const call = this.#settle(message.id);
    if (message.kind === 'response') call?.resolve(message.response);
    else call?.reject(unpackError(message.error));
  }

  #lose(worker: WorkerPeer, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#rejectAll(new AntiphonError('local.worker_crashed', { worker: this.#settings.name, reason }));
  }

  #settle(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    call?.forget();
    if (this.#pending.size === 0) this.#worker?.unref();
    return call;
  }

  #rejectAll(error: AntiphonError): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error);
  }
}
