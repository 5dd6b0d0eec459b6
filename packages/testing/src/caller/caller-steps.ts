/** When a caller begins to do something; counted from when it was its turn to. */
export type CallerCondition =
  /** The agent has sounded for so long since. */
  | { readonly agentSpeaksMs: number }
  /** The agent has said so many words since, by the length of its sound. */
  | { readonly agentWords: number }
  /** So long after. */
  | { readonly ms: number };

/** What a caller says: samples at its rate, the bytes of a WAV file, words for its voice, or so much of a voice. */
export type CallerSpeech =
  | Int16Array
  | Uint8Array
  | { readonly text: string }
  | { readonly speechMs: number; readonly level?: number };

/** One thing that a caller does. */
export type CallerStep =
  | {
      readonly kind: 'say';
      readonly samples: Int16Array;
      readonly after: CallerCondition | undefined;
      readonly timeoutMs: number;
    }
  /** Listens until the agent has spoken and fallen silent. */
  | { readonly kind: 'listen'; readonly timeoutMs: number; readonly quietMs: number }
  | { readonly kind: 'silence'; readonly ms: number }
  | { readonly kind: 'do'; readonly act: () => void };

/** A stretch of the caller's own speech. */
export interface SaidSpeech {
  readonly startMs: number;
  readonly ms: number;
}
