import type { JsonValue } from '../json.ts';

/** One line of a session log: a small JSON object with a `type`. */
export type SessionLogRecord = { readonly type: string } & { readonly [key: string]: JsonValue | undefined };

/** An append-only log of one session. Records are kept in order; a failure to write never reaches the session. */
export interface SessionLog {
  append(record: SessionLogRecord): void;
  /** Everything appended is on disk when it settles. Idempotent. */
  close(): Promise<void>;
}
