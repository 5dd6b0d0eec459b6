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
      /** The commit of ours whose turn is all it answers, as long as the server has not made an item of that. */
      readonly commit?: string;
      /** It was asked for before, and nothing else has been owed since: what comes of that answers it. */
      readonly again?: AskedBefore;
    }
  | {
      readonly kind: 'say';
      readonly text: string;
      readonly attempt: number;
      readonly protected?: boolean;
      /** The call that the user is asked for. */
      readonly asksFor?: string;
      /** It was asked for before: what comes of that says it. */
      readonly again?: AskedBefore;
    };

/** Why something is asked for once more: nothing came in time, or another response came in its place. */
export type AskedBefore = 'in_vain' | 'displaced';

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
  /** `told`: the response itself says that it answers `request`. `awaited`: it is taken for the server's own answer to a turn. */
  readonly proof: 'told' | 'assumed' | 'awaited';
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
