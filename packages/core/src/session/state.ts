import type { ToolCallStatus } from '../ports/tool-host.ts';
import type { Complaint } from './close-verdict.ts';
import type { ConnectionChange, SessionLimitName, SessionOutcome } from './notices.ts';
import type { SessionSettings } from './settings.ts';
import { nothingSpent, type SpentState } from './spent.ts';

/** Whether the session runs, is winding down, or is over. */
export type LifecycleState =
  | { readonly kind: 'new' }
  | { readonly kind: 'running' }
  /** Ends when nothing is owed any more. `wrap_up`: a limit was reached, only last words are said. */
  | { readonly kind: 'draining'; readonly reason: string; readonly manner: 'in_order' | 'wrap_up' }
  | { readonly kind: 'closed'; readonly outcome: SessionOutcome };

/** The connection in use. `epoch` counts connections: what comes from an older one changes nothing. */
export type ConnectionState =
  | { readonly kind: 'offline'; readonly epoch: number }
  | {
      readonly kind: 'ready';
      readonly epoch: number;
      readonly providerSessionId: string;
      /** What comes before the first item of this connection: an item it was not given, or null for nothing. */
      readonly base: string | null;
      /** Events that came over it so far: a watch sees by it whether it is alive. */
      readonly heard: number;
      /** Answers that were given up and may still come. */
      readonly lateAnswers: number;
    };

/** The connection being made: the first one, or one that takes the place of the one in use. */
export type SuccessorState =
  | { readonly kind: 'none' }
  /** The `backoff` timer runs before the next dial. */
  | { readonly kind: 'waiting'; readonly why: SuccessionCause }
  /** Dialled; waiting for the connection and for `session.created`. */
  | { readonly kind: 'opening'; readonly epoch: number; readonly why: SuccessionCause }
  /** `session.update` is out; nothing else is sent before it is answered. */
  | {
      readonly kind: 'configuring';
      readonly epoch: number;
      readonly why: SuccessionCause;
      readonly providerSessionId: string;
    }
  /** Agreed to; takes over at the next quiet moment. */
  | {
      readonly kind: 'standby';
      readonly epoch: number;
      readonly why: SuccessionCause;
      readonly providerSessionId: string;
    };

/** Why a connection is made. */
export type SuccessionCause = 'start' | ConnectionChange;

/** What is known of dialling across connections. */
export interface DialState {
  /** Index of the provider in the settings' list. */
  readonly provider: number;
  /** Dials of this provider since it was last sound. */
  readonly attempts: number;
  readonly lastEpoch: number;
  /** Whether the provider refused a connection for good while another one stood. */
  readonly standing: 'open' | 'refused';
  /** Connections given up in a row because no response came over them. */
  readonly stalls: number;
  /** The last error of a server that explains the close which follows: a fatal one, or any before it has introduced itself. */
  readonly complaint: (Complaint & { readonly epoch: number }) | undefined;
}

/** The user's turn, as far as it is not yet an item of the conversation. */
export type UserTurnState =
  | { readonly kind: 'silent' }
  /** What was said is in no conversation: it is given to the next connection again. */
  | {
      readonly kind: 'heard_again';
      /** Whether the time in which it has to come runs. */
      readonly deadline: 'none' | 'running';
      readonly cut: CutSpeech | undefined;
    }
  | {
      readonly kind: 'speaking';
      readonly itemId: string;
      /** `heard` of the connection when the speech began. */
      readonly heard: number;
      /** What was said before it and is to be committed: a commit of ours that was sent and not answered, or is due. */
      readonly holds: 'nothing' | 'sent' | 'due';
      readonly cut: CutSpeech | undefined;
    }
  /** Speech is over or a commit was sent; the item is not confirmed yet. */
  | {
      readonly kind: 'committing';
      /** Whose commit ends it: the server's, ours that was sent, or ours that is due when audio can flow. */
      readonly commit: 'server' | 'sent' | 'due';
      /** `heard` of the connection when the wait for the item began. */
      readonly heard: number;
      readonly cut: CutSpeech | undefined;
    };

/** A turn of the user that the conversation holds and that has perhaps not been understood. */
export interface KeptTurn {
  readonly itemId: string;
  readonly understood: 'yes' | 'not_yet';
}

/** What the user's voice cut: said on when it turns out that there were no words. */
export interface CutSpeech {
  readonly itemId: string;
  readonly heard: string;
  readonly unheard: string;
  /** Whether the model had written all of it. */
  readonly written: 'whole' | 'in_part';
}

/** Something the agent owes: an answer to what the conversation holds, or a text to be said as it is. */
export type ResponseRequest =
  | {
      readonly kind: 'answer';
      readonly when: 'now' | 'idle';
      readonly attempt: number;
      /** What was heard of the answer that this one continues. */
      readonly continues?: string;
      /** What the user said was lost: the agent asks for it again. */
      readonly asksAgain?: true;
    }
  | { readonly kind: 'say'; readonly text: string; readonly attempt: number; readonly protected?: boolean };

/** The one response that may be under way, and who asked for it. */
export type ResponseState =
  | { readonly kind: 'none' }
  /** The server owes a response after the turn it committed. */
  | { readonly kind: 'awaited'; readonly fate: ResponseFate }
  /** Our `response.create` is out. */
  | {
      readonly kind: 'requested';
      readonly request: ResponseRequest;
      readonly fate: ResponseFate;
      /** Whether the server owes one of its own besides, for a turn committed meanwhile. */
      readonly followedBy: 'nothing' | 'server_answer';
    }
  /** A failed response will be asked for again when the `response.retry` timer fires. */
  | { readonly kind: 'retrying'; readonly request: ResponseRequest }
  | ActiveResponse;

/** Whether a response is still wanted when it comes: `cut` ones are cancelled on arrival. */
export type ResponseFate = 'wanted' | 'cut';

/** A response between its first and its last event. */
export interface ActiveResponse {
  /** `cancelling`: cut by the user; what still arrives of it is dropped. */
  readonly kind: 'active' | 'cancelling';
  readonly responseId: string;
  /** What it answers, when we asked for it. */
  readonly request: ResponseRequest | undefined;
  /** `told`: the response itself says that it answers `request`. */
  readonly proof: 'told' | 'assumed';
  /** The agent whose tools it may call, whatever comes after. */
  readonly agent: string;
  readonly output: 'none' | 'started';
  /** Its messages, in the order they were seen. */
  readonly items: readonly string[];
  /** Calls of it that were one too many. */
  readonly refusedCalls: number;
  /** Events of it so far: the `stall` timer sees by it whether it is alive. */
  readonly events: number;
  /** `events` when the `stall` timer was started. */
  readonly eventsSeen: number;
  /** Whether the server owes another response after this one, for a turn committed meanwhile. */
  readonly followedBy: 'nothing' | 'server_answer';
}

/** One content part on its way to the user's ear. Its play order is the order of `PlayoutState.parts`. */
export interface PlayoutPart {
  readonly itemId: string;
  readonly contentIndex: number;
  readonly responseId: string;
  /** `own`: the process spoke it itself; no server knows of it. */
  readonly origin: 'server' | 'own';
  /** The connection it came over. */
  readonly epoch: number;
  readonly speech: 'interruptible' | 'protected';
  readonly receivedBytes: number;
  readonly playedMs: number;
  readonly reception: 'receiving' | 'complete';
}

/** Sound that was received and not wholly played. */
export interface PlayoutState {
  /** `flushing`: the sink was told to drop what it holds and has not answered. */
  readonly kind: 'playing' | 'flushing';
  readonly parts: readonly PlayoutPart[];
}

/** One function call, from its first event to its output. */
export interface ToolCall {
  readonly callId: string;
  readonly itemId: string;
  readonly name: string;
  readonly responseId: string;
  readonly agent: string;
  readonly phase: ToolCallPhase;
}

/** Where a call stands. */
export type ToolCallPhase =
  /** Its item is not complete yet. */
  | { readonly kind: 'announced'; readonly argumentsJson: string | undefined }
  /** Complete; runs when the sound before it was played. */
  | { readonly kind: 'waiting'; readonly argumentsJson: string }
  | {
      readonly kind: 'running';
      readonly argumentsJson: string;
      /** The time is over in which its result is news. */
      readonly overdue?: true;
      /** The user has taken another turn meanwhile. */
      readonly passed?: true;
    }
  /** Its one output was sent. `stale`: too late to be told as news. */
  | { readonly kind: 'settled'; readonly status: ToolCallStatus; readonly stale?: true };

/** The calls of the responses whose follow-up is still owed. */
export interface ToolCallsState {
  /** By call id, in the order they were announced. */
  readonly calls: ReadonlyMap<string, ToolCall>;
  /** Calls that were answered when they started, and whose tools go on. By call id; their phase is `running`. */
  readonly background: ReadonlyMap<string, ToolCall>;
  /** Responses with calls that are over: their batch is due when every call is settled. */
  readonly doneResponses: readonly string[];
  /** Call ids whose output was sent, newest last: a repeat of them is not run again. */
  readonly answered: readonly string[];
  /** Outputs, by their item, that the server of a call has not got: it is given them when the call is joined again. */
  readonly undelivered: readonly string[];
}

/** What was heard of an agent's item. */
export interface HeardRecord {
  readonly text: string;
  readonly unheard: string;
  /** By content index, the share of its sound that was heard, 0 to 1; undefined for a part that is still to be heard. */
  readonly shares: readonly (number | undefined)[];
}

/** One entry of the conversation, as we know it. */
export type HistoryItem =
  | {
      readonly kind: 'message';
      readonly id: string;
      readonly role: 'user' | 'agent' | 'system';
      /** What was said or written, of all its parts; undefined while it is not known yet. */
      readonly text: string | undefined;
      /** The texts of its content parts, by content index. */
      readonly parts: readonly string[];
      /** Of an agent's item: what the user heard and did not hear; undefined until playout of a part ends. */
      readonly heard: HeardRecord | undefined;
    }
  | {
      readonly kind: 'function_call';
      readonly id: string;
      readonly callId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  | {
      readonly kind: 'function_call_output';
      readonly id: string;
      readonly callId: string;
      readonly output: string;
    };

/** A stretch of the conversation. Changing an item copies its page alone, so that long conversations cost no more. */
export interface ConversationPage {
  readonly order: readonly string[];
  readonly items: ReadonlyMap<string, HistoryItem>;
}

/** Our own record of the conversation, ordered by `previous_item_id`; what the provider truncates stays here. */
export interface ConversationState {
  readonly pages: readonly ConversationPage[];
  /** Items on all pages. */
  readonly size: number;
  /** Characters of their texts. */
  readonly textLength: number;
  /** Texts of the content parts of items being written, by item id and content index. */
  readonly writing: ReadonlyMap<string, readonly string[]>;
  /** Items that left memory because of the limit. */
  readonly forgotten: number;
  /** The last of them: what the server still says of them brings none of them back. */
  readonly forgottenIds: readonly string[];
}

/** A client event the server has not answered yet, by event id. */
export interface PendingEvent {
  readonly epoch: number;
  readonly type: string;
  /** The item it is about. */
  readonly itemId: string | undefined;
  /** Whether it brings what the agent is to answer. */
  readonly wants: 'answer' | 'nothing';
}

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
  readonly variables: Readonly<Record<string, string>>;
  readonly userTurn: UserTurnState;
  /** Whether the user's audio is kept back while protected speech is heard. */
  readonly input: 'flowing' | 'held';
  /** The item that the process itself is about to speak. */
  readonly announcement: string | undefined;
  /** Turns of the user whose sound is kept in case the connection is lost, from the oldest that is not understood yet. */
  readonly keptTurns: readonly KeptTurn[];
  /** Turns that left the record because they are heard again, until they come. */
  readonly replaying: readonly string[];
  /** Items of the user's last turns: what the server says of them again is no other turn. */
  readonly confirmedTurns: readonly string[];
  readonly response: ResponseState;
  /** Requests the arbiter has not granted yet, oldest first. */
  readonly owed: readonly ResponseRequest[];
  /** Ids of responses that are over or were cut, newest last: what still arrives of them is dropped. */
  readonly finishedResponses: readonly string[];
  readonly playout: PlayoutState;
  readonly tools: ToolCallsState;
  readonly conversation: ConversationState;
  readonly pending: ReadonlyMap<string, PendingEvent>;
  /** Texts of the user that wait for the connection. */
  readonly unsentTexts: readonly string[];
  readonly usage: UsageState;
  readonly silence: SilenceState;
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
    variables: settings.variables,
    userTurn: { kind: 'silent' },
    input: 'flowing',
    announcement: undefined,
    keptTurns: [],
    replaying: [],
    confirmedTurns: [],
    response: { kind: 'none' },
    owed: [],
    finishedResponses: [],
    playout: { kind: 'playing', parts: [] },
    tools: { calls: new Map(), background: new Map(), doneResponses: [], answered: [], undelivered: [] },
    conversation: { pages: [], size: 0, textLength: 0, writing: new Map(), forgotten: 0, forgottenIds: [] },
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
    nextId: 1,
    random: settings.seed,
    counters: { unknownEvents: 0, invalidMessages: 0, unknownErrors: 0, lateAudio: 0, unsettledEvents: 0 },
  };
}
