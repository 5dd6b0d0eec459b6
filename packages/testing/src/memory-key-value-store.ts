import type { JsonValue, KeyValueStore } from '@antiphon/core';

/** Keeps values in this process, as copies. */
export class MemoryKeyValueStore implements KeyValueStore {
  readonly #values = new Map<string, string>();

  get size(): number {
    return this.#values.size;
  }

  async get(key: string): Promise<JsonValue | undefined> {
    const text = this.#values.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
  }

  async set(key: string, value: JsonValue): Promise<void> {
    this.#values.set(key, JSON.stringify(value));
  }

  async delete(key: string): Promise<void> {
    this.#values.delete(key);
  }
}
