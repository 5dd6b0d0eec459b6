/** The one call that the user is being asked for, and how far that is. */
export type ConsentState =
  | { readonly kind: 'none' }
  /** The question is owed, or asked for and not begun. What the user says now is no answer to it. */
  | (ConsentDialogue & { readonly kind: 'due' })
  /** It is being said, or what was said of it is being played. */
  | (ConsentDialogue & {
      readonly kind: 'asking';
      /** The messages that say it. */
      readonly itemIds: readonly string[];
      /** `disturbed`: it was cut, or the user spoke over it. */
      readonly said: 'undisturbed' | 'disturbed';
    })
  /** The answer is waited for. Only to a question that was heard `whole` a yes is one. */
  | (ConsentDialogue & { readonly kind: 'listening'; readonly heard: 'whole' | 'in_part' });

export interface ConsentDialogue {
  readonly callId: string;
  /** How often the question was put. */
  readonly asked: number;
  /** How often the answer was neither yes nor no. */
  readonly unclear: number;
  /** Turns of the user since, in their order. */
  readonly turns: readonly ConsentTurn[];
}

/** A turn of the user that is an answer. Its words stand in the conversation when they are known. */
export interface ConsentTurn {
  readonly itemId: string;
  readonly words: 'expected' | 'lost';
}
