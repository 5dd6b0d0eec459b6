import {
  AntiphonError,
  type ConfigSecret,
  type Logger,
  replayJournal,
  type SessionLogRecord,
} from '@antiphon/core';
import { rememberedCalls } from './remembered-calls.ts';
import { restoredSettings } from './restored-settings.ts';
import type { FormerProcess } from './session-parts.ts';

/** What the log of a session says it was when its process ended. */
export interface FormerSession extends FormerProcess {
  /** How many steps of it the log has. */
  readonly steps: number;
}

/**
 * A session whose process is gone, as its log tells of it.
 *
 * @throws AntiphonError `session.not_resumable` when it was never started, was closed in order, or cannot be read
 */
export function formerSession(
  id: string,
  records: readonly SessionLogRecord[],
  { secrets, logger }: { readonly secrets: readonly ConfigSecret[]; readonly logger: Logger },
): FormerSession {
  const replayed = replayJournal(records, { tolerate: true });
  if (!replayed.ok) throw new AntiphonError('session.not_resumable', { id, reason: replayed.reason });
  const { state, steps, difference } = replayed;
  const { kind } = state.lifecycle;
  if (kind === 'closed' || kind === 'new') {
    const reason = kind === 'new' ? 'it was never started' : 'it was closed in order';
    throw new AntiphonError('session.not_resumable', { id, reason });
  }
  if (difference !== undefined) {
    logger.warn('the log of the session was written by another version', { seq: difference.seq });
  }
  const settings = restoredSettings(replayed.settings, secrets);
  return { state: { ...state, settings }, calls: rememberedCalls(records), steps };
}
