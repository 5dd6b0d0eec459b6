import type { ClientEvent, JsonObject, JsonValue } from '@antiphon/core';
import { asJson, member, text } from './json-members.ts';

/** Puts the values that are the client's to choose (ids, texts, outputs, metadata) in the place of the recorded one's. */
export class ValueRewriter {
  /** By recorded value: identifiers, which are unique enough to be replaced wherever they stand. */
  readonly #ids = new Map<string, string>();
  /** By recorded item id: members of the item as this client created it. */
  readonly #items = new Map<string, JsonObject>();
  /** By response id. */
  readonly #metadata = new Map<string, JsonValue>();

  /** Takes note of what this client sent to get `answer`; returns members that only the answer repeats. */
  learn(answer: JsonObject, actual: ClientEvent | undefined): JsonObject {
    const error = member(answer, 'error');
    if (error !== undefined) {
      return { error: { ...error, event_id: actual?.event_id ?? null } };
    }
    switch (actual?.type) {
      case 'conversation.item.create':
        this.#learnItem(member(answer, 'item'), asJson(actual.item));
        return {};
      case 'response.create':
        this.#metadata.set(idOf(member(answer, 'response')), actual.response?.metadata ?? null);
        return {};
      case 'conversation.item.truncate': {
        const { item_id, content_index, audio_end_ms } = actual;
        return { item_id, content_index, audio_end_ms };
      }
      case 'conversation.item.delete':
        return { item_id: actual.item_id };
      default:
        return {};
    }
  }

  rewrite(raw: JsonObject): JsonObject {
    const item = member(raw, 'item');
    const response = member(raw, 'response');
    const own = item && this.#items.get(idOf(item));
    const metadata = response && this.#metadata.get(idOf(response));
    return this.#replaceIds({
      ...raw,
      ...(own && { item: { ...item, ...own } }),
      ...(metadata !== undefined && { response: { ...response, metadata } }),
    }) as JsonObject;
  }

  #learnItem(recorded: JsonObject | undefined, created: JsonObject): void {
    const id = recorded?.['id'];
    if (typeof id !== 'string') {
      return;
    }
    this.#learnId(id, created['id']);
    // Sound is not repeated by a server; texts, calls and outputs are.
    const { id: _id, content, ...members } = created;
    const isText =
      Array.isArray(content) && content.every((part) => !JSON.stringify(part).includes('"input_audio"'));
    this.#items.set(id, isText ? { ...members, content: inWordsOf(recorded, content) } : members);
    this.#learnId(
      recorded?.['call_id'],
      created['type'] === 'function_call' ? created['call_id'] : undefined,
    );
  }

  #learnId(recorded: JsonValue | undefined, actual: JsonValue | undefined): void {
    if (typeof recorded === 'string' && typeof actual === 'string' && recorded !== actual) {
      this.#ids.set(recorded, actual);
    }
  }

  #replaceIds(value: JsonValue): JsonValue {
    if (typeof value === 'string') {
      return this.#ids.get(value) ?? value;
    }
    if (Array.isArray(value)) {
      return value.map((element: JsonValue) => this.#replaceIds(element));
    }
    return typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#replaceIds(inner)]))
      : value;
  }
}

/** The dialects call the words of the agent differently: those of the recorded server are kept. */
function inWordsOf(recorded: JsonObject | undefined, content: readonly JsonValue[]): JsonValue {
  const types = Array.isArray(recorded?.['content'])
    ? (recorded['content'] as readonly JsonValue[]).map((part) => text((part as JsonObject | null)?.['type']))
    : [];
  return content.map((part, at) => {
    const type = types[at];
    return type === undefined || type === '' ? part : { ...(part as JsonObject), type };
  });
}

function idOf(owner: JsonObject | undefined): string {
  return text(owner?.['id']);
}
