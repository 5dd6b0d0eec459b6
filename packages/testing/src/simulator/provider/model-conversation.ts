/** One item of the conversation as the provider holds it. */
export interface ModelItem {
  readonly id: string;
  readonly kind: 'user' | 'agent' | 'system' | 'call' | 'output';
  /** What it says, in tokens that occur nowhere else; the output of a call. */
  text: string;
  /** Of a call that is no longer written. */
  argumentsJson?: string;
  /** Turns of the user whose sound it holds. */
  readonly utterances: readonly number[];
  /** How much of each of them. */
  readonly heardMs: ReadonlyMap<number, number>;
  readonly callId: string | undefined;
  readonly responseId: string | undefined;
  /** Sound of an agent's message by content part: how much was made, and how much of it the model keeps. */
  readonly parts: { madeMs: number; keptMs: number }[];
  status: 'in_progress' | 'completed' | 'incomplete';
}

/** What the provider holds of the conversation: ordered, as its rules for inserting say. */
export class ModelConversation {
  readonly #items: ModelItem[] = [];
  readonly #callIds = new Set<string>();

  get items(): readonly ModelItem[] {
    return this.#items;
  }

  find(id: string): ModelItem | undefined {
    return this.#items.find((item) => item.id === id);
  }

  knowsCall(callId: string): boolean {
    return this.#callIds.has(callId);
  }

  /** Adds at the end, after another, or first; returns the item before it, or false when there is no such place. */
  add(item: ModelItem, previousItemId?: string | null): string | null | false {
    const at = this.#placeAfter(previousItemId);
    if (at < 0) return false;
    this.#items.splice(at, 0, item);
    if (item.kind === 'call' && item.callId !== undefined) this.#callIds.add(item.callId);
    return this.#items[at - 1]?.id ?? null;
  }

  remove(id: string): boolean {
    const at = this.#items.findIndex((item) => item.id === id);
    if (at >= 0) this.#items.splice(at, 1);
    return at >= 0;
  }

  #placeAfter(previousItemId: string | null | undefined): number {
    if (previousItemId === undefined || previousItemId === null) return this.#items.length;
    if (previousItemId === 'root') return 0;
    const at = this.#items.findIndex((item) => item.id === previousItemId);
    return at < 0 ? -1 : at + 1;
  }
}

/** An item with nothing in it yet. */
export function modelItem(
  id: string,
  kind: ModelItem['kind'],
  given: Partial<Pick<ModelItem, 'text' | 'heardMs' | 'callId' | 'responseId' | 'status'>> = {},
): ModelItem {
  return {
    id,
    kind,
    text: given.text ?? '',
    utterances: [...(given.heardMs?.keys() ?? [])],
    heardMs: given.heardMs ?? new Map(),
    callId: given.callId,
    responseId: given.responseId,
    parts: [],
    status: given.status ?? 'completed',
  };
}
