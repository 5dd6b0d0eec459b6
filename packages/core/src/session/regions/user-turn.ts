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
      /** Whether what was said before it is to be committed when audio can flow. */
      readonly holds: 'nothing' | 'due';
      /** Commits of ours for what was said before it, as far as they are not answered: their event ids. */
      readonly commits: readonly string[];
      /** Whether their time is not given once more: it was already, or the server has answered one of them. */
      readonly isOverdue: boolean;
      readonly cut: CutSpeech | undefined;
    }
  /** Speech is over or a commit was sent; the item is not confirmed yet. */
  | {
      readonly kind: 'committing';
      /** Whose commit ends it: the server's, ours that was sent, or ours that is due when audio can flow. */
      readonly commit: 'server' | 'sent' | 'due';
      /** Where the server found the end of the speech, by what it has counted over its connection. */
      readonly audioEndMs?: number;
      /** Nobody knows when it began, as of one that was given up and that the server ends after all. */
      readonly isOutOfTime?: true;
      /** Commits of ours that are not answered, by event id, oldest first: the next turn may end before the last is an item. */
      readonly commits: readonly string[];
      /** Whether their time is not given once more: it was already, or the server has answered one of them. */
      readonly isOverdue: boolean;
      /** `heard` of the connection when the wait for the item began. */
      readonly heard: number;
      readonly cut: CutSpeech | undefined;
    };

/** A turn of the user that the conversation holds and that has perhaps not been understood. */
export interface KeptTurn {
  readonly itemId: string;
  /** Where a server found the end, its sound may reach into that of turns after it: many may be told at once. */
  readonly ended: 'by_us' | 'by_server';
  readonly understood: 'yes' | 'not_yet';
  /** The response that was under way when it ended, and knows nothing of it. */
  readonly behind: string | undefined;
}

/** What the user's voice cut: said on when it turns out that there were no words. */
export interface CutSpeech {
  readonly itemId: string;
  readonly heard: string;
  readonly unheard: string;
  /** Whether the model had written all of it. */
  readonly written: 'whole' | 'in_part';
}
