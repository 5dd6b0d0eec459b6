import type { NanoUsd } from './prices.ts';
import { noTokens, type TokenCounts } from './token-counts.ts';

/** What the session took of its models, whether or not that is limited. */
export interface SpentState {
  readonly responses: TokenCounts;
  readonly transcription: TokenCounts;
  /** Sound that was written down by models that bill its length. */
  readonly transcriptionSeconds: number;
  /** Seconds begun on connections that are billed by the minute. */
  readonly connectedSeconds: number;
  /** Undefined as long as nothing with a known price was used. */
  readonly nanoUsd: NanoUsd | undefined;
  /** Tokens for which no price is known. */
  readonly unpricedTokens: number;
  /** Whether the connection in use is billed by the minute: then the `meter` timer runs. */
  readonly meter: 'off' | 'running';
  /** Turns whose transcription was counted, newest last. */
  readonly transcribed: readonly string[];
  /** Responses whose tokens were counted, newest last: the end of one that another has superseded comes late. */
  readonly answered: readonly string[];
}

/** At the start of a session. */
export const nothingSpent: SpentState = {
  responses: noTokens,
  transcription: noTokens,
  transcriptionSeconds: 0,
  connectedSeconds: 0,
  nanoUsd: undefined,
  unpricedTokens: 0,
  meter: 'off',
  transcribed: [],
  answered: [],
};
