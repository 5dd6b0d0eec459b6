import type { SessionLog, SessionLogRecord } from './session-log.ts';

/** Keeps the logs of sessions by id, so that one whose process is gone can be taken up again. */
export interface SessionStore {
  /** The log of a new session, or of one that goes on: what is appended follows what is there. */
  open(sessionId: string): SessionLog;
  /** The whole records of a session, in order; undefined when there is none. A record cut short at the end is left out. */
  read(sessionId: string): Promise<readonly SessionLogRecord[] | undefined>;
}
