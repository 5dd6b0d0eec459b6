import type { ConnectRequest, Provider, SessionSettings, Transport, TransportHandlers } from '@antiphon/core';

/** What a connection is asked for with before there is a session: its tools are not known yet. */
export type EarlyRequest = Omit<ConnectRequest, 'tools'>;

/** A server that takes longer to be reached is far away: there is time enough then. */
const longestWaitMs = 5;

/** The first connection of a new session; undefined for a call and a conversation that goes on, whose server is asked by the session. */
export function connectEarly(provider: Provider, settings: SessionSettings): EarlyConnection | undefined {
  const { sessionId, agentName, callId, history } = settings;
  if (callId !== undefined || history !== undefined) return undefined;
  return new EarlyConnection(provider, { sessionId, agentName });
}

/**
 * A provider whose first connection is being made before the session that asks for it is put together. What comes of it
 * meanwhile waits for the session; the connections after it are made as ever.
 */
export class EarlyConnection implements Provider {
  readonly name: string;
  readonly #provider: Provider;
  readonly #transport: Transport;
  readonly #waiting: ((handlers: TransportHandlers) => void)[] = [];
  #handlers: TransportHandlers | undefined;

  constructor(provider: Provider, request: EarlyRequest) {
    this.name = provider.name;
    this.#provider = provider;
    this.#transport = provider.connect(
      { ...request, tools: [] },
      {
        onOpen: () => this.#tell((handlers) => handlers.onOpen()),
        onMessage: (message) => this.#tell((handlers) => handlers.onMessage(message)),
        onClose: (close) => this.#tell((handlers) => handlers.onClose(close)),
      },
    );
  }

  /** Settles when the server has been asked, or soon; at once where the transport does not tell. */
  async asked(): Promise<void> {
    const { asked } = this.#transport;
    if (asked === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longestWaitMs);
      void asked.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  connect(request: ConnectRequest, handlers: TransportHandlers): Transport {
    if (this.#handlers !== undefined) return this.#provider.connect(request, handlers);
    this.#handlers = handlers;
    for (const told of this.#waiting) queueMicrotask(() => told(handlers));
    return this.#transport;
  }

  /** Ends a connection that no session has taken. */
  giveUp(): void {
    if (this.#handlers !== undefined) return;
    this.#handlers = deaf;
    this.#transport.close(1000, 'the session was not started');
  }

  close(): Promise<void> {
    return this.#provider.close();
  }

  #tell(told: (handlers: TransportHandlers) => void): void {
    if (this.#handlers === undefined) this.#waiting.push(told);
    else told(this.#handlers);
  }
}

const deaf: TransportHandlers = { onOpen() {}, onMessage() {}, onClose() {} };
