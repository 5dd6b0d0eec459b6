import type {
  ClientEvent,
  InboundMessage,
  Logger,
  Transport,
  TransportClose,
  TransportHandlers,
} from '@antiphon/core';

/** The far end of an {@link InProcessTransport}. */
export interface TransportPeer {
  /** The connection stands. */
  start(): void;
  receive(event: ClientEvent): void;
  receiveAudio(audio: Uint8Array): void;
  /** The connection is gone; nothing more may be said. */
  close(): void;
}

type Sent =
  | { readonly kind: 'event'; readonly event: ClientEvent }
  | { readonly kind: 'audio'; readonly audio: Uint8Array };

type Received =
  | InboundMessage
  | { readonly kind: 'open' }
  | { readonly kind: 'close'; readonly close: TransportClose };

export interface InProcessTransportOptions {
  /** Makes the far end, given how it speaks to the near one. */
  readonly createPeer: (emit: (message: InboundMessage) => void) => TransportPeer;
  readonly handlers: TransportHandlers;
  readonly logger: Logger;
  /** The near end has closed the connection. */
  readonly onClosed: () => void;
}

/**
 * A connection within the process. Both directions are queues, drained in microtasks: nothing is taken up or handed over
 * from within a call of either side, and order is kept.
 */
export class InProcessTransport implements Transport {
  readonly #options: InProcessTransportOptions;
  readonly #peer: TransportPeer;
  #sent: Sent[] = [];
  #received: Received[] = [];
  #work: 'idle' | 'scheduled' | 'closed' = 'idle';

  constructor(options: InProcessTransportOptions) {
    this.#options = options;
    this.#received.push({ kind: 'open' });
    this.#peer = options.createPeer((message) => this.#hand(message));
    this.#peer.start();
    this.#schedule();
  }

  get bufferedBytes(): number {
    return this.#sent.reduce((sum, item) => sum + byteLength(item), 0);
  }

  send(event: ClientEvent): void {
    this.#take({ kind: 'event', event });
  }

  sendAudio(audio: Uint8Array): void {
    this.#take({ kind: 'audio', audio: audio.slice() });
  }

  close(code: number, reason: string): void {
    if (this.#work === 'closed') return;
    this.#peer.close();
    this.#sent = [];
    this.#hand({ kind: 'close', close: { code, reason } });
    this.#work = 'closed';
    this.#options.onClosed();
  }

  #take(item: Sent): void {
    if (this.#work === 'closed') return;
    this.#sent.push(item);
    this.#schedule();
  }

  #hand(item: Received): void {
    if (this.#work === 'closed') return;
    this.#received.push(item);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#work !== 'idle') return;
    this.#work = 'scheduled';
    queueMicrotask(() => this.#drain());
  }

  #drain(): void {
    while (this.#sent.length > 0 || this.#received.length > 0) {
      const sent = this.#sent;
      this.#sent = [];
      for (const item of sent) this.#deliver(item);
      const received = this.#received;
      this.#received = [];
      for (const item of received) this.#report(item);
    }
    if (this.#work === 'scheduled') this.#work = 'idle';
  }

  #deliver(item: Sent): void {
    if (this.#work === 'closed') return;
    if (item.kind === 'event') this.#peer.receive(item.event);
    else this.#peer.receiveAudio(item.audio);
  }

  #report(item: Received): void {
    const { handlers, logger } = this.#options;
    try {
      if (item.kind === 'open') handlers.onOpen();
      else if (item.kind === 'close') handlers.onClose(item.close);
      else handlers.onMessage(item);
    } catch (error) {
      logger.error('a handler of the connection threw', { error: String(error) });
    }
  }
}

function byteLength(item: Sent): number {
  if (item.kind === 'audio') return item.audio.byteLength;
  return item.event.type === 'input_audio_buffer.append' ? item.event.audio.length : 0;
}
