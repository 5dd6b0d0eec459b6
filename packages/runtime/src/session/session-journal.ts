import {
  type Inspection,
  type JsonValue,
  journalVersion,
  type SessionLog,
  type SessionSettings,
} from '@antiphon/core';

/** What the first line of a session log says. */
export interface JournalHeader {
  readonly sessionId: string;
  readonly agentName: string;
  readonly providerName: string;
  readonly startedAt: string;
  readonly settings: SessionSettings;
}

/** Where a log that goes on stands. */
export interface JournalPosition {
  readonly seq: number;
}

/**
 * Writes a session down: a header, then each event with the effects it had, before they are performed. From the
 * settings and the events the transition gives the same effects again. Audio is written as its length only.
 *
 * @param after where a log that goes on stands; such a log has its header already.
 * @returns a listener for `SessionRunner.inspect`.
 */
export function journal(
  log: SessionLog,
  header: JournalHeader,
  after?: JournalPosition,
): (inspection: Inspection) => void {
  const { sessionId, agentName, providerName, startedAt, settings } = header;
  log.append(
    after === undefined
      ? {
          type: 'session',
          version: journalVersion,
          session_id: sessionId,
          agent: agentName,
          provider: providerName,
          started_at: startedAt,
          settings: plain(settings),
        }
      : { type: 'resumed', resumed_at: startedAt },
  );
  let seq = after?.seq ?? 0;
  let startMs: number | undefined;
  return ({ atMs, event, effects }) => {
    startMs ??= atMs;
    seq += 1;
    log.append({
      type: 'step',
      seq,
      at_ms: Math.round((atMs - startMs) * 1000) / 1000,
      event: plain(event),
      effects: plain(effects),
    });
  };
}

/** Events, effects and settings are plain data by design. */
function plain(value: unknown): JsonValue {
  return value as JsonValue;
}
