import type { JsonObject, JsonValue } from '@antiphon/core';
import { connectionsOf } from './connections.ts';
import { findCues } from './cues.ts';
import { list, member, text } from './json-members.ts';
import type { RecordingStep } from './recording.ts';

/** An item of a recorded conversation. */
export type RecordedItem =
  | {
      readonly kind: 'message';
      readonly id: string;
      readonly role: 'user' | 'agent' | 'system';
      /** Empty when nobody wrote it down. */
      readonly text: string;
    }
  | {
      readonly kind: 'function_call';
      readonly id: string;
      readonly callId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  | {
      readonly kind: 'function_call_output';
      readonly id: string;
      readonly callId: string;
      readonly output: string;
    };

/** How a recorded response ended. */
export interface RecordedResponse {
  readonly id: string;
  readonly status: string;
  /** As the server stated it; empty when it did not. */
  readonly usage: JsonObject;
}

/** What a recording says was said, computed from its events alone. */
export interface RecordedConversation {
  /** In the order of the conversation. */
  readonly items: readonly RecordedItem[];
  /** The responses that ended, in their order. */
  readonly responses: readonly RecordedResponse[];
  /** The sound of the agent by item id: all deltas, one after the other. */
  readonly audio: ReadonlyMap<string, Uint8Array>;
  /** Items of responses that were cut: a client may have dropped some of their sound. */
  readonly cutItemIds: ReadonlySet<string>;
}

/** What is known of an item so far. */
interface Draft {
  readonly id: string;
  item: JsonObject;
  /** Whole texts by content index, and pieces of them. */
  readonly texts: Map<number, string>;
  readonly pieces: Map<number, string>;
}

/** Reads a recorded session as a conversation, over all its connections. */
export function recordedConversation(steps: readonly RecordingStep[]): RecordedConversation {
  const reading = new Reading();
  const unanswered = new Set(
    connectionsOf(steps).flatMap(({ steps: own, firstEntry }) =>
      findCues(own).flatMap(({ sentAt, answerAt }) => (answerAt === own.length ? [firstEntry + sentAt] : [])),
    ),
  );
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'received') reading.take(step.raw);
    else if (step.kind === 'close') reading.reconnect();
    else reading.noteSent(step.raw, unanswered.has(index) ? `sent_${index}` : undefined);
  }
  return reading.result();
}

class Reading {
  readonly #drafts = new Map<string, Draft>();
  #order: string[] = [];
  readonly #responses: RecordedResponse[] = [];
  readonly #audio = new Map<string, Buffer[]>();
  readonly #cut = new Set<string>();
  readonly #itemsOf = new Map<string, Set<string>>();
  /** Between a reconnection and the first word of the client the server may tell again what it kept. */
  #phase: 'first' | 'again' | 'on' = 'first';
  readonly #restored = new Map<string, string>();
  readonly #deleted = new Set<string>();

  reconnect(): void {
    this.#phase = 'again';
  }

  /** @param ownId for an item that the server takes without a word. */
  noteSent(event: JsonObject, ownId: string | undefined): void {
    if (this.#phase === 'first') this.#phase = 'on';
    const item = member(event, 'item');
    if (item !== undefined && ownId !== undefined) this.#place({ id: ownId, ...item }, undefined);
  }

  take(event: JsonObject): void {
    const type = text(event['type']);
    const itemId = text(event['item_id']);
    switch (type) {
      case 'conversation.item.added':
      case 'conversation.item.created':
        return this.#place(member(event, 'item') ?? {}, event['previous_item_id']);
      case 'conversation.item.done':
      case 'response.output_item.added':
      case 'response.output_item.done':
        this.#belongs(text(event['response_id']), member(event, 'item'));
        return this.#update(member(event, 'item') ?? {});
      case 'conversation.item.deleted':
        this.#order = this.#order.filter((id) => id !== itemId);
        this.#deleted.add(itemId);
        return;
      case 'conversation.item.input_audio_transcription.completed':
        return this.#write(itemId, 0, text(event['transcript']));
      case 'input_audio_buffer.committed':
        return this.#place({ id: itemId, type: 'message', role: 'user' }, event['previous_item_id']);
      case 'response.created':
        this.#phase = 'on';
        return;
      case 'response.done':
        return this.#end(event);
    }
    const [, kind, moment] =
      /^response\.(?:output_)?(text|audio_transcript|audio)\.(delta|done)$/.exec(type) ?? [];
    if (kind === undefined) return;
    this.#belongs(text(event['response_id']), { id: itemId });
    const at = typeof event['content_index'] === 'number' ? event['content_index'] : 0;
    if (kind === 'audio') {
      if (moment === 'delta') this.#sound(itemId, text(event['delta']));
    } else if (moment === 'delta') this.#piece(itemId, at, text(event['delta']));
    else this.#write(itemId, at, text(event['text']) || text(event['transcript']));
  }

  result(): RecordedConversation {
    return {
      items: this.#order.flatMap((id) => toItem(this.#drafts.get(id))),
      responses: this.#responses,
      audio: new Map([...this.#audio].map(([id, pieces]) => [id, new Uint8Array(Buffer.concat(pieces))])),
      cutItemIds: this.#cut,
    };
  }

  #place(item: JsonObject, previous: JsonValue | undefined): void {
    const id = text(item['id']);
    if (this.#restore(item)) return;
    if (this.#order.includes(id)) return this.#update(item);
    const before = this.#restored.get(text(previous)) ?? text(previous);
    const at = this.#order.indexOf(before);
    if (previous === null && this.#phase === 'first') this.#order.unshift(id);
    else if (at >= 0) this.#order.splice(at + 1, 0, id);
    else this.#order.push(id);
    this.#draft(id).item = item;
  }

  /** Whether this is an item of an earlier connection, under a name of its own. */
  #restore(item: JsonObject): boolean {
    if (this.#phase !== 'again' || text(item['status']) === 'in_progress') return false;
    const told = toItem({ id: '', item, texts: new Map(), pieces: new Map() })[0];
    const known = this.#order.find(
      (id) => told !== undefined && isSame(told, toItem(this.#drafts.get(id))[0]),
    );
    if (known === undefined) return false;
    this.#restored.set(text(item['id']), known);
    return true;
  }

  #update(item: JsonObject): void {
    const id = text(item['id']);
    if (id === '' || this.#restored.has(id)) return;
    if (!this.#order.includes(id) && !this.#deleted.has(id)) this.#order.push(id);
    const draft = this.#draft(id);
    const { content, ...members } = item;
    draft.item = {
      ...draft.item,
      ...members,
      ...(list(item, 'content').length > 0 && { content }),
    } as JsonObject;
  }

  #end(event: JsonObject): void {
    const response = member(event, 'response');
    const id = text(response?.['id']);
    const status = text(response?.['status']);
    for (const item of list(response, 'output')) {
      this.#belongs(id, item);
      // Of a response that was cut or failed only what was told before stands.
      const stands = status === 'completed' || status === 'incomplete';
      if (stands || this.#order.includes(text(item['id']))) this.#update(item);
    }
    if (status !== 'completed') for (const itemId of this.#itemsOf.get(id) ?? []) this.#cut.add(itemId);
    const stated = member(response, 'usage') ?? {};
    const usage = Object.keys(stated).length > 0 ? stated : (member(event, 'usage') ?? {});
    this.#responses.push({ id, status, usage });
  }

  #belongs(responseId: string, item: JsonObject | undefined): void {
    const id = text(item?.['id']);
    if (responseId === '' || id === '') return;
    this.#itemsOf.set(responseId, (this.#itemsOf.get(responseId) ?? new Set()).add(id));
  }

  #write(itemId: string, at: number, said: string): void {
    this.#draft(itemId).texts.set(at, said);
  }

  #piece(itemId: string, at: number, said: string): void {
    const { pieces } = this.#draft(itemId);
    pieces.set(at, (pieces.get(at) ?? '') + said);
  }

  #sound(itemId: string, delta: string): void {
    this.#audio.set(itemId, [...(this.#audio.get(itemId) ?? []), Buffer.from(delta, 'base64')]);
  }

  #draft(id: string): Draft {
    const draft = this.#drafts.get(id) ?? { id, item: {}, texts: new Map(), pieces: new Map() };
    this.#drafts.set(id, draft);
    return draft;
  }
}

function toItem(draft: Draft | undefined): readonly RecordedItem[] {
  if (draft === undefined) return [];
  const { id, item } = draft;
  switch (item['type']) {
    case 'message': {
      const role = item['role'] === 'assistant' ? 'agent' : text(item['role']);
      return [{ kind: 'message', id, role: role as 'user' | 'agent' | 'system', text: textOf(draft) }];
    }
    case 'function_call':
      // One that was cut calls nothing.
      if (item['status'] === 'incomplete') return [];
      return [
        {
          kind: 'function_call',
          id,
          callId: text(item['call_id']),
          name: text(item['name']),
          argumentsJson: text(item['arguments']),
        },
      ];
    case 'function_call_output':
      return [
        { kind: 'function_call_output', id, callId: text(item['call_id']), output: text(item['output']) },
      ];
    default:
      return [];
  }
}

function textOf({ item, texts, pieces }: Draft): string {
  const stated = list(item, 'content').map(({ text: said, transcript }) => text(said) || text(transcript));
  const length = Math.max(stated.length, ...[...texts.keys(), ...pieces.keys()].map((at) => at + 1), 0);
  return Array.from({ length }, (_, at) => texts.get(at) || stated[at] || pieces.get(at) || '')
    .filter((part) => part !== '')
    .join(' ');
}

function isSame(a: RecordedItem, b: RecordedItem | undefined): boolean {
  if (b === undefined) return false;
  if (a.kind === 'message') return b.kind === 'message' && a.role === b.role && a.text === b.text;
  return a.kind === b.kind && a.callId === b.callId;
}
