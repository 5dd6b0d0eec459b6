import {
  type ClientEvent,
  type ConnectRequest,
  encodeBase64,
  encodeClientEvent,
  type JsonObject,
  type Provider,
  readServerEvent,
  type Transport,
  type TransportClose,
  type TransportHandlers,
  validateClientEvent,
} from '@antiphon/core';
import type { RealtimeServerModel } from './realtime-server-model.ts';

/** A provider in memory whose server is a model: a session with it needs no socket and keeps to the model's clock. */
export class ModelProvider implements Provider {
  readonly name: string;
  readonly #model: RealtimeServerModel;
  readonly #connections: ModelLine[] = [];

  constructor(model: RealtimeServerModel, name = 'model') {
    this.#model = model;
    this.name = name;
  }

  /** How many connections were made. */
  get connections(): number {
    return this.#connections.length;
  }

  connect(_request: ConnectRequest, handlers: TransportHandlers): Transport {
    const line = new ModelLine(this.#model, handlers);
    this.#connections.push(line);
    return line;
  }

  /** Breaks the newest connection, as a lost network does. */
  breakConnection(close: TransportClose = { code: 1006, reason: '' }): void {
    this.#connections.at(-1)?.end(close);
  }

  async close(): Promise<void> {}
}

/** One connection in memory. What either side says arrives in a later microtask, in order. */
class ModelLine implements Transport {
  readonly bufferedBytes = 0;
  readonly #handlers: TransportHandlers;
  readonly #conversation: Promise<ReturnType<RealtimeServerModel['converse']>>;
  #isOver = false;

  constructor(model: RealtimeServerModel, handlers: TransportHandlers) {
    this.#handlers = handlers;
    this.#conversation = Promise.resolve().then(() => {
      handlers.onOpen();
      return model.converse({
        send: (event) => this.#tell(event),
        close: (code, reason) => this.end({ code, reason }),
      });
    });
  }

  send(event: ClientEvent): void {
    // As the wire of the GA dialect carries it: settings of other dialects are left out.
    const result = validateClientEvent(JSON.parse(encodeClientEvent(event)));
    void this.#conversation.then((conversation) => {
      if (this.#isOver) {
        return;
      }
      if (result.ok) {
        conversation.receive(result.event);
      } else {
        this.#tell({ type: 'error', error: { ...result.error } });
      }
    });
  }

  sendAudio(audio: Uint8Array): void {
    this.send({ type: 'input_audio_buffer.append', audio: encodeBase64(audio) });
  }

  close(code: number, reason: string): void {
    this.end({ code, reason });
  }

  end(close: TransportClose): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    void this.#conversation.then((conversation) => conversation.end());
    queueMicrotask(() => this.#handlers.onClose(close));
  }

  #tell(event: JsonObject): void {
    const message = readServerEvent(event);
    queueMicrotask(() => {
      if (!this.#isOver) {
        this.#handlers.onMessage(message);
      }
    });
  }
}
