import type { Inspection, JsonValue, SessionLog, SessionSettings } from '@antiphon/core';

/** What the first line of a session log says. */
export interface JournalHeader {
  readonly sessionId: string;
  readonly agentName: string;
  readonly providerName: string;
  readonly startedAt: string;
  readonly settings: SessionSettings;
}

/**
 * Writes a session down: a header, then each event with the effects it had. From the settings and the events the
 * transition gives the same effects again. Audio is written as its length only.
 *
 * @returns a listener for `SessionRunner.inspect`.
 */
export function journal(log: SessionLog, header: JournalHeader): (inspection: Inspection) => void {
  const { sessionId, agentName, providerName, startedAt, settings } = header;
  log.append({
    type: 'session',
    version: 1,
    session_id: sessionId,
    agent: agentName,
    provider: providerName,
    started_at: startedAt,
    settings: plain(settings),
  });
  let seq = 0;
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
