import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonValue, KeyValueStore } from '@antiphon/core';

/**
 * Keeps each value in a file of its own in `folder`, readable by its owner alone. The name of a file tells nothing of the
 * key. A file is replaced as a whole; one that is damaged counts as none.
 */
export function fileKeyValueStore(folder: string): KeyValueStore {
  const fileOf = (key: string): string =>
    join(folder, `${createHash('sha256').update(key).digest('hex').slice(0, 40)}.json`);
  return {
    async get(key) {
      const text = await readFile(fileOf(key), 'utf8').catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      return text === undefined ? undefined : parse(text);
    },
    async set(key, value) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = fileOf(key);
      const draft = `${file}.${randomUUID()}.new`;
      try {
        await writeFile(draft, JSON.stringify(value), { mode: 0o600, flush: true });
        await rename(draft, file);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
    async delete(key) {
      await rm(fileOf(key), { force: true });
    },
  };
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
