import type { IdSource } from '@antiphon/core';

/** Identifiers that count up, per prefix: `item_1`, `item_2`, `call_1`. */
export class SequentialIds implements IdSource {
  readonly #counts = new Map<string, number>();

  nextId(prefix: string): string {
    const count = (this.#counts.get(prefix) ?? 0) + 1;
    this.#counts.set(prefix, count);
    return `${prefix}_${count}`;
  }
}
