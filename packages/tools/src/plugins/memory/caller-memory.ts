import type { JsonValue, KeyValueStore } from '@antiphon/core';

/** One thing that a caller asked to be remembered. */
export interface Memory {
  readonly text: string;
  /** When, in ISO 8601. */
  readonly at: string;
}

/** What a {@link CallerMemory} is made with. */
export interface CallerMemoryOptions {
  readonly store: KeyValueStore;
  /** Memories of one caller; the oldest is forgotten first. */
  readonly maxEntries: number;
  readonly now: () => Date;
}

/** The memories of each caller. Those of one are changed one after the other. */
export class CallerMemory {
  readonly #options: CallerMemoryOptions;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: CallerMemoryOptions) {
    this.#options = options;
  }

  /** All of a caller, newest first. */
  async all(key: string): Promise<readonly Memory[]> {
    return readMemories(await this.#options.store.get(key));
  }

  /** What is said again is the newest then. */
  add(key: string, text: string): Promise<void> {
    const { maxEntries, now } = this.#options;
    return this.#change(key, (memories) => {
      const others = memories.filter((memory) => plain(memory.text) !== plain(text));
      return [{ text, at: now().toISOString() }, ...others].slice(0, maxEntries);
    });
  }

  /** Forgets what is about `words`; everything without them. @returns what was forgotten */
  async forget(key: string, words: string | undefined): Promise<readonly Memory[]> {
    let gone: readonly Memory[] = [];
    await this.#change(key, (memories) => {
      gone = words === undefined ? memories : memories.filter(({ text }) => isAbout(text, words));
      return memories.filter((memory) => !gone.includes(memory));
    });
    return gone;
  }

  async #change(key: string, change: (memories: readonly Memory[]) => readonly Memory[]): Promise<void> {
    const { store } = this.#options;
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(async () => {
      const changed = change(readMemories(await store.get(key)));
      await (changed.length === 0 ? store.delete(key) : store.set(key, changed as unknown as JsonValue));
    });
    const settled = turn.catch(() => undefined);
    this.#turns.set(key, settled);
    try {
      await turn;
    } finally {
      if (this.#turns.get(key) === settled) this.#turns.delete(key);
    }
  }
}

/** Whether a text has all the words that say something. */
export function isAbout(text: string, words: string): boolean {
  const has = new Set(tellingWords(text));
  const wanted = tellingWords(words);
  return wanted.length > 0 && wanted.every((word) => has.has(word));
}

const filling = new Set(
  'a an the my your me you i that this it is are was about of to in on for and what do does did have has'.split(
    ' ',
  ),
);

function tellingWords(text: string): readonly string[] {
  return plain(text)
    .split(' ')
    .filter((word) => word !== '' && !filling.has(word))
    .map((word) => word.replace(/s$/, ''));
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKC')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function readMemories(value: JsonValue | undefined): readonly Memory[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly JsonValue[]).flatMap((entry) => {
    const { text, at } = (entry ?? {}) as { text?: unknown; at?: unknown };
    return typeof text === 'string' && typeof at === 'string' ? [{ text, at }] : [];
  });
}
