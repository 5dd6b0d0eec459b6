import {
  type ClientEvent,
  type ConnectRequest,
  encodeBase64,
  type InboundMessage,
  type JsonObject,
  type Provider,
  type RealtimeError,
  readServerEvent,
  type Transport,
  type TransportClose,
  type TransportHandlers,
  validateClientEvent,
} from '@antiphon/core';

/** What a server does with one client event. */
export type ServerScript = (event: ClientEvent, server: ScriptedServer) => void;

/** How a {@link ScriptedProvider} behaves. */
export interface ScriptedProviderOptions {
  /** `scripted` unless told. */
  readonly name?: string;
  /** Called with every client event but audio, after the answer below; nothing more is done unless told. */
  readonly script?: ServerScript;
  /**
   * `agrees`: the connection opens, the session is created and agreed to, items are confirmed. `silent`: nothing is
   * answered. `agrees` unless told.
   */
  readonly manners?: 'agrees' | 'silent';
}

/** A spoken answer, as {@link ScriptedServer.speak} sends it. */
export interface SpokenAnswer {
  readonly responseId: string;
  readonly itemId: string;
  readonly text: string;
  /** Milliseconds of silence at 24 kHz that stand for the voice; 100 unless told. */
  readonly ms?: number;
}

/** A function call, as {@link ScriptedServer.callTools} sends it. */
export interface ScriptedCall {
  readonly callId: string;
  readonly name: string;
  /** A JSON text. */
  readonly arguments: string;
}

/** The server's end of one connection in memory. What it sends arrives in a later microtask, in order. */
export class ScriptedServer {
  readonly request: ConnectRequest;
  readonly #handlers: TransportHandlers;
  readonly #received: ClientEvent[] = [];
  readonly #refused: RealtimeError[] = [];
  #audioBytes = 0;
  #close: TransportClose | undefined;

  constructor(request: ConnectRequest, handlers: TransportHandlers) {
    this.request = request;
    this.#handlers = handlers;
  }

  /** Every valid event the client sent, audio aside, in order. */
  get received(): readonly ClientEvent[] {
    return this.#received;
  }

  /** What a server would have answered to everything else the client sent. */
  get refused(): readonly RealtimeError[] {
    return this.#refused;
  }

  /** Bytes of audio the client sent. */
  get audioBytes(): number {
    return this.#audioBytes;
  }

  /** How the connection ended; undefined while it lasts. */
  get ended(): TransportClose | undefined {
    return this.#close;
  }

  /** The events of one type that the client sent. */
  of<Type extends ClientEvent['type']>(type: Type): readonly Extract<ClientEvent, { type: Type }>[] {
    return this.#received.filter(
      (event): event is Extract<ClientEvent, { type: Type }> => event.type === type,
    );
  }

  /** Accepts the connection. */
  open(): void {
    this.#later(() => this.#handlers.onOpen());
  }

  /** Sends events, read as a frame of the wire would be. Throws for one that no server may send. */
  send(...events: readonly JsonObject[]): void {
    for (const event of events) {
      const message = readServerEvent({ event_id: 'event_scripted', ...event });
      if (message.kind === 'invalid') {
        throw new Error(`scripted server: ${message.reason}`);
      }
      this.sendMessage(message);
    }
  }

  /** Sends a message as a transport would hand it over. */
  sendMessage(message: InboundMessage): void {
    this.#later(() => this.#handlers.onMessage(message));
  }

  /** Sends a whole spoken response. */
  speak({ responseId, itemId, text, ms = 100 }: SpokenAnswer): void {
    const part = { response_id: responseId, item_id: itemId, output_index: 0, content_index: 0 };
    const item = { id: itemId, type: 'message', role: 'assistant' };
    const done = { ...item, status: 'completed', content: [{ type: 'output_audio', transcript: text }] };
    this.send(
      { type: 'response.created', response: { id: responseId, status: 'in_progress', output: [] } },
      {
        type: 'response.output_item.added',
        response_id: responseId,
        output_index: 0,
        item: { ...item, status: 'in_progress', content: [] },
      },
      { type: 'response.output_audio_transcript.delta', ...part, delta: text },
      { type: 'response.output_audio.delta', ...part, delta: encodeBase64(new Uint8Array(ms * 48)) },
      { type: 'response.output_audio.done', ...part },
      { type: 'response.output_audio_transcript.done', ...part, transcript: text },
      { type: 'response.output_item.done', response_id: responseId, output_index: 0, item: done },
      { type: 'response.done', response: { id: responseId, status: 'completed', output: [done] } },
    );
  }

  /** Sends a whole response that calls tools. */
  callTools(responseId: string, calls: readonly ScriptedCall[]): void {
    const items = calls.map(({ callId, name, arguments: argumentsJson }) => ({
      id: `item_${callId}`,
      type: 'function_call',
      status: 'completed',
      call_id: callId,
      name,
      arguments: argumentsJson,
    }));
    this.send(
      { type: 'response.created', response: { id: responseId, status: 'in_progress', output: [] } },
      ...items.map((item, index) => ({
        type: 'response.output_item.done',
        response_id: responseId,
        output_index: index,
        item,
      })),
      { type: 'response.done', response: { id: responseId, status: 'completed', output: items } },
    );
  }

  /** Ends the connection; what is sent afterwards does not arrive. */
  end(close: TransportClose = { code: 1000, reason: '' }): void {
    if (this.#close !== undefined) {
      return;
    }
    this.#close = close;
    queueMicrotask(() => this.#handlers.onClose(close));
  }

  /** Takes what the client sends; returns what of it is valid. */
  take(event: ClientEvent): ClientEvent | undefined {
    const result = validateClientEvent(event);
    if (!result.ok) {
      this.#refused.push(result.error);
      return undefined;
    }
    this.#received.push(result.event);
    return result.event;
  }

  takeAudio(audio: Uint8Array): void {
    this.#audioBytes += audio.byteLength;
  }

  #later(tell: () => void): void {
    if (this.#close === undefined) {
      queueMicrotask(tell);
    }
  }
}

/** A provider in memory whose server does what a test tells it to. */
export class ScriptedProvider implements Provider {
  readonly name: string;
  readonly #servers: ScriptedServer[] = [];
  readonly #options: ScriptedProviderOptions;
  #closes = 0;

  constructor(options: ScriptedProviderOptions = {}) {
    this.name = options.name ?? 'scripted';
    this.#options = options;
  }

  /** The server's end of every connection so far. */
  get servers(): readonly ScriptedServer[] {
    return this.#servers;
  }

  /** The server's end of the newest connection. Throws when there is none. */
  get server(): ScriptedServer {
    const server = this.#servers.at(-1);
    if (server === undefined) {
      throw new Error('scripted provider: nobody has connected');
    }
    return server;
  }

  /** How often the provider was closed. */
  get closes(): number {
    return this.#closes;
  }

  connect(request: ConnectRequest, handlers: TransportHandlers): Transport {
    const server = new ScriptedServer(request, handlers);
    this.#servers.push(server);
    const { script, manners = 'agrees' } = this.#options;
    if (manners === 'agrees') {
      server.open();
      server.send({ type: 'session.created', session: { id: 'sess_scripted', type: 'realtime' } });
    }
    return {
      bufferedBytes: 0,
      send(sent) {
        const event = server.ended === undefined ? server.take(sent) : undefined;
        if (event === undefined) {
          return;
        }
        if (manners === 'agrees') {
          agree(event, server);
        }
        script?.(event, server);
      },
      sendAudio: (audio) => server.takeAudio(audio),
      close: (code, reason) => server.end({ code, reason }),
    };
  }

  async close(): Promise<void> {
    this.#closes++;
  }
}

/** What every server answers. */
function agree(event: ClientEvent, server: ScriptedServer): void {
  if (event.type === 'session.update') {
    server.send({ type: 'session.updated', session: { id: 'sess_scripted', type: 'realtime' } });
  }
  if (event.type === 'conversation.item.create') {
    const item = { status: 'completed', ...(event.item as JsonObject) };
    server.send(
      { type: 'conversation.item.added', previous_item_id: null, item },
      { type: 'conversation.item.done', previous_item_id: null, item },
    );
  }
}
