import type { JsonValue } from '../json.ts';

/** Keeps small JSON values by key, from one process to the next. A value that was set is there for every later `get`. */
export interface KeyValueStore {
  get(key: string): Promise<JsonValue | undefined>;
  /** Resolves when the value is safe: a crash leaves the old value or the new one, never a part. */
  set(key: string, value: JsonValue): Promise<void>;
  /** Deleting what is not there does nothing. */
  delete(key: string): Promise<void>;
}
