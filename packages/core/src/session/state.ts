import type { ToolCallStatus } from '../ports/tool-host.ts';
import type { SessionOutcome } from './notices.ts';
import type { SessionSettings } from './settings.ts';

/** Whether the session runs, is winding down, or is over. */
export type LifecycleState =
  | { readonly kind: 'new' }
  | { readonly kind: 'running' }
  | { readonly kind: 'draining'; readonly reason: string }
  | { readonly kind: 'closed'; readonly outcome: SessionOutcome };

/** The connection to the model. `epoch` counts connections: what answers an older one changes nothing. */
export type ConnectionState =
  | { readonly kind: 'offline'; readonly epoch: number }
  /** Dialled; waiting for the connection and for `session.created`. */
  | { readonly kind: 'opening'; readonly epoch: number }
  /** `session.update` is out; nothing else is sent before it is answered. */
  | { readonly kind: 'configuring'; readonly epoch: number; readonly providerSessionId: string }
  | { readonly kind: 'ready'; readonly epoch: number; readonly providerSessionId: string };

/** The user's turn, as far as it is not yet an item of the conversation. */
export type UserTurnState =
  | { readonly kind: 'silent' }
  | { readonly kind: 'speaking'; readonly itemId: string }
  /** Speech is over or a commit was sent; the item is not confirmed yet. */
  | { readonly kind: 'committing' };

/** Something the agent owes: an answer to what the conversation holds, or a text to be said as it is. */
export type ResponseRequest =
  | { readonly kind: 'answer'; readonly when: 'now' | 'idle'; readonly attempt: number }
  | { readonly kind: 'say'; readonly text: string; readonly attempt: number };

/** The one response that may be under way, and who asked for it. */
export type ResponseState =
  | { readonly kind: 'none' }
  /** The server owes a response after the turn it committed. */
  | { readonly kind: 'awaited' }
  /** Our `response.create` is out. */
  | { readonly kind: 'requested'; readonly request: ResponseRequest }
  /** A failed response will be asked for again when the `response.retry` timer fires. */
  | { readonly kind: 'retrying'; readonly request: ResponseRequest }
  | ActiveResponse;

/** A response between its first and its last event. */
export interface ActiveResponse {
  /** `cancelling`: cut by the user; what still arrives of it is dropped. */
  readonly kind: 'active' | 'cancelling';
  readonly responseId: string;
  /** What it answers, when we asked for it. */
  readonly request: ResponseRequest | undefined;
  readonly output: 'none' | 'started';
  /** Whether the server owes another response after this one, for a turn committed meanwhile. */
  readonly followedBy: 'nothing' | 'server_answer';
}

/** One content part on its way to the user's ear. Its play order is the order of `PlayoutState.parts`. */
export interface PlayoutPart {
  readonly itemId: string;
  readonly contentIndex: number;
  readonly responseId: string;
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
  readonly phase: ToolCallPhase;
}

/** Where a call stands. */
export type ToolCallPhase =
  /** Its item is not complete yet. */
  | { readonly kind: 'announced'; readonly argumentsJson: string | undefined }
  /** Complete; runs when the sound before it was played. */
  | { readonly kind: 'waiting'; readonly argumentsJson: string }
  | { readonly kind: 'running' }
  /** Its one output was sent. */
  | { readonly kind: 'settled'; readonly status: ToolCallStatus };

/** The calls of the responses whose follow-up is still owed. */
export interface ToolCallsState {
  /** By call id, in the order they were announced. */
  readonly calls: ReadonlyMap<string, ToolCall>;
  /** Responses with calls that are over: their batch is due when every call is settled. */
  readonly doneResponses: readonly string[];
  /** Call ids whose output was sent, newest last: a repeat of them is not run again. */
  readonly answered: readonly string[];
}

/** One entry of the conversation, as we know it. */
export type HistoryItem =
  | {
      readonly kind: 'message';
      readonly id: string;
      readonly role: 'user' | 'agent' | 'system';
      /** What was said or written; undefined while it is not known yet. */
      readonly text: string | undefined;
      /** Of an agent's item: what the user heard and did not hear; undefined until playout ends. */
      readonly heard: { readonly text: string; readonly unheard: string } | undefined;
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

/** Our own record of the conversation, ordered by `previous_item_id`; what the provider truncates stays here. */
export interface ConversationState {
  readonly order: readonly string[];
  readonly items: ReadonlyMap<string, HistoryItem>;
  /** Text of items being written, by item id. */
  readonly writing: ReadonlyMap<string, string>;
  /** Items that left memory because of the limit. */
  readonly forgotten: number;
}

/** A client event the server has not answered yet, by event id. */
export interface PendingEvent {
  readonly type: string;
  /** The item it is about. */
  readonly itemId: string | undefined;
}

/** What was dropped or ignored, counted. */
export interface SessionCounters {
  readonly unknownEvents: number;
  readonly invalidMessages: number;
  readonly unknownErrors: number;
  readonly lateAudio: number;
  readonly unsettledEvents: number;
}

/** The whole state of a session: a product of regions. */
export interface SessionState {
  readonly settings: SessionSettings;
  readonly lifecycle: LifecycleState;
  readonly connection: ConnectionState;
  readonly userTurn: UserTurnState;
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
  /** The last fatal error of the server: it explains the close that follows. */
  readonly fatalError: string | undefined;
  /** Source of our event and item ids. */
  readonly nextId: number;
  readonly counters: SessionCounters;
}

/** The state before `session.start`. */
export function initialState(settings: SessionSettings): SessionState {
  return {
    settings,
    lifecycle: { kind: 'new' },
    connection: { kind: 'offline', epoch: 0 },
    userTurn: { kind: 'silent' },
    response: { kind: 'none' },
    owed: [],
    finishedResponses: [],
    playout: { kind: 'playing', parts: [] },
    tools: { calls: new Map(), doneResponses: [], answered: [] },
    conversation: { order: [], items: new Map(), writing: new Map(), forgotten: 0 },
    pending: new Map(),
    unsentTexts: [],
    fatalError: undefined,
    nextId: 1,
    counters: { unknownEvents: 0, invalidMessages: 0, unknownErrors: 0, lateAudio: 0, unsettledEvents: 0 },
  };
}
