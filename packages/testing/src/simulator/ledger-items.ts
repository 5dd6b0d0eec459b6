import type { ServerEvent, SessionEvent } from '@antiphon/core';

/** An item of the conversation as the session can know it. */
export interface ItemView {
  readonly id: string;
  readonly epoch: number;
  kind: 'user' | 'agent' | 'system' | 'call' | 'output' | 'other';
  responseId: string | undefined;
  /** Agent: what the model wrote so far. User: what was understood, once it is known. */
  text: string | undefined;
  transcript: 'none' | 'known' | 'failed';
  readonly receivedMs: number[];
  /** Of an agent's item, by content part. */
  readonly texts: string[];
  /** How the item was cut, as the server was told. */
  cut: 'no' | 'truncated' | 'deleted';
}

/** The items of the conversation, as the session was told of them, and how it cut them. */
export class ItemLedger {
  readonly byId = new Map<string, ItemView>();

  /** Sound of an item came. */
  sound(event: Extract<SessionEvent, { readonly type: 'server.audio' }>, durationMs: number): void {
    const item = this.#item(event.epoch, event.itemId, 'agent');
    item.responseId ??= event.responseId;
    item.receivedMs[event.contentIndex] = (item.receivedMs[event.contentIndex] ?? 0) + durationMs;
  }

  /** The server was told that an item is cut. */
  cut(itemId: string, cut: 'truncated' | 'deleted'): void {
    const item = this.byId.get(itemId);
    if (item) item.cut = cut;
  }

  /** What the user said was committed. */
  turn(epoch: number, itemId: string): void {
    this.#item(epoch, itemId, 'user');
  }

  /** The server told of an item. */
  told(epoch: number, wire: { readonly type: string; readonly id: string; readonly role?: unknown }): void {
    const kinds: Readonly<Record<string, ItemView['kind']>> = {
      function_call: 'call',
      function_call_output: 'output',
    };
    const role = wire.role === 'assistant' ? 'agent' : wire.role === 'system' ? 'system' : 'user';
    this.#item(epoch, wire.id, wire.type === 'message' ? role : (kinds[wire.type] ?? 'other'));
  }

  /** The server told of what an item holds. */
  hear(epoch: number, event: ServerEvent): void {
    switch (event.type) {
      case 'conversation.item.input_audio_transcription.completed': {
        const item = this.#item(epoch, event.item_id, 'user');
        item.text = event.transcript;
        item.transcript = 'known';
        return;
      }
      case 'conversation.item.input_audio_transcription.failed':
        this.#item(epoch, event.item_id, 'user').transcript = 'failed';
        return;
      case 'response.output_item.added':
      case 'response.output_item.done':
        return this.told(epoch, event.item);
      case 'response.output_audio_transcript.delta':
      case 'response.output_text.delta':
        return this.#write(epoch, event, event.delta, 'more');
      case 'response.output_text.done':
        return this.#write(epoch, event, `${event.text} `, 'whole');
      case 'response.output_audio_transcript.done':
        return this.#write(epoch, event, `${event.transcript} `, 'whole');
      default:
        return;
    }
  }

  #write(
    epoch: number,
    at: { readonly item_id: string; readonly content_index: number },
    text: string,
    how: 'more' | 'whole',
  ): void {
    const item = this.#item(epoch, at.item_id, 'agent');
    const before = how === 'whole' ? '' : (item.texts[at.content_index] ?? '');
    item.texts[at.content_index] = `${before}${text}`;
    item.text = item.texts.join('');
  }

  #item(epoch: number, id: string, kind: ItemView['kind']): ItemView {
    const known = this.byId.get(id);
    if (known !== undefined) return known;
    const item: ItemView = {
      id,
      epoch,
      kind,
      responseId: undefined,
      text: undefined,
      transcript: 'none',
      receivedMs: [],
      texts: [],
      cut: 'no',
    };
    this.byId.set(id, item);
    return item;
  }
}
