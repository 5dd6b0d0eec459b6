import type { JsonObject } from '@antiphon/core';
import { list, text } from './json-members.ts';

/**
 * What was said over the earlier connections of a recording: a client that comes back gives the new connection what the
 * old one knew, each in its own way, and that is not what the user says next.
 */
export class KnownItems {
  readonly #ids = new Set<string>();
  readonly #calls = new Set<string>();
  readonly #texts = new Set<string>();

  /** Takes note of an item, as it was told by either side. */
  note(item: JsonObject): void {
    add(this.#ids, item['id']);
    if (item['call_id'] !== undefined) add(this.#calls, callOf(item));
    add(this.#texts, textOf(item));
  }

  noteText(said: string): void {
    add(this.#texts, said);
  }

  /** Whether an item that a client creates gives again what was said before. */
  has(item: JsonObject): boolean {
    return this.#ids.has(text(item['id'])) || this.#calls.has(callOf(item)) || this.#texts.has(textOf(item));
  }
}

function add(to: Set<string>, value: unknown): void {
  if (typeof value === 'string' && value !== '') to.add(value);
}

function callOf(item: JsonObject): string {
  return `${text(item['type'])} ${text(item['call_id'])}`;
}

function textOf(item: JsonObject): string {
  return list(item, 'content')
    .map(({ text: said, transcript }) => text(said) || text(transcript))
    .join('');
}
