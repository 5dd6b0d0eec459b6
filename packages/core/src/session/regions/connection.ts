import type { ConversationItemInput } from '../../protocol/item-input.ts';
import type { ConversationItem } from '../../protocol/items.ts';
import type { Complaint } from '../close-verdict.ts';
import type { ConnectionChange } from '../notices.ts';
import type { ResponseRequest } from './response.ts';

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
      /** The last requests that a response was taken to answer: where one is refused, that was another response, and `request` is owed, if it is still wanted. */
      readonly doubtful: readonly DoubtfulRequest[];
      /** `told`: a response has said which text of ours it is, so all that its server begins say which they are, or that they are none. `taken`: the last that said that it is none was taken for this one. */
      readonly requests: 'untold' | 'told' | { readonly taken: Extract<ResponseRequest, { kind: 'say' }> };
      /** The last errors that came over it, by the ids of their events: one that is told twice is one. */
      readonly errors: readonly string[];
    };

/** A request by its event, and what was taken for its answer: it may have none yet. */
export interface DoubtfulRequest {
  readonly eventId: string;
  readonly request: ResponseRequest | undefined;
  readonly responseId: string;
  /** What was sent ahead of it to be answered and was not told when the response came. */
  readonly ahead: readonly string[];
  /** The messages of the response, once that is over. */
  readonly said: readonly string[];
}

/** The connection being made: the first one, or one that takes the place of the one in use. */
export type SuccessorState =
  | { readonly kind: 'none' }
  /** The `backoff` timer runs before the next dial. */
  | { readonly kind: 'waiting'; readonly why: SuccessionCause }
  /** Dialled; waiting for the connection. */
  | { readonly kind: 'opening'; readonly epoch: number; readonly why: SuccessionCause }
  /** Open: `session.update` is out, and nothing else is sent before it is answered. The server has not introduced itself. */
  | { readonly kind: 'introducing'; readonly epoch: number; readonly why: SuccessionCause }
  /** The server has introduced itself and has not agreed yet. */
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
      /** The agent whose settings the server has taken last; where it has told of none since it agreed, the one in charge then. */
      readonly served: string;
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
  /** The server of the call has said of a response which text of ours it is: it does so over every connection. */
  readonly tells?: true;
  /** The last provider whose server has told that the user began to speak: it tells that of every turn. */
  readonly tellsSpeech?: number;
  /** The last error of a server that explains the close which follows: a fatal one, or any before it has introduced itself. */
  readonly complaint: (Complaint & { readonly epoch: number }) | undefined;
}

/** A client event the server has not answered yet, by event id. */
export interface PendingEvent {
  readonly epoch: number;
  readonly type: string;
  /** The item it is about. */
  readonly itemId: string | undefined;
  /** What it brings, to be known by under another id: the words of a message, or the id of a call. */
  readonly brings?: { readonly type: ConversationItem['type']; readonly key: string };
  /** The item that allows or refuses a call of the provider's: it is in no record of ours. */
  readonly verdict?: Extract<ConversationItemInput, { type: 'mcp_approval_response' }>;
  /** The agent whose settings it brings. */
  readonly agent?: string | undefined;
  /** The agent whose settings those take the place of. */
  readonly inPlaceOf?: string | undefined;
  /** The agent whose settings it brought, where what was sent behind it is answered: it is taken, unless it is refused after all. */
  readonly taken?: string | undefined;
  /** Whether it brings what the agent is to answer. */
  readonly wants: 'answer' | 'nothing';
}
