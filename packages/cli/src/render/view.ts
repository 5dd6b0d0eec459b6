import type { JsonObject, SessionNotice } from '@antiphon/core';
import type { TurnRecord } from '../run/turn-log.ts';

/** What the end of a run shows. */
export interface RunSummary {
  readonly type: 'summary';
  readonly session_id: string;
  readonly agent: string;
  readonly provider: string;
  /** The call, where the run has joined one. */
  readonly call_id?: string;
  readonly turns: readonly TurnRecord[];
  /** What tools noted for those who run the service, where they did. */
  readonly notes?: readonly string[];
  /** There where nobody agreed to being recorded though that was required: there is no conversation.wav. */
  readonly recorded?: false;
  /** The file of the recording, where it is another than conversation.wav. */
  readonly recording?: string;
  readonly usage: JsonObject;
  readonly status: 'completed' | 'failed' | 'interrupted';
  readonly error?: object;
}

/** Something that shows a run as it happens. */
export interface RunView {
  loading(what: string): void;
  started(session: { readonly id: string; readonly agentName: string; readonly providerName: string }): void;
  turnStarted(input: string): void;
  notice(notice: SessionNotice): void;
  turnDone(record: TurnRecord): void;
  warning(message: string): void;
  /** The last thing shown. `directory` holds the answers. */
  summary(summary: RunSummary, directory: string): void;
}
