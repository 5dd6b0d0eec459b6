import type { JsonObject, JsonValue } from '@antiphon/core';

/** An item of the conversation that the server holds. */
export interface ModelItem {
  readonly id: string;
  readonly type: string;
  /** Empty for calls and outputs. */
  readonly role: string;
  readonly status: 'in_progress' | 'completed' | 'incomplete';
  /** What was said or typed; as much of it as was sent. After a truncation the model knows none of it. */
  readonly text: string;
  /** Sound of the agent that was sent. */
  readonly audioMs: number;
  /** How much of it the client said was heard; undefined unless it was truncated. */
  readonly keptMs: number | undefined;
  /** Of a call and of its output; empty for others. */
  readonly callId: string;
  readonly name: string;
  /** A JSON text, of a call. */
  readonly arguments: string;
  readonly output: string;
  /** What an item of a server of tools has besides its id and type. */
  readonly wire?: JsonObject;
  /** Whether the client created it. */
  readonly madeBy: 'client' | 'server';
  /** How its content is told: the names of the parts of a message. */
  readonly part: 'input_text' | 'input_audio' | 'output_text' | 'output_audio';
}

/** What is known of an item from the start; the rest is empty. */
export type NewModelItem = Pick<ModelItem, 'id' | 'type' | 'madeBy'> & Partial<ModelItem>;

/** Where an item goes. */
export type Place = string | null | undefined;

/** The conversation as an ordered list. */
export class ModelItems {
  #items: readonly ModelItem[] = [];

  get all(): readonly ModelItem[] {
    return this.#items;
  }

  find(id: string): ModelItem | undefined {
    return this.#items.find((item) => item.id === id);
  }

  callOf(callId: string): ModelItem | undefined {
    return this.#items.find((item) => item.type === 'function_call' && item.callId === callId);
  }

  /** The item right before one; null for the first. */
  before(id: string): string | null {
    const index = this.#items.findIndex((item) => item.id === id);
    return this.#items[index - 1]?.id ?? null;
  }

  /** Whether `place` names an item, or the beginning or end. */
  hasPlace(place: Place): boolean {
    return (
      place === undefined ||
      place === null ||
      place === '' ||
      place === 'root' ||
      this.find(place) !== undefined
    );
  }

  add(made: NewModelItem, place?: Place): ModelItem {
    const item: ModelItem = {
      role: '',
      status: 'completed',
      text: '',
      audioMs: 0,
      keptMs: undefined,
      callId: '',
      name: '',
      arguments: '',
      output: '',
      part: 'input_text',
      ...made,
    };
    const index =
      place === 'root' ? 0 : place ? this.#items.findIndex(({ id }) => id === place) + 1 : this.#items.length;
    this.#items = this.#items.toSpliced(index, 0, item);
    return item;
  }

  change(id: string, members: Partial<ModelItem>): ModelItem | undefined {
    this.#items = this.#items.map((item) => (item.id === id ? { ...item, ...members } : item));
    return this.find(id);
  }

  remove(id: string): void {
    this.#items = this.#items.filter((item) => item.id !== id);
  }
}

/** An item as the server tells it. */
export function toWire(item: ModelItem): JsonObject {
  const identity = { id: item.id, type: item.type };
  if (item.wire !== undefined) return { ...identity, status: item.status, ...item.wire };
  switch (item.type) {
    case 'message':
      return { ...identity, status: item.status, role: item.role, content: contentOf(item) };
    case 'function_call':
      return {
        ...identity,
        status: item.status,
        name: item.name,
        call_id: item.callId,
        arguments: item.arguments,
      };
    default:
      return { ...identity, call_id: item.callId, output: item.output };
  }
}

function contentOf(item: ModelItem): JsonValue {
  const { part, text } = item;
  if (item.role === 'assistant' && item.status === 'in_progress') {
    return [];
  }
  switch (part) {
    case 'input_audio':
      return [{ type: part, transcript: null }];
    case 'output_audio':
      return [{ type: part, transcript: item.keptMs === undefined ? text : null }];
    case 'input_text':
    case 'output_text':
      return [{ type: part, text }];
  }
}
