import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AntiphonError, type SessionLog, type SessionLogRecord, type SessionStore } from '@antiphon/core';
import { type JsonlLogOptions, openJsonlSessionLog } from './jsonl-session-log.ts';

/** Session ids that are safe as the name of a file. */
const soundId = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Keeps the logs of sessions as files of JSON lines in a folder, one a session.
 *
 * @param directory made when it is first written to.
 */
export function jsonlSessionStore(directory: string, options: JsonlLogOptions): SessionStore {
  const pathOf = (sessionId: string): string => {
    if (!soundId.test(sessionId)) throw new AntiphonError('session.unknown', { id: sessionId });
    return join(directory, `${sessionId}.jsonl`);
  };
  return {
    open: (sessionId): SessionLog => openJsonlSessionLog(pathOf(sessionId), { ...options, mode: 'append' }),
    read: (sessionId) => readSessionLog(pathOf(sessionId)),
  };
}

/** The whole records of a log; undefined when there is no such file. A line cut short by a crash is left out. */
export async function readSessionLog(path: string): Promise<readonly SessionLogRecord[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return text.split('\n').flatMap((line) => recordOf(line) ?? []);
}

function recordOf(line: string): SessionLogRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    const isRecord = typeof record === 'object' && record !== null && 'type' in record;
    return isRecord ? (record as SessionLogRecord) : undefined;
  } catch {
    return undefined;
  }
}
