import type { JsonObject } from '../json.ts';
import type { InboundMessage } from '../ports/transport.ts';
import type { ClientEvent, ClientEventOf } from './client-events.ts';
import { readServerEvent } from './codec.ts';
import type { ServerEvent, ServerEventOf } from './server-events.ts';

type EventType = ServerEvent['type'];
type Silence = ReadonlySet<EventType>;

/** How many of the client's items are remembered. */
const rememberedItems = 1_000;

/** Says what a server never says and a session waits for: introductions, and confirmations of what was asked. */
export class ServerStandIn {
  readonly #never: Silence;
  /** Items of the client, the oldest first. */
  readonly #ownItems = new Set<string>();
  /** Turns of the user whose commit was told. */
  readonly #committed = new Set<string>();
  #lastItem: string | null = null;
  #made = 0;

  constructor(never: Silence) {
    this.#never = never;
  }

  /** The connection is open. */
  open(): readonly InboundMessage[] {
    return this.#never.has('session.created')
      ? say({ type: 'session.created', session: { type: 'realtime', id: '' } })
      : [];
  }

  /** What follows from an event of the client that the server takes without a word, or does not take. */
  answer(event: ClientEvent, fate: 'sent' | 'rejected'): readonly InboundMessage[] {
    const isOwed = (type: EventType): boolean => fate === 'rejected' || this.#never.has(type);
    switch (event.type) {
      case 'session.update':
        return isOwed('session.updated')
          ? say({ type: 'session.updated', session: event.session as JsonObject })
          : [];
      case 'conversation.item.create':
        return this.#confirmItem(event, isOwed);
      case 'conversation.item.truncate': {
        const { item_id, content_index, audio_end_ms } = event;
        const type = 'conversation.item.truncated';
        return isOwed(type) ? say({ type, item_id, content_index, audio_end_ms }) : [];
      }
      case 'conversation.item.delete': {
        const type = 'conversation.item.deleted';
        return isOwed(type) ? say({ type, item_id: event.item_id }) : [];
      }
      case 'input_audio_buffer.clear':
        return isOwed('input_audio_buffer.cleared') ? say({ type: 'input_audio_buffer.cleared' }) : [];
      case 'output_audio_buffer.clear':
        return isOwed('output_audio_buffer.cleared')
          ? say({ type: 'output_audio_buffer.cleared', response_id: '' })
          : [];
      case 'input_audio_buffer.commit':
        return this.#confirmCommit(event, fate);
      case 'conversation.item.retrieve':
        return fate === 'rejected' ? say(refusal('item_retrieve_invalid_item_id', event)) : [];
      default:
        return [];
    }
  }

  /** What the server said, with what it left out before and after; nothing when it was said here already. */
  complete(message: InboundMessage): readonly InboundMessage[] {
    if (message.kind !== 'event') return [message];
    const { event } = message;
    if (this.#isRepetition(event)) return [];
    const before = event.type === 'conversation.item.added' ? this.#commitBefore(event) : [];
    this.#note(event);
    const after = event.type === 'input_audio_buffer.speech_stopped' ? this.#commitAfter(event.item_id) : [];
    return [...before, message, ...after];
  }

  #confirmItem(
    event: ClientEventOf<'conversation.item.create'>,
    isOwed: (type: EventType) => boolean,
  ): readonly InboundMessage[] {
    const id = event.item.id ?? this.#newId();
    this.#ownItems.add(id);
    if (this.#ownItems.size > rememberedItems) {
      const [oldest = ''] = this.#ownItems;
      this.#ownItems.delete(oldest);
    }
    const { previous_item_id: asked } = event;
    const previous_item_id = asked === 'root' ? null : (asked ?? this.#lastItem);
    if (asked !== 'root') this.#lastItem = id;
    const told = { item: { ...(event.item as JsonObject), id, status: 'completed' }, previous_item_id };
    return (['conversation.item.added', 'conversation.item.done'] as const).flatMap((type) =>
      isOwed(type) ? say({ type, ...told }) : [],
    );
  }

  /** Where the server tells of the item, the commit is told before it: see `#commitBefore`. */
  #confirmCommit(event: ClientEvent, fate: 'sent' | 'rejected'): readonly InboundMessage[] {
    if (fate === 'rejected') return say(refusal('input_audio_buffer_commit_empty', event));
    const isSilent =
      this.#never.has('input_audio_buffer.committed') && this.#never.has('conversation.item.added');
    return isSilent ? this.#commit(this.#newId()) : [];
  }

  /** A spoken item of the user that nobody announced. */
  #commitBefore({ item }: ServerEventOf<'conversation.item.added'>): readonly InboundMessage[] {
    const isSpoken =
      item.type === 'message' &&
      item.role === 'user' &&
      item.content.some(({ type }) => type === 'input_audio') &&
      !this.#ownItems.has(item.id ?? '');
    return isSpoken && item.id ? this.#commitAfter(item.id) : [];
  }

  #commitAfter(itemId: string): readonly InboundMessage[] {
    const isOwed = this.#never.has('input_audio_buffer.committed') && !this.#committed.has(itemId);
    return isOwed ? this.#commit(itemId) : [];
  }

  #commit(item_id: string): readonly InboundMessage[] {
    const previous_item_id = this.#lastItem;
    this.#committed.add(item_id);
    this.#lastItem = item_id;
    return say({ type: 'input_audio_buffer.committed', item_id, previous_item_id });
  }

  /** Whether a server says after all what stands here that it does not. */
  #isRepetition(event: Extract<InboundMessage, { kind: 'event' }>['event']): boolean {
    if (event.type === 'unknown' || !this.#never.has(event.type)) return false;
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
      case 'conversation.item.truncated':
      case 'conversation.item.deleted':
      case 'input_audio_buffer.committed':
      case 'input_audio_buffer.cleared':
      case 'output_audio_buffer.cleared':
        return true;
      case 'conversation.item.added':
      case 'conversation.item.done':
        return this.#ownItems.has(event.item.id ?? '');
      default:
        return false;
    }
  }

  #note(event: Extract<InboundMessage, { kind: 'event' }>['event']): void {
    switch (event.type) {
      case 'conversation.item.added':
      case 'response.output_item.added':
        this.#lastItem = event.item.id ?? this.#lastItem;
        return;
      case 'input_audio_buffer.committed':
        this.#lastItem = event.item_id;
        return;
      default:
    }
  }

  #newId(): string {
    this.#made += 1;
    return `item_local_${this.#made}`;
  }
}

function say(event: JsonObject): readonly InboundMessage[] {
  return [readServerEvent(event)];
}

function refusal(code: string, { type, event_id }: ClientEvent): JsonObject {
  const message = `This server does not take ${type}.`;
  return {
    type: 'error',
    error: { type: 'invalid_request_error', code, message, param: null, event_id: event_id ?? null },
  };
}
