import {
  type ClientEvent,
  type JsonObject,
  readServerEvent,
  type Transport,
  type TransportHandlers,
} from '@antiphon/core';
import { defineProvider } from '@antiphon/runtime';
import { z } from 'zod';

/** A model that runs in this process and repeats what the user types: all that a provider has to do, and no more. */
export default defineProvider({
  name: 'mirror',
  config: z.strictObject({ says: z.string().default('You said:') }),
  capabilities: { rejectsSettings: ['audio.output.voice', 'audio.output.speed'] },
  create: ({ name, ids }, { says }) => ({
    name,
    connect: (_request, handlers) => new MirrorLine(handlers, says, (prefix) => ids.nextId(prefix)),
    close: async () => {},
  }),
});

/** One connection. Speaks the server side of the GA dialect; nothing is told from within a call, nothing after the close. */
class MirrorLine implements Transport {
  readonly bufferedBytes = 0;
  readonly #handlers: TransportHandlers;
  readonly #says: string;
  readonly #nextId: (prefix: string) => string;
  #state: 'open' | 'closed' = 'open';
  #lastItemId: string | null = null;
  #heard = '';

  constructor(handlers: TransportHandlers, says: string, nextId: (prefix: string) => string) {
    this.#handlers = handlers;
    this.#says = says;
    this.#nextId = nextId;
    this.#later(() => handlers.onOpen());
    this.#tell({
      type: 'session.created',
      session: { id: nextId('sess'), type: 'realtime', model: 'mirror' },
    });
  }

  send(event: ClientEvent): void {
    switch (event.type) {
      case 'session.update':
        return this.#tell({ type: 'session.updated', session: event.session as JsonObject });
      case 'conversation.item.create': {
        const id = event.item.id ?? this.#nextId('item');
        return this.#add(id, { status: 'completed', ...(event.item as JsonObject) });
      }
      case 'response.create':
        return this.#answer(event.response?.metadata ?? null);
      case 'response.cancel':
        return this.#refuse(event.event_id, 'response_cancel_not_active', 'There is no response to cancel.');
      default:
        return;
    }
  }

  sendAudio(): void {}

  close(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    queueMicrotask(() => this.#handlers.onClose({ code, reason }));
  }

  #add(id: string, members: JsonObject): void {
    const item = { ...members, id };
    const content = members['content'] as readonly { readonly text?: string }[] | undefined;
    if (members['role'] === 'user') this.#heard = content?.map(({ text = '' }) => text).join(' ') ?? '';
    const place = { previous_item_id: this.#lastItemId, item };
    this.#lastItemId = id;
    this.#tell({ type: 'conversation.item.added', ...place });
    this.#tell({ type: 'conversation.item.done', ...place });
  }

  #answer(metadata: JsonObject | null): void {
    const text = `${this.#says} ${this.#heard}`;
    const [response_id, item_id] = [this.#nextId('resp'), this.#nextId('item')];
    const response = { id: response_id, object: 'realtime.response', output: [], metadata };
    const part = { response_id, item_id, output_index: 0, content_index: 0 };
    const item = { id: item_id, type: 'message', role: 'assistant', status: 'completed' };
    const whole = { ...item, content: [{ type: 'output_text', text }] };
    this.#tell({ type: 'response.created', response: { ...response, status: 'in_progress' } });
    const begun = { ...item, status: 'in_progress', content: [] };
    this.#tell({ type: 'response.output_item.added', response_id, output_index: 0, item: begun });
    this.#add(item_id, whole);
    this.#tell({ type: 'response.output_text.delta', ...part, delta: text });
    this.#tell({ type: 'response.output_text.done', ...part, text });
    this.#tell({ type: 'response.output_item.done', response_id, output_index: 0, item: whole });
    this.#tell({ type: 'response.done', response: { ...response, status: 'completed', output: [whole] } });
  }

  #refuse(event_id: string | undefined, code: string, message: string): void {
    const error = { type: 'invalid_request_error', code, message, param: null, event_id: event_id ?? null };
    this.#tell({ type: 'error', error });
  }

  #tell(event: JsonObject): void {
    const message = readServerEvent({ event_id: this.#nextId('event'), ...event });
    this.#later(() => this.#handlers.onMessage(message));
  }

  #later(action: () => void): void {
    queueMicrotask(() => {
      if (this.#state === 'open') action();
    });
  }
}
