/** The words of one language with which agreement is asked for and understood. Plain data, so that a log can replay it. */
export interface ConsentWords {
  /** Words and phrases that agree: `yes`, `go ahead`. */
  readonly yes: readonly string[];
  /** Words and phrases that do not: `no`, `don't`. */
  readonly no: readonly string[];
  /** Phrases that are neither, whatever words are in them: `no problem`, `why not`. */
  readonly unclear: readonly string[];
  /** Words after which an agreement is none to what was asked: `but`, `instead`. */
  readonly conditions: readonly string[];
  /** Words that may stand beside an answer and change nothing: `please`, `it`. */
  readonly filler: readonly string[];
  readonly phrases: ConsentPhrases;
  /** `known`: numbers of the language are understood as words, so that those of a question that is read aloud are compared. */
  readonly numerals?: 'known';
}

/** What is said around the arguments. */
export interface ConsentPhrases {
  /** Ends the question; `Shall I go ahead?` */
  readonly closing: string;
  /** Begins a question that was not answered; `Please say yes or no.` */
  readonly again: string;
  /** How `true`, `false` and `null` are said. */
  readonly true: string;
  readonly false: string;
  readonly nothing: string;
  /** Stands before the last of several values. */
  readonly and: string;
}
