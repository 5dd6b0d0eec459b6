import type {
  ClientEvent,
  InboundMessage,
  Provider,
  SessionUpdate,
  ToolSpec,
  Transport,
  TransportClose,
} from '@antiphon/core';
import { asJson, list, member, text } from '../recorded/json-members.ts';

/** What came of one response. */
export interface HeardResponse {
  readonly status: string;
  /** What was said or written, of all its items. */
  readonly text: string;
  readonly audioBytes: number;
  readonly calls: readonly {
    readonly callId: string;
    readonly name: string;
    readonly argumentsJson: string;
  }[];
}

const timeoutMs = 30_000;

/** A client with one connection of a provider: does what a session does, and keeps everything it is told. */
export class ProviderCall {
  readonly messages: InboundMessage[] = [];
  readonly closes: TransportClose[] = [];
  readonly #transport: Transport;
  #opens = 0;
  #wake: () => void = () => {};

  constructor(provider: Provider, tools: readonly ToolSpec[] = []) {
    this.#transport = provider.connect(
      { sessionId: 'sess_contract', agentName: 'contract', tools },
      {
        onOpen: () => this.#note(() => (this.#opens += 1)),
        onMessage: (message) => this.#note(() => this.messages.push(message)),
        onClose: (close) => this.#note(() => this.closes.push(close)),
      },
    );
  }

  get isOpened(): boolean {
    return this.#opens > 0;
  }

  /** Agrees on the settings of a session, as the first thing on a connection. */
  async agree(session: SessionUpdate): Promise<void> {
    await this.until('open', () => this.isOpened);
    this.send({ type: 'session.update', session });
    await this.until('session.created', () => this.#event('session.created'));
    const [first] = this.messages;
    if (first?.kind !== 'event' || first.event.type !== 'session.created') {
      throw new Error(`the first message is ${describe(first)}, not session.created`);
    }
    await this.until('session.updated', () => this.#event('session.updated'));
  }

  send(event: ClientEvent): void {
    this.#transport.send(event);
  }

  type(text: string): void {
    const content = [{ type: 'input_text' as const, text }];
    this.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
    this.send({ type: 'response.create' });
  }

  /** Sends sound in pieces of 20 ms, 24 kHz, and ends the turn. */
  speak(samples: Int16Array): void {
    for (let at = 0; at < samples.length; at += 480) {
      const piece = samples.slice(at, at + 480);
      this.#transport.sendAudio(new Uint8Array(piece.buffer));
    }
    this.send({ type: 'input_audio_buffer.commit' });
    this.send({ type: 'response.create' });
  }

  /** Waits for the end of the next response after message `from`, and holds the order of its events against the rules. */
  async response(from: number): Promise<HeardResponse> {
    const isDone = (): boolean => this.#events(from).some(({ type }) => type === 'response.done');
    await this.until('response.done', isDone);
    const told = this.messages.slice(from);
    const done = this.#events(from).find(({ type }) => type === 'response.done');
    const response = member(asJson(done ?? {}), 'response') ?? {};
    const id = text(response['id']);
    assertOrder(told, id);
    return {
      status: text(response['status']),
      text: textOf(told, id),
      audioBytes: told.reduce(
        (sum, message) =>
          sum + (message.kind === 'audio' && message.responseId === id ? message.audio.length : 0),
        0,
      ),
      calls: list(response, 'output').flatMap((item) =>
        item['type'] === 'function_call' && item['status'] !== 'incomplete'
          ? [
              {
                callId: text(item['call_id']),
                name: text(item['name']),
                argumentsJson: text(item['arguments']),
              },
            ]
          : [],
      ),
    };
  }

  /** Ends the connection and waits for its end. */
  async close(): Promise<void> {
    this.#transport.close(1000, 'done');
    await this.ended();
  }

  /** Waits for the end of the connection, whoever ends it; gives up after a while. */
  async ended(limitMs = 5_000): Promise<void> {
    const limit = Date.now() + limitMs;
    while (this.closes.length === 0 && Date.now() < limit) await this.#news();
  }

  /** Waits until something holds; rejects with what came instead. */
  async until(wanted: string, holds: () => boolean): Promise<void> {
    const limit = Date.now() + timeoutMs;
    while (!holds()) {
      if (this.closes.length > 0)
        throw new Error(`waited for ${wanted}, but the connection ended: ${this.#end()}`);
      const error = this.#events(0).find(isFault);
      if (error !== undefined)
        throw new Error(`waited for ${wanted}, but an error came: ${JSON.stringify(error)}`);
      if (Date.now() > limit) {
        const last = this.messages.slice(-5).map(describe).join(', ') || 'nothing';
        throw new Error(`waited ${timeoutMs} ms for ${wanted}; the last that came: ${last}`);
      }
      await this.#news();
    }
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 100);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #event(type: string): boolean {
    return this.#events(0).some((event) => event.type === type);
  }

  #events(from: number): readonly { readonly type: string }[] {
    return this.messages.slice(from).flatMap((message) => (message.kind === 'event' ? [message.event] : []));
  }

  #end(): string {
    const [close] = this.closes;
    return `${close?.code} ${close?.reason} ${close?.error?.message ?? ''}`.trim();
  }

  #note(what: () => void): void {
    what();
    this.#wake();
  }
}

/** An error; that there was nothing to cancel is none. */
function isFault(event: { readonly type: string }): boolean {
  return event.type === 'error' && member(asJson(event), 'error')?.['code'] !== 'response_cancel_not_active';
}

/** Rejects events of a response before its beginning or after its end, and texts that are not the sum of their pieces. */
function assertOrder(messages: readonly InboundMessage[], id: string): void {
  const own = messages.flatMap((message) => {
    if (message.kind === 'audio') return message.responseId === id ? ['audio'] : [];
    if (message.kind !== 'event' || message.event.type === 'unknown') return [];
    const event = asJson(message.event);
    const isOwn = event['response_id'] === id || member(event, 'response')?.['id'] === id;
    return isOwn ? [text(event['type'])] : [];
  });
  if (own[0] !== 'response.created')
    throw new Error(`a response begins with ${own[0]}, not response.created`);
  if (own.at(-1) !== 'response.done')
    throw new Error(`${own.at(-1)} came after the response.done of its response`);
}

/** The pieces of all texts of a response; throws where a whole text is something else. */
function textOf(messages: readonly InboundMessage[], id: string): string {
  const pieces = new Map<string, string>();
  for (const message of messages) {
    if (message.kind !== 'event' || message.event.type === 'unknown') continue;
    const event = asJson(message.event);
    if (event['response_id'] !== id) continue;
    const key = `${text(event['item_id'])} ${Number(event['content_index'] ?? 0)}`;
    switch (text(event['type'])) {
      case 'response.output_text.delta':
      case 'response.output_audio_transcript.delta':
        pieces.set(key, (pieces.get(key) ?? '') + text(event['delta']));
        break;
      case 'response.output_text.done':
      case 'response.output_audio_transcript.done': {
        const whole = text(event['text']) || text(event['transcript']);
        const sum = pieces.get(key);
        if (sum !== undefined && sum !== whole) {
          throw new Error(`the pieces of a text are "${sum}", the whole is "${whole}"`);
        }
        pieces.set(key, whole);
        break;
      }
      default:
    }
  }
  return [...pieces.values()].join(' ');
}

function describe(message: InboundMessage | undefined): string {
  if (message?.kind === 'event') return message.event.type;
  return message?.kind === 'invalid' ? `invalid: ${message.reason}` : (message?.kind ?? 'nothing');
}
