import type { HistoryItem, SessionOutcome, SessionUsage } from '@antiphon/core';

/** A session as the hooks of a plugin are told of it. */
export interface PluginSession {
  readonly id: string;
  /** The agent that begins, or began, the conversation. */
  readonly agent: string;
  /** What the application gave of whoever is on the line. */
  readonly caller: Readonly<Record<string, string>>;
  /** Aborted when the hook is not waited for any more. */
  readonly signal: AbortSignal;
}

/** A session that is about to begin: nothing is connected yet. */
export interface StartingSession extends PluginSession {
  /** Whether it is taken up from the log of another process. */
  readonly resumed: boolean;
}

/** What a session is given before it begins; what the application gave itself comes first. */
export interface SessionFacts {
  /** Values for the `{{name}}` slots of the instructions. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Values of whoever is on the line, for tools; the model is not told of them. */
  readonly caller?: Readonly<Record<string, string>>;
}

/** A session that is over. */
export interface EndedSession extends PluginSession {
  readonly outcome: SessionOutcome;
  /** What was said, one line each: `user: …`, `agent: …` (of the agent, what was heard). */
  readonly transcript: string;
  /** The conversation with its calls, as far as it was kept in memory. */
  readonly history: readonly HistoryItem[];
  readonly usage: SessionUsage;
  /** How long it lasted, from its start. */
  readonly seconds: number;
}

/** What a plugin does for each session. */
export interface SessionHooks {
  readonly plugin: string;
  readonly starts: readonly ((session: StartingSession) => StartAnswer | Promise<StartAnswer>)[];
  readonly ends: readonly ((session: EndedSession) => void | Promise<void>)[];
}

export type StartAnswer = SessionFacts | undefined | void;

/** A check of a plugin: resolves when all is well, with a word about it perhaps; what it throws is what is wrong. */
export type HealthCheck = (
  signal: AbortSignal,
) => string | undefined | void | Promise<string | undefined | void>;

/** How a plugin is. */
export interface PluginHealth {
  readonly plugin: string;
  /** `unchecked`: it has no check. */
  readonly status: 'healthy' | 'unhealthy' | 'unchecked';
  /** What the check said, or what is wrong. */
  readonly detail?: string;
  readonly elapsedMs: number;
}
