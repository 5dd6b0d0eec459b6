import type { ClientEventOf } from '@antiphon/core';
import type { Conversation } from './conversation.ts';
import { findEntry, type LogEntry, type Utterance } from './conversation-log.ts';
import type { EventSink } from './response-writer.ts';
import { type WireError, wireErrors } from './wire-errors.ts';
import type { EngineContent, EngineItem } from './wire-objects.ts';

/** An item as a client gives it. */
export type GivenItem = ClientEventOf<'conversation.item.create'>['item'];
type GivenMessage = Extract<GivenItem, { type: 'message' }>;
type GivenContent = GivenMessage['content'][number];

export interface ItemDeskOptions {
  readonly conversation: Conversation;
  readonly sink: EventSink;
  readonly nextId: (prefix: string) => string;
  /** Starts to recognise audio given in an item; undefined when it is not base64. */
  readonly hear: (itemId: string, contentIndex: number, base64: string) => Utterance | undefined;
}

/** What a client does to the conversation by item events. Each method answers with events, or returns the error. */
export class ItemDesk {
  readonly #options: ItemDeskOptions;

  constructor(options: ItemDeskOptions) {
    this.#options = options;
  }

  create(event: ClientEventOf<'conversation.item.create'>): WireError | undefined {
    const { conversation, sink } = this.#options;
    const refusal = this.#refuse(event);
    if (refusal !== undefined) return refusal;
    const entry = this.toEntry(event.item);
    if ('message' in entry) return entry;
    const inserted = conversation.insert(entry, event.previous_item_id);
    if ('message' in inserted) return inserted;
    const told = { previous_item_id: inserted.previousItemId, item: entry.item };
    sink.event({ type: 'conversation.item.added', ...told });
    sink.event({ type: 'conversation.item.done', ...told });
    return undefined;
  }

  retrieve(itemId: string): WireError | undefined {
    const entry = findEntry(this.#options.conversation.log, itemId);
    if (entry === undefined) return wireErrors.retrieveUnknown(itemId);
    this.#options.sink.event({ type: 'conversation.item.retrieved', item: entry.item });
    return undefined;
  }

  remove(itemId: string): WireError | undefined {
    const { conversation, sink } = this.#options;
    if (findEntry(conversation.log, itemId) === undefined) return wireErrors.deleteUnknown(itemId);
    conversation.remove(itemId);
    sink.event({ type: 'conversation.item.deleted', item_id: itemId });
    return undefined;
  }

  /** Too long a truncation is an error and is done all the same, up to what there is. */
  truncate(event: ClientEventOf<'conversation.item.truncate'>): WireError | undefined {
    const { conversation, sink } = this.#options;
    const { item_id, content_index, audio_end_ms } = event;
    const entry = findEntry(conversation.log, item_id);
    if (entry === undefined) return wireErrors.truncateUnknown(item_id);
    if (!isSpokenReply(entry.item, content_index)) return wireErrors.truncateNotAudio();
    const keptMs = Math.min(audio_end_ms, entry.spokenMs);
    conversation.truncate(item_id, content_index, keptMs);
    sink.event({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms: keptMs });
    return audio_end_ms > keptMs ? wireErrors.truncateTooLong(entry.spokenMs, audio_end_ms) : undefined;
  }

  /** An entry of an item given by a client, with an id if it had none. */
  toEntry(given: GivenItem): LogEntry | WireError {
    const id = given.id ?? this.#options.nextId('item');
    switch (given.type) {
      case 'message':
        return this.#toMessage(id, given);
      case 'function_call': {
        const { type, name, call_id = this.#options.nextId('call') } = given;
        return entryOf({ id, type, status: 'completed', name, call_id, arguments: given.arguments });
      }
      case 'function_call_output':
        return entryOf({ id, type: given.type, call_id: given.call_id, output: given.output });
      case 'mcp_approval_response':
        return wireErrors.unsupported('item.type', given.type, [
          'message',
          'function_call',
          'function_call_output',
        ]);
    }
  }

  #toMessage(id: string, given: GivenMessage): LogEntry | WireError {
    const utterances: Utterance[] = [];
    for (const [index, part] of given.content.entries()) {
      if (part.type !== 'input_audio' || typeof part.transcript === 'string') continue;
      const utterance = this.#options.hear(id, index, part.audio);
      if (utterance === undefined) return wireErrors.invalidAudio(`item.content[${index}].audio`);
      utterances.push(utterance);
    }
    const content = (given.content as readonly GivenContent[]).map(stateContent);
    return {
      ...entryOf({ id, type: 'message', status: 'completed', role: given.role, content }),
      utterances,
    };
  }

  #refuse({ item, previous_item_id }: ClientEventOf<'conversation.item.create'>): WireError | undefined {
    const { log } = this.#options.conversation;
    if (item.id !== undefined && findEntry(log, item.id) !== undefined)
      return wireErrors.duplicateItem(item.id);
    const isPlace = !previous_item_id || previous_item_id === 'root' || findEntry(log, previous_item_id);
    if (!isPlace) return wireErrors.noPreviousItem(previous_item_id);
    if (item.type !== 'function_call_output') return undefined;
    const isCalled = log.some(
      (entry) => entry.item.type === 'function_call' && entry.item.call_id === item.call_id,
    );
    return isCalled ? undefined : wireErrors.unknownCall(item.call_id);
  }
}

/** Replies given by a client need no answer. */
function entryOf(item: EngineItem): LogEntry {
  const isReply = item.type === 'function_call' || (item.type === 'message' && item.role === 'assistant');
  return { item, answered: isReply, spokenMs: 0, utterances: [] };
}

function stateContent(part: GivenContent): EngineContent {
  switch (part.type) {
    case 'input_audio':
      return { type: part.type, transcript: part.transcript ?? null };
    case 'input_image':
      return { type: part.type, image_url: part.image_url };
    default:
      return { type: part.type, text: part.text };
  }
}

/** Whether the part is finished sound of the agent. */
function isSpokenReply(item: EngineItem, contentIndex: number): boolean {
  if (item.type !== 'message' || item.role !== 'assistant') return false;
  return item.content[contentIndex]?.type === 'output_audio';
}
