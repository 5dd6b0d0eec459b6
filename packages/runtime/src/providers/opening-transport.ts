import type { ConnectObstacle, Transport, TransportHandlers } from '@antiphon/core';

const abnormalClosure = 1006;

/** Opens the transport proper, once what it needs is there. */
export type OpenTransport = () => Transport;

/** What a {@link openLater} waits for. */
export interface Preparation {
  /** Settles with the way to open; its rejection is the failure of the connection. */
  readonly prepare: (signal: AbortSignal) => Promise<OpenTransport>;
  /** After so long it has failed. */
  readonly timeoutMs: number;
  readonly describeTimeout: () => Error;
  /** What a failure is told as. */
  readonly obstacle: ConnectObstacle;
}

/**
 * A transport that is made at once and opens when its preparation is done. What is sent before is not kept: nothing is,
 * before `onOpen`. A preparation that fails or takes too long is told by `onClose`.
 */
export function openLater(preparation: Preparation, handlers: TransportHandlers): Transport {
  return new OpeningTransport(preparation, handlers);
}

class OpeningTransport implements Transport {
  readonly #handlers: TransportHandlers;
  readonly #wanted = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #obstacle: ConnectObstacle;
  /** The transport proper; `ended` when there will be none. */
  #inner: Transport | 'preparing' | 'ended' = 'preparing';

  constructor(preparation: Preparation, handlers: TransportHandlers) {
    const { prepare, timeoutMs, describeTimeout, obstacle } = preparation;
    this.#handlers = handlers;
    this.#obstacle = obstacle;
    this.#timer = setTimeout(() => this.#fail(describeTimeout()), timeoutMs);
    void this.#open(prepare);
  }

  get bufferedBytes(): number {
    return this.#transport?.bufferedBytes ?? 0;
  }

  send(event: Parameters<Transport['send']>[0]): void {
    this.#transport?.send(event);
  }

  sendAudio(audio: Uint8Array): void {
    this.#transport?.sendAudio(audio);
  }

  close(code: number, reason: string): void {
    if (this.#inner !== 'preparing') return this.#transport?.close(code, reason);
    this.#end();
    const error = new Error('the connection was given up before it was made');
    queueMicrotask(() => this.#handlers.onClose({ code: abnormalClosure, reason: '', error }));
  }

  get #transport(): Transport | undefined {
    return typeof this.#inner === 'string' ? undefined : this.#inner;
  }

  async #open(prepare: Preparation['prepare']): Promise<void> {
    try {
      const open = await prepare(this.#wanted.signal);
      if (this.#inner !== 'preparing') return;
      clearTimeout(this.#timer);
      this.#inner = open();
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #fail(error: Error): void {
    if (this.#inner !== 'preparing') return;
    this.#end();
    this.#handlers.onClose({ code: abnormalClosure, reason: '', error, obstacle: this.#obstacle });
  }

  #end(): void {
    this.#inner = 'ended';
    clearTimeout(this.#timer);
    this.#wanted.abort();
  }
}
