import type { ClientEvent, ClientEventOf, JsonObject } from '@antiphon/core';
import { type Refusal, refusals } from './model-errors.ts';
import { type ModelItems, type NewModelItem, type Place, toWire } from './model-items.ts';

/** What the edits of a conversation need of its connection. */
export interface ItemEditsHost {
  readonly nextId: (prefix: string) => string;
  readonly emit: (event: JsonObject) => void;
  readonly refuse: (error: Refusal, event: ClientEvent) => void;
}

/** What a client may do to the items of a conversation. */
export class ItemEdits {
  readonly #items: ModelItems;
  readonly #host: ItemEditsHost;
  /** Outputs that wait for the end of a response, as the hosted service lets them. */
  readonly #waiting: ClientEventOf<'conversation.item.create'>[] = [];

  constructor(items: ModelItems, host: ItemEditsHost) {
    this.#items = items;
    this.#host = host;
  }

  create(event: ClientEventOf<'conversation.item.create'>, isResponding: boolean): void {
    const { item, previous_item_id: place } = event;
    if (item.id !== undefined && this.#items.find(item.id) !== undefined) {
      return this.#host.refuse(refusals.itemExists(item.id), event);
    }
    if (!this.#items.hasPlace(place)) {
      return this.#host.refuse(refusals.noPlace(place ?? ''), event);
    }
    if (item.type !== 'function_call_output') {
      this.put(this.#asMade(item), place);
      return;
    }
    if (this.#items.callOf(item.call_id) === undefined) {
      return this.#host.refuse(refusals.noCall(item.call_id), event);
    }
    if (isResponding) {
      this.#waiting.push(event);
    } else {
      this.put(this.#asMade(item), place);
    }
  }

  #asMade(item: ClientEventOf<'conversation.item.create'>['item']): NewModelItem {
    const made = {
      id: item.id ?? this.#host.nextId('item'),
      type: item.type,
      madeBy: 'client',
    } as const;
    switch (item.type) {
      case 'message': {
        const part = item.content[0];
        const text = item.content.map((each) => ('text' in each ? each.text : '')).join('');
        const kind = item.role === 'assistant' ? 'output_text' : 'input_text';
        return { ...made, role: item.role, text, part: part?.type === 'input_audio' ? 'input_audio' : kind };
      }
      case 'function_call': {
        const callId = item.call_id ?? this.#host.nextId('call');
        return { ...made, name: item.name, arguments: item.arguments, callId };
      }
      case 'function_call_output': {
        const name = this.#items.callOf(item.call_id)?.name ?? '';
        return { ...made, callId: item.call_id, output: item.output, name };
      }
      case 'mcp_approval_response':
        return { ...made, wire: { approval_request_id: item.approval_request_id, approve: item.approve } };
    }
  }

  /** Adds an item that is complete, and tells so. */
  put(made: NewModelItem, place?: Place): void {
    const item = this.#items.add(made, place);
    const told = { previous_item_id: this.#items.before(item.id), item: toWire(item) };
    this.#host.emit({ type: 'conversation.item.added', ...told });
    this.#host.emit({ type: 'conversation.item.done', ...told });
  }

  retrieve(event: ClientEventOf<'conversation.item.retrieve'>): void {
    const item = this.#items.find(event.item_id);
    return item === undefined
      ? this.#host.refuse(refusals.notFound('retriev', event.item_id), event)
      : this.#host.emit({ type: 'conversation.item.retrieved', item: toWire(item) });
  }

  truncate(event: ClientEventOf<'conversation.item.truncate'>): void {
    const { item_id, content_index, audio_end_ms } = event;
    const item = this.#items.find(item_id);
    if (item === undefined) {
      return this.#host.refuse(refusals.notFound('truncat', item_id), event);
    }
    if (item.part !== 'output_audio' || content_index !== 0) {
      return this.#host.refuse(refusals.notAudio(), event);
    }
    const audioMs = Math.floor(item.keptMs ?? item.audioMs);
    if (audio_end_ms > audioMs) {
      this.#host.refuse(refusals.tooLong(audioMs, audio_end_ms), event);
    }
    const keptMs = Math.min(audio_end_ms, audioMs);
    this.#items.change(item_id, { keptMs });
    this.#host.emit({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms: keptMs });
  }

  remove(event: ClientEventOf<'conversation.item.delete'>): void {
    const { item_id } = event;
    if (this.#items.find(item_id) === undefined) {
      return this.#host.refuse(refusals.notFound('delet', item_id), event);
    }
    this.#items.remove(item_id);
    this.#host.emit({ type: 'conversation.item.deleted', item_id });
  }

  /** Adds the outputs that waited. */
  releaseOutputs(): void {
    for (const { item, previous_item_id: place } of this.#waiting.splice(0)) {
      this.put(this.#asMade(item), place);
    }
  }
}
