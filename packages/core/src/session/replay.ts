import type { JsonValue } from '../json.ts';
import type { SessionLogRecord } from '../ports/session-log.ts';
import type { SessionEvent } from './events.ts';
import type { SessionSettings } from './settings.ts';
import { initialState, type SessionState } from './state.ts';
import { transition } from './transition.ts';

/** The version of the log that is written and read. */
export const journalVersion = 2;

/** Where a recorded session and today's transition part. */
export interface ReplayDifference {
  readonly seq: number;
  readonly event: JsonValue;
  readonly recorded: JsonValue;
  readonly replayed: JsonValue;
}

/** What came of replaying a log. */
export type ReplayResult =
  | {
      readonly ok: true;
      readonly settings: SessionSettings;
      readonly state: SessionState;
      readonly steps: number;
      /** The first step whose effects are others today; undefined when all are the same. */
      readonly difference: ReplayDifference | undefined;
    }
  | { readonly ok: false; readonly reason: string };

/**
 * Rebuilds a session from the records of its log: from the settings and the events follow the state and the effects.
 * Stops at the first step whose effects are others than those recorded, unless `tolerate` says to go on.
 */
export function replayJournal(
  records: Iterable<SessionLogRecord>,
  options: { readonly tolerate?: boolean } = {},
): ReplayResult {
  let settings: SessionSettings | undefined;
  let state: SessionState | undefined;
  let difference: ReplayDifference | undefined;
  let steps = 0;
  for (const record of records) {
    if (record.type === 'session' && state === undefined) {
      if (record['version'] !== journalVersion) {
        return {
          ok: false,
          reason: `its version is ${JSON.stringify(record['version'])}, not ${journalVersion}`,
        };
      }
      settings = record['settings'] as unknown as SessionSettings;
      state = initialState(settings);
    }
    if (record.type !== 'step') continue;
    if (state === undefined)
      return { ok: false, reason: 'it does not begin with a record of type "session"' };
    const [next, effects] = transition(state, record['event'] as unknown as SessionEvent);
    state = next;
    steps += 1;
    difference ??= differenceOf(record, effects);
    if (difference !== undefined && options.tolerate !== true) break;
  }
  if (state === undefined || settings === undefined) return { ok: false, reason: 'it holds no session' };
  return { ok: true, settings, state, steps, difference };
}

function differenceOf(record: SessionLogRecord, effects: unknown): ReplayDifference | undefined {
  const recorded = record['effects'] ?? null;
  const replayed = JSON.parse(JSON.stringify(effects)) as JsonValue;
  if (JSON.stringify(recorded) === JSON.stringify(replayed)) return undefined;
  return { seq: Number(record['seq']), event: record['event'] ?? null, recorded, replayed };
}
