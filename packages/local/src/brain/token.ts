/** One word of an utterance or of a pattern, normalised, with its place in the original text. */
export interface Token {
  /** Lower case, no diacritics or punctuation; number words as digits ("two hundred" is one token, `200`). */
  readonly norm: string;
  /** The word as it was heard, lower case: `four` where `norm` is `4`. Several words when numbers were joined. */
  readonly heard: string;
  readonly start: number;
  readonly end: number;
  /** Index of the sentence or clause the token is in: counts up at `.`, `?`, `!`, `;` and `,`. */
  readonly clause: number;
  /** True when the break before the token ends a sentence, not only a clause. */
  readonly opensSentence: boolean;
  readonly number?: number;
}

/** A run of tokens: `from` inclusive, `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}
