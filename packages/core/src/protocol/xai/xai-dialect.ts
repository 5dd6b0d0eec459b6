import type { InboundMessage, TransportClose } from '../../ports/transport.ts';
import type { WireDialect } from '../../ports/wire-dialect.ts';
import type { ClientEventOf } from '../client-events.ts';
import { encodeClientEvent } from '../codec.ts';
import { gaDialect } from '../ga-dialect.ts';
import type { ConversationItem } from '../items.ts';
import type { ServerEvent } from '../server-events.ts';
import { noted, placeOf, type XaiConversation, type XaiItem } from './conversation.ts';
import { HeardWords } from './heard-words.ts';
import { toXaiUpdate } from './settings.ts';

/** What a dialect is made of. */
export interface XaiDialectOptions {
  /** The conversation that this connection has asked the server to take up. */
  readonly resume?: XaiConversation;
  /** The connection is over: where another one can go on; undefined where it cannot. */
  readonly onLeft?: (conversation: XaiConversation | undefined) => void;
}

/**
 * The dialect of xAI: the GA dialect, with some settings at another place. Its server takes up a conversation that has lost its
 * connection: what it has of it is not given again. One object per connection.
 */
export function createXaiDialect({ resume, onLeft }: XaiDialectOptions = {}): WireDialect {
  const conversation = new Conversation(resume);
  const words = new HeardWords();
  let update: ClientEventOf<'session.update'> | undefined;
  let kept: 'kept' | 'not_kept' = 'kept';
  return {
    ...gaDialect,
    send(event) {
      if (event.type === 'session.update') {
        update = event;
        return { frames: [JSON.stringify(toXaiUpdate(event, kept))] };
      }
      if (event.type === 'response.create') conversation.goOn();
      if (event.type !== 'conversation.item.create') return { frames: [encodeClientEvent(event)] };
      return conversation.has(event)
        ? { messages: acknowledged(event) }
        : { frames: [encodeClientEvent(event)] };
    },
    receive(frame) {
      const step = gaDialect.receive(frame);
      if (kept === 'kept' && update !== undefined && step.messages?.some(keepsNothing)) {
        // A server that speaks like this one and knows nothing of it.
        kept = 'not_kept';
        return { frames: [JSON.stringify(toXaiUpdate(update, kept))] };
      }
      const heard = (step.messages ?? []).filter((message) => conversation.hear(message));
      return { ...step, messages: heard.map((message) => words.inPieces(message)) };
    },
    closed(close) {
      const isRefused = conversation.isAsked && isRefusal(close);
      onLeft?.(isRefused ? undefined : conversation.left);
      return isRefused ? withoutResuming(close) : close;
    },
  };
}

/** What the server has of the conversation, over its connections. */
class Conversation {
  readonly #resume: XaiConversation | undefined;
  #phase: 'opening' | 'agreed' = 'opening';
  #id: string | undefined;
  /** Whether the server has taken up what was asked for. */
  #standing: 'new' | 'resumed' | 'going_on' = 'new';
  #items: readonly XaiItem[] = [];
  /** Of the items of before, the first that was not given again. */
  #next = 0;

  constructor(resume: XaiConversation | undefined) {
    this.#resume = resume;
  }

  /** Where another connection can go on. */
  get left(): XaiConversation | undefined {
    return this.#id === undefined ? this.#resume : { id: this.#id, items: this.#items };
  }

  /** The server has not said yet that it takes up what it was asked for. */
  get isAsked(): boolean {
    return this.#resume !== undefined && this.#phase === 'opening';
  }

  /** Whether the server has the item that a connection which goes on is given; those come in their order. */
  has({ item }: ClientEventOf<'conversation.item.create'>): boolean {
    if (this.#standing !== 'resumed') return false;
    const at = placeOf(this.#resume?.items ?? [], item, this.#next);
    if (at >= 0) this.#next = at + 1;
    return at >= 0;
  }

  /** Something is said from now on: what equals something of before is said again. */
  goOn(): void {
    if (this.#standing === 'resumed' && this.#phase === 'agreed') this.#standing = 'going_on';
  }

  /** Takes note of what the server says; false for what the session knows already. */
  hear(message: InboundMessage): boolean {
    if (message.kind !== 'event' || message.event.type === 'unknown') return true;
    return this.#note(message.event);
  }

  #note(event: ServerEvent): boolean {
    if (event.type === 'conversation.created') {
      this.#id = event.conversation?.id;
      if (this.#id === undefined || this.#id !== this.#resume?.id) return true;
      this.#standing = 'resumed';
      this.#items = this.#resume?.items ?? [];
    }
    if (event.type === 'session.updated') this.#phase = 'agreed';
    // Until the settings are agreed on the server tells what it has, under names of its own.
    if (this.#standing === 'resumed' && this.#phase === 'opening' && isItem(event)) return false;
    this.#items = noted(this.#items, event);
    return true;
  }
}

function isItem({ type }: ServerEvent): boolean {
  return type.startsWith('conversation.item.');
}

/** Whether a server refuses settings because it cannot keep what is said. */
function keepsNothing(message: InboundMessage): boolean {
  if (message.kind !== 'event' || message.event.type !== 'error') return false;
  return message.event.error.param?.startsWith('session.resumption') === true;
}

/** What a server says to an item that it is given. */
function acknowledged({ item }: ClientEventOf<'conversation.item.create'>): readonly InboundMessage[] {
  const told = { ...item, id: item.id ?? '', status: 'completed' } as ConversationItem;
  return (['conversation.item.added', 'conversation.item.done'] as const).map((type) => ({
    kind: 'event',
    event: { type, item: told },
  }));
}

const serviceRestart = 1012;

/** Whether the server does not take the connection, for another reason than who asks and how often. */
function isRefusal({ code, status = 0 }: TransportClose): boolean {
  if (status === 401 || status === 403 || status === 429) return false;
  return code === 1008 || (code >= 4000 && code < 5000) || (status >= 400 && status < 500);
}

/** Without the conversation of before, another connection may do. */
function withoutResuming({ reason: _reason, status: _status, ...close }: TransportClose): TransportClose {
  return { ...close, code: serviceRestart, reason: '' };
}
