import type { SessionUpdate } from '../protocol/session-config.ts';

/** What the session must know of a tool to time its calls; the host knows the rest. */
export interface ToolPolicy {
  readonly name: string;
  readonly onInterrupt: 'keep' | 'cancel';
  readonly start: 'now' | 'after_playback';
  readonly reply: 'now' | 'when_idle' | 'never';
}

/** How long the session waits for what it is owed, in milliseconds. */
export interface SessionTimeouts {
  /** From opening the connection until `session.updated`. */
  readonly connectMs: number;
  /** For a turn to be committed; for a response that was asked for, or that the server owes after a turn, to be created. */
  readonly responseMs: number;
  /** For the item of a call whose arguments are complete to be declared done (servers that never do are common). */
  readonly callItemMs: number;
  /** For running work to end when the session is closed with `drain`. */
  readonly drainMs: number;
}

/** Everything a session is told once, at its start. Plain data, so that a log can replay it. */
export interface SessionSettings {
  readonly sessionId: string;
  readonly agentName: string;
  /** The session object sent to the model. */
  readonly session: SessionUpdate;
  /**
   * Who ends the user's turn and asks for the answer: `server_answers` = the server does both, `server_commits` = the
   * server finds the end and we ask, `manual` = we do both.
   */
  readonly turnTaking: 'server_answers' | 'server_commits' | 'manual';
  /** Whether speech of the user cuts the agent's. */
  readonly interruptible: boolean;
  /** Milliseconds of one byte of audio in the output format. */
  readonly outputBytesPerMs: number;
  readonly tools: readonly ToolPolicy[];
  /** Said first, before the user speaks. */
  readonly greeting: string | undefined;
  /** How often a failed response is tried again. */
  readonly responseRetries: number;
  /** How many items of the conversation are kept in memory. */
  readonly historyItems: number;
  readonly timeouts: SessionTimeouts;
}

/** The defaults of {@link SessionTimeouts}. */
export const defaultTimeouts: SessionTimeouts = {
  connectMs: 15_000,
  responseMs: 20_000,
  callItemMs: 1_000,
  drainMs: 30_000,
};
