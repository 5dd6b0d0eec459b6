import type { JsonObject } from '../../json.ts';
import type { InboundMessage } from '../../ports/transport.ts';
import { scanAudioDelta } from '../audio-delta.ts';
import { decodeServerEvent, readServerEvent } from '../codec.ts';
import { isJsonObject } from '../tolerant.ts';
import { toGaItem } from './items.ts';
import { compact, eachObject, mapObject, objectAt, textAt } from './members.ts';
import { toGaName } from './names.ts';
import { toGaParam } from './params.ts';
import { toGaResponseSettings, toGaSession } from './session.ts';

/** So many items are remembered as done; some servers tell it once more, right afterwards. */
const maxRemembered = 16;

/**
 * Understands what a beta server says, in the GA dialect. The dialect tells of an item once, when it comes into being; its
 * end is told here as the GA dialect tells it: at once for an item that is complete, else as its output ends. One per
 * connection; what it remembers is bounded.
 */
export class BetaServerReader {
  /** Items that are being made, with the item before them. */
  readonly #open = new Map<string, string | null>();
  /** Items that were told to be done, oldest first. */
  readonly #done = new Set<string>();
  /** By item: the names of functions whose arguments are on their way. */
  readonly #functions = new Map<string, string>();

  /** Reads one text frame. Never throws: what cannot be read is `invalid`. */
  decode(text: string): readonly InboundMessage[] {
    if (scanAudioDelta(text) !== undefined) {
      return [decodeServerEvent(text)];
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return [decodeServerEvent(text)];
    }
    return isJsonObject(value) ? this.translate(value).map(readServerEvent) : [readServerEvent(value)];
  }

  /** What an event says in the GA dialect. Unknown events pass as they came. */
  translate(event: JsonObject): readonly JsonObject[] {
    const type = textAt(event, 'type') ?? '';
    switch (type) {
      case 'session.created':
      case 'session.updated':
        return [withSession(event, type, 'realtime')];
      case 'transcription_session.created':
      case 'transcription_session.updated':
        return [withSession(event, type.replace('transcription_', ''), 'transcription')];
      case 'conversation.item.created':
        return this.#created(withItem(event));
      case 'conversation.item.done':
        return this.#ended(withItem(event));
      case 'conversation.item.retrieved':
        return [withItem(event)];
      case 'response.output_item.added':
        return [this.#begun(withItem(event))];
      case 'response.output_item.done':
        return this.#outputDone(withItem(event));
      case 'response.function_call_arguments.done':
        return [{ ...this.#functionOf(event), ...event }];
      case 'response.created':
        return [withResponse(event)];
      case 'response.done':
        this.#open.clear();
        this.#functions.clear();
        return [withResponse(event)];
      case 'error':
        return [compact({ ...event, error: mapObject(event['error'], toGaError) })];
      default:
        return [{ ...event, type: toGaName(type) }];
    }
  }

  #created(event: JsonObject): readonly JsonObject[] {
    const added = { ...event, type: 'conversation.item.added' };
    const item = objectAt(event, 'item');
    const id = textAt(item, 'id') ?? '';
    if (item?.['status'] === 'in_progress') {
      this.#open.set(id, textAt(event, 'previous_item_id') ?? null);
      return [added];
    }
    this.#remember(id);
    return [added, { ...event, type: 'conversation.item.done' }];
  }

  /** An end that the server tells itself counts once. */
  #ended(event: JsonObject): readonly JsonObject[] {
    const id = textAt(objectAt(event, 'item'), 'id') ?? '';
    this.#open.delete(id);
    if (this.#done.has(id)) {
      return [];
    }
    this.#remember(id);
    return [event];
  }

  #begun(event: JsonObject): JsonObject {
    const item = objectAt(event, 'item');
    const [id, name] = [textAt(item, 'id'), textAt(item, 'name')];
    if (id !== undefined && name !== undefined) {
      this.#functions.set(id, name);
    }
    return event;
  }

  #outputDone(event: JsonObject): readonly JsonObject[] {
    const item = objectAt(event, 'item') ?? {};
    const id = textAt(item, 'id') ?? '';
    const previous_item_id = this.#open.get(id);
    if (previous_item_id === undefined) {
      return [event];
    }
    this.#open.delete(id);
    this.#remember(id);
    const event_id = event['event_id'];
    return [compact({ type: 'conversation.item.done', event_id, previous_item_id, item }), event];
  }

  #functionOf(event: JsonObject): JsonObject {
    const name = this.#functions.get(textAt(event, 'item_id') ?? '');
    return name === undefined ? {} : { name };
  }

  #remember(id: string): void {
    this.#done.add(id);
    const [oldest] = this.#done;
    if (this.#done.size > maxRemembered && oldest !== undefined) {
      this.#done.delete(oldest);
    }
  }
}

function withSession(event: JsonObject, type: string, kind: 'realtime' | 'transcription'): JsonObject {
  return { ...event, type, session: toGaSession(objectAt(event, 'session') ?? {}, kind) };
}

function withItem(event: JsonObject): JsonObject {
  return compact({ ...event, item: mapObject(event['item'], toGaItem) });
}

function withResponse(event: JsonObject): JsonObject {
  return compact({ ...event, response: mapObject(event['response'], toGaResponse) });
}

function toGaResponse(response: JsonObject): JsonObject {
  return compact({ ...toGaResponseSettings(response), output: eachObject(response['output'], toGaItem) });
}

function toGaError(error: JsonObject): JsonObject {
  const param = textAt(error, 'param');
  return param === undefined ? error : { ...error, param: toGaParam(param) };
}
