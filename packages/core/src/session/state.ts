import type { SessionLimitName, SessionOutcome } from './notices.ts';
import type { ConnectionState, DialState, PendingEvent, SuccessorState } from './regions/connection.ts';
import type { ConsentState } from './regions/consent.ts';
import type { ConversationState, HistoryItem } from './regions/conversation.ts';
import type { PlayoutState } from './regions/playout.ts';
import type { RecordingState } from './regions/recording.ts';
import type { ResponseRequest, ResponseState } from './regions/response.ts';
import type { ToolCallsState } from './regions/tool-calls.ts';
import type { KeptTurn, UserTurnState } from './regions/user-turn.ts';
import type { SessionSettings } from './settings.ts';
import { nothingSpent, type SpentState } from './spent.ts';

/** Whether the session runs, is winding down, or is over. */
export type LifecycleState =
  | { readonly kind: 'new' }
  | { readonly kind: 'running' }
  /** Ends when nothing is owed any more. `wrap_up`: a limit was reached, only last words are said. */
  | { readonly kind: 'draining'; readonly reason: string; readonly manner: 'in_order' | 'wrap_up' }
  | { readonly kind: 'closed'; readonly outcome: SessionOutcome };

/** What was dropped or ignored, counted. */
export interface SessionCounters {
  readonly unknownEvents: number;
  readonly invalidMessages: number;
  readonly unknownErrors: number;
  readonly lateAudio: number;
  readonly unsettledEvents: number;
}

/** What the session has used of its limits. */
export interface UsageState {
  readonly tokens: number;
  /** The same by kind, and what it cost. */
  readonly spent: SpentState;
  readonly toolCalls: number;
  readonly toolCallsThisTurn: number;
  readonly responsesWithoutUser: number;
  /** Limits that were announced as near. */
  readonly warned: readonly SessionLimitName[];
}

/** Silence, as far as it is acted on: timers run as long as `watching` says. */
export interface SilenceState {
  readonly watching: 'nothing' | 'idle' | 'dead_air';
  /** How often the agent has asked whether anybody is there. */
  readonly idlePrompts: number;
}

/** The whole state of a session: a product of regions. */
export interface SessionState {
  readonly settings: SessionSettings;
  readonly lifecycle: LifecycleState;
  readonly connection: ConnectionState;
  readonly successor: SuccessorState;
  readonly dial: DialState;
  /** The agent in charge. */
  readonly agent: string;
  /** The agent that the server has the settings of: the one before, until it has taken those of the one in charge. */
  readonly served: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly userTurn: UserTurnState;
  /** Whether the user's audio is kept back while protected speech is heard. */
  readonly input: 'flowing' | 'held';
  /** The item that the process itself is about to speak. */
  readonly announcement: string | undefined;
  /** Turns of the user whose sound is kept in case the connection is lost, from the oldest that is not understood yet. */
  readonly keptTurns: readonly KeptTurn[];
  /** Turns that left the record because they are heard again, until they come. */
  readonly replaying: readonly HistoryItem[];
  /** Items of the user's last turns: what the server says of them again is no other turn. */
  readonly confirmedTurns: readonly string[];
  /** Commits of ours that were answered before the server told of their turns. */
  readonly answeredCommits: readonly string[];
  readonly response: ResponseState;
  /** Requests the arbiter has not granted yet, oldest first. */
  readonly owed: readonly ResponseRequest[];
  /** Ids of responses that are over or were cut, newest last: what still arrives of them is dropped. */
  readonly finishedResponses: readonly string[];
  readonly playout: PlayoutState;
  readonly tools: ToolCallsState;
  readonly consent: ConsentState;
  readonly conversation: ConversationState;
  readonly pending: ReadonlyMap<string, PendingEvent>;
  /** Texts of the user that wait for the connection. */
  readonly unsentTexts: readonly string[];
  readonly usage: UsageState;
  readonly silence: SilenceState;
  readonly recording: RecordingState;
  /** Source of our event and item ids. */
  readonly nextId: number;
  /** State of the random numbers. */
  readonly random: number;
  readonly counters: SessionCounters;
}

/** The state before `session.start`. */
export function initialState(settings: SessionSettings): SessionState {
  return {
    settings,
    lifecycle: { kind: 'new' },
    connection: { kind: 'offline', epoch: 0 },
    successor: { kind: 'none' },
    dial: { provider: 0, standing: 'open', attempts: 0, lastEpoch: 0, stalls: 0, complaint: undefined },
    agent: settings.agentName,
    served: settings.agentName,
    variables: settings.variables,
    userTurn: { kind: 'silent' },
    input: 'flowing',
    announcement: undefined,
    keptTurns: [],
    replaying: [],
    confirmedTurns: [],
    answeredCommits: [],
    response: { kind: 'none' },
    owed: [],
    finishedResponses: [],
    playout: { kind: 'playing', parts: [] },
    tools: {
      calls: new Map(),
      background: new Map(),
      clientCalls: new Map(),
      doneResponses: [],
      answered: [],
      undelivered: [],
      listings: [],
    },
    consent: { kind: 'none' },
    conversation: {
      pages: [],
      size: 0,
      textLength: 0,
      writing: new Map(),
      forgotten: 0,
      forgottenIds: [],
      names: new Map(),
      places: new Map(),
      awaited: new Map(),
    },
    pending: new Map(),
    unsentTexts: [],
    usage: {
      tokens: 0,
      spent: nothingSpent,
      toolCalls: 0,
      toolCallsThisTurn: 0,
      responsesWithoutUser: 0,
      warned: [],
    },
    silence: { watching: 'nothing', idlePrompts: 0 },
    recording: { phase: 'running', allowedBy: undefined },
    nextId: 1,
    random: settings.seed,
    counters: { unknownEvents: 0, invalidMessages: 0, unknownErrors: 0, lateAudio: 0, unsettledEvents: 0 },
  };
}
