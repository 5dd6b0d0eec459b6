import type { ConsentQuestion } from '../../consent/consent-question.ts';
import type { JsonObject } from '../../json.ts';
import type { ToolCallStatus } from '../../ports/tool-host.ts';
import type { PendingEvent } from './connection.ts';

/** One function call, from its first event to its output. */
export interface ToolCall {
  readonly callId: string;
  readonly itemId: string;
  readonly name: string;
  readonly responseId: string;
  readonly agent: string;
  readonly phase: ToolCallPhase;
  /** The provider makes the call itself; absent where this side does. */
  readonly hosted?: HostedCall;
}

/** A call that the provider makes itself, by its item. */
export interface HostedCall {
  /** The label of the server. */
  readonly server: string;
  /** What our record calls it. */
  readonly recordId: string;
  /** The provider asks whether it may make it; the call itself is another item. */
  readonly isRequest?: true;
  /** It was counted when the provider asked for it. */
  readonly isCounted?: true;
  /** It is over, and its result is still to be told. */
  readonly ended?: ToolCallStatus;
  /** The model has said something since, or is about to. */
  readonly isTold?: true;
}

/** Where a call stands. */
export type ToolCallPhase =
  /** Its item is not complete yet. */
  | { readonly kind: 'announced'; readonly argumentsJson: string | undefined }
  /** Complete; runs when the sound before it was played. */
  | { readonly kind: 'waiting'; readonly argumentsJson: string; readonly approved?: true }
  /** Somebody has to agree to it before it runs, with these arguments and no others. */
  | { readonly kind: 'unconfirmed'; readonly argumentsJson: string; readonly awaits: AwaitedConsent }
  | {
      readonly kind: 'running';
      readonly argumentsJson: string;
      readonly approved?: true;
      /** The time is over in which its result is news. */
      readonly overdue?: true;
      /** The user has taken another turn meanwhile. */
      readonly passed?: true;
    }
  /** Its one output was sent. `stale`: too late to be told as news. */
  | { readonly kind: 'settled'; readonly status: ToolCallStatus; readonly stale?: true };

/** What a call that wants to be agreed to waits for. */
export type AwaitedConsent =
  /** Its arguments are being checked. */
  | { readonly kind: 'check' }
  /** The application was asked. */
  | { readonly kind: 'app'; readonly approvalId: string; readonly arguments: JsonObject }
  /** The user is asked, one call at a time: the region `consent` says for which. */
  | {
      readonly kind: 'user';
      readonly approvalId: string;
      readonly arguments: JsonObject;
      readonly question: ConsentQuestion;
    };

/** An item of ours that the server of a call is to be given again. */
export interface UndeliveredItem {
  readonly itemId: string;
  readonly wants: PendingEvent['wants'];
  readonly verdict?: PendingEvent['verdict'];
}

/** The provider learns the tools of a server: its item, and the label of that. */
export interface ToolListing {
  readonly itemId: string;
  readonly server: string;
}

/** The calls of the responses whose follow-up is still owed. */
export interface ToolCallsState {
  /** By call id, in the order they were announced. */
  readonly calls: ReadonlyMap<string, ToolCall>;
  /** Calls that were answered when they started, and whose tools go on. By call id; their phase is `running`. */
  readonly background: ReadonlyMap<string, ToolCall>;
  /** Names of the tools whose calls the application is to answer, by call id. */
  readonly clientCalls: ReadonlyMap<string, string>;
  /** Responses with calls that are over: their batch is due when every call is settled. */
  readonly doneResponses: readonly string[];
  /** Call ids whose output was sent, newest last: a repeat of them is not run again. */
  readonly answered: readonly string[];
  /** What the server of a call has not got, or has not said it has: it is given that when the call is joined again. */
  readonly undelivered: readonly UndeliveredItem[];
  /** Servers whose tools the provider is learning, oldest first. */
  readonly listings: readonly ToolListing[];
  /** The response of a call that was under way when its connection was lost: it goes on with the tools of this agent. */
  readonly left?: {
    readonly responseId: string;
    readonly agent: string;
    /** Whether it is waited for: one that was being spoken is spoken to its end. */
    readonly isAwaited: boolean;
  };
}
