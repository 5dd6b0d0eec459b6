import { Worker } from 'node:worker_threads';
import { AntiphonError } from '@antiphon/core';
import type { NativeGate } from './native-gate.ts';
import type { FromWorker, ToWorker, WorkerMethods } from './protocol.ts';
import { unpackError } from './transported-error.ts';

/** How a worker is started. */
export interface WorkerSettings {
  /** What messages call it. */
  readonly name: string;
  readonly entry: URL;
  /** Given to the worker as its `workerData`. */
  readonly setup: unknown;
  /** For a worker that calls native code: what keeps it from being ended inside such a call. */
  readonly gate?: NativeGate;
}

interface PendingCall {
  readonly resolve: (response: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** Stops listening to the caller's signal. */
  readonly forget: () => void;
}

/**
 * Calls the methods of a worker thread.
 *
 * A worker that ends on its own fails the calls it had, and the next call starts another. A worker without calls
 * does not keep the process alive.
 */
export class WorkerClient<Methods extends WorkerMethods> {
  readonly #settings: WorkerSettings;
  readonly #pending = new Map<number, PendingCall>();
  #worker: Worker | undefined;
  #nextId = 1;
  #isClosed = false;
  readonly #closeGate = (): void => this.#settings.gate?.closeBlocking();

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
    if (settings.gate !== undefined) process.once('exit', this.#closeGate);
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
        this.#post(worker, { kind: 'cancel', id });
        this.#settle(id)?.reject(signal?.reason);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const forget = (): void => signal?.removeEventListener('abort', cancel);
      this.#pending.set(id, { resolve, reject, forget });
      worker.ref();
      this.#post(worker, { kind: 'call', id, method, request });
    });
  }

  /** Ends the worker; calls under way reject with `local.closed`. Closing again does nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#rejectAll(new AntiphonError('local.closed', { stage: this.#settings.name }));
    process.off('exit', this.#closeGate);
    if (worker === undefined) return;
    await this.#settings.gate?.close();
    await worker.terminate();
  }

  #startWorker(): Worker {
    // The flags of the host (--eval, --import, --conditions) are not meant for this worker.
    const worker = new Worker(this.#settings.entry, { workerData: this.#settings.setup, execArgv: [] });
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', (error) => this.#lose(worker, error.message));
    worker.on('exit', (exitCode) => this.#lose(worker, `exit code ${exitCode}`));
    // Listening for messages makes a worker keep the process alive, so this comes last.
    worker.unref();
    return worker;
  }

  #post(worker: Worker, message: ToWorker): void {
    worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    const call = this.#settle(message.id);
    if (message.kind === 'response') call?.resolve(message.response);
    else call?.reject(unpackError(message.error));
  }

  #lose(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#settings.gate?.reset();
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
