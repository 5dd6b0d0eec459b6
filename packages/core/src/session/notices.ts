import type { JsonObject, JsonValue } from '../json.ts';
import type { ToolOutcome } from '../ports/tool-host.ts';
import type { Usage } from '../protocol/response.ts';
import type { RefusalCode } from './error-triage.ts';
import type { TokenCounts } from './token-counts.ts';

/** What an agent is doing, derived from its running activities. */
export type AgentActivity = 'listening' | 'thinking' | 'speaking' | 'working';

/** How a session ended. */
export type SessionOutcome =
  | { readonly status: 'completed'; readonly reason: string }
  | { readonly status: 'failed'; readonly error: SessionFailure };

/** Why a session failed. */
export interface SessionFailure {
  readonly code: RefusalCode | 'provider.session_refused' | 'provider.lost';
  /** What the provider or the network said. */
  readonly reason: string;
  /** The provider that said it, where the session has several. */
  readonly provider?: string;
}

/** Why the conversation moved to another connection. */
export type ConnectionChange = 'lost' | 'rollover' | 'reseat' | 'handoff' | 'stalled' | 'resume';

/** The limits of a session, by what they count. */
export type SessionLimitName = 'session_minutes' | 'tool_calls' | 'tokens' | 'usd' | 'responses_without_user';

/** What a session took of its models so far. */
export interface SessionUsage {
  /** Tokens of all responses. */
  readonly responses: TokenCounts;
  /** Tokens of writing down what the user said, where the server tells them. */
  readonly transcription: TokenCounts;
  /** Seconds of sound written down, where the server tells those instead. */
  readonly transcriptionSeconds: number;
  /** Seconds of connection, of providers that bill minutes. */
  readonly connectedSeconds: number;
  /** US dollars, exact to a billionth for each response; undefined as long as nothing with a known price was used. */
  readonly usd: number | undefined;
  /** Tokens for which no price is known: they are not in `usd`. */
  readonly unpricedTokens: number;
}

/** How the question whether a call may run ended. */
export type ApprovalEnding = 'approved' | 'rejected' | 'expired' | 'cancelled';

/** A call of a tool that the application answers. */
export interface ClientToolCall {
  readonly callId: string;
  readonly name: string;
  /** As the model wrote them; they fit the parameters. Frozen. */
  readonly arguments: JsonObject;
  readonly agent: string;
  /** Milliseconds for which the answer is waited for. */
  readonly timeoutMs: number;
}

/** What observers of a session are told: one closed union. */
export type SessionNotice =
  | { readonly type: 'connected'; readonly providerSessionId: string; readonly model: string | undefined }
  /** The server has agreed to the settings: the conversation begins. */
  | { readonly type: 'ready' }
  /** The connection is gone and another is being made; the conversation is kept. */
  | { readonly type: 'connection_lost'; readonly reason: string }
  /** The conversation goes on over another connection, which was given all of it. */
  | {
      readonly type: 'connection_changed';
      readonly why: ConnectionChange;
      readonly provider: string;
      readonly providerSessionId: string;
      /** Items of the conversation that were given to the new connection. */
      readonly items: number;
    }
  /** The next provider of the list is tried. */
  | { readonly type: 'provider_changed'; readonly provider: string; readonly reason: string }
  | { readonly type: 'agent_changed'; readonly agent: string; readonly from: string }
  /** Something is owed and the user has heard nothing for a while. */
  | { readonly type: 'dead_air'; readonly activity: AgentActivity }
  /** Nobody has spoken for a while; `time` counts from 1. */
  | { readonly type: 'idle'; readonly time: number }
  /** A sound that came to no turn cut the agent: what was left is said now. */
  | { readonly type: 'speech_resumed'; readonly itemId: string }
  | {
      readonly type: 'guard_tripped';
      readonly guard: 'input' | 'output';
      readonly name: string;
      readonly itemId: string;
    }
  /** Whoever records the session is to stop, to go on, or may begin: `by` is a tool, or whom the application named. */
  | {
      readonly type: 'recording';
      readonly change: 'paused' | 'resumed' | 'allowed';
      readonly by: string;
    }
  /** A limit is near or reached; a reached one ends the session politely. */
  | { readonly type: 'limit'; readonly limit: SessionLimitName; readonly reached: boolean }
  /** What the agent is doing has changed. */
  | { readonly type: 'activity'; readonly activity: AgentActivity }
  /** Nothing is owed any more: the last answer, its tools and its sound are complete. */
  | { readonly type: 'settled' }
  | { readonly type: 'speech_started'; readonly itemId: string; readonly audioStartMs: number }
  | { readonly type: 'speech_stopped'; readonly itemId: string; readonly audioEndMs: number }
  | { readonly type: 'user_turn'; readonly itemId: string }
  /** A key of the user's telephone: `0` to `9`, `*`, `#`, or `A` to `D`. */
  | { readonly type: 'key_pressed'; readonly key: string }
  /** Text of an item: `final` ones are a whole part of it, and most have one; others are the new piece. */
  | {
      readonly type: 'transcript';
      readonly role: 'user' | 'agent';
      readonly itemId: string;
      readonly text: string;
      readonly final: boolean;
    }
  | { readonly type: 'transcript_failed'; readonly itemId: string; readonly message: string }
  | { readonly type: 'response_started'; readonly responseId: string }
  /** The first output of a response: the model has decided. */
  | { readonly type: 'response_output'; readonly responseId: string; readonly itemId: string }
  | {
      readonly type: 'response_done';
      readonly responseId: string;
      readonly status: 'completed' | 'cancelled' | 'incomplete' | 'failed';
      readonly detail: string | undefined;
      readonly usage: Usage | undefined;
    }
  /** What a response took, writing down a turn of the user, or an agent that a tool asked; not told where the server does not say. */
  | {
      readonly type: 'usage';
      readonly of: 'response' | 'transcription' | 'tool';
      /** The response, the item of the turn, or the call. */
      readonly id: string;
      readonly tokens: TokenCounts;
      /** Seconds of sound, where those are billed. */
      readonly seconds: number | undefined;
      /** US dollars; undefined where no price is known. */
      readonly usd: number | undefined;
      /** Of the session so far, this included. */
      readonly total: SessionUsage;
    }
  /** The first sound of an item. */
  | { readonly type: 'audio_started'; readonly responseId: string; readonly itemId: string }
  /** All of an item that will be played was played; `heardMs < receivedMs` when it was cut. */
  | {
      readonly type: 'audio_done';
      readonly itemId: string;
      /** Milliseconds; undefined where the sound of a call is not told to have been cut. */
      readonly heardMs: number | undefined;
      /** Milliseconds; undefined where the sound does not come by here. */
      readonly receivedMs: number | undefined;
      readonly heardText: string;
      readonly unheardText: string;
    }
  | {
      readonly type: 'tool_started';
      readonly callId: string;
      readonly name: string;
      readonly argumentsJson: string;
      /** The label of the server, of a tool that the provider calls itself. */
      readonly server?: string;
    }
  | {
      readonly type: 'tool_settled';
      readonly callId: string;
      readonly name: string;
      readonly server?: string;
      readonly outcome: ToolOutcome;
      /** The call was answered when it started: this is what came of it. */
      readonly background?: true;
      /** It came too late to be told as news. */
      readonly stale?: true;
    }
  /** A call was answered as started; its tool goes on in the background. */
  | { readonly type: 'tool_background'; readonly callId: string; readonly name: string }
  /** How far a running tool is, in its own words. */
  | {
      readonly type: 'tool_progress';
      readonly callId: string;
      readonly name: string;
      readonly value: JsonValue;
    }
  /** A call of a tool that the application answers, by `session.answerCall`. */
  | ({ readonly type: 'client_tool_called' } & ClientToolCall)
  /** Nobody waits for that answer any more: the call was cancelled, its time is over, or the session ends. */
  | { readonly type: 'client_tool_cancelled'; readonly callId: string; readonly name: string }
  /** A tool has left a note for those who run the service. */
  | { readonly type: 'note'; readonly callId: string; readonly text: string }
  /**
   * An answer about a call is wanted now: of the application, which approves or rejects it, or of the user, who was asked.
   * Told again when the user is asked again.
   */
  | {
      readonly type: 'approval_requested';
      readonly approvalId: string;
      readonly by: 'app' | 'spoken';
      readonly callId: string;
      readonly tool: string;
      /** The label of the server, of a tool that the provider calls itself. */
      readonly server?: string;
      /** The arguments the call will run with, and no others; frozen. */
      readonly arguments: JsonObject;
      readonly agent: string;
      /** Milliseconds for which the answer is waited for; without one the call is not run. */
      readonly ttlMs: number;
      /** What the user was asked. */
      readonly question?: string;
    }
  /** `cancelled`: nobody waits for the answer any more. Only a call that was `approved` runs. */
  | {
      readonly type: 'approval_settled';
      readonly approvalId: string;
      readonly by: 'app' | 'spoken';
      readonly callId: string;
      readonly tool: string;
      readonly ending: ApprovalEnding;
      /** What the application or the user said, where they did not agree. */
      readonly reason?: string;
    }
  /** Something went wrong that did not end the session. */
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | { readonly type: 'closed'; readonly outcome: SessionOutcome };
