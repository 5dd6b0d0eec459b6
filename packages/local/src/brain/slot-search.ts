import type { SlotValue } from './slot-values.ts';
import type { Span } from './token.ts';
import type { ToolModel } from './tool-model.ts';
import type { Utterance } from './utterance.ts';

/** A value found for a parameter somewhere in a sentence. */
export interface FoundSlot {
  readonly span: Span;
  readonly value: SlotValue;
}

/** What to look for, and what is settled already. */
export interface SlotSearch {
  readonly model: ToolModel;
  readonly utterance: Utterance;
  /** Parameters that need no value any more. */
  readonly known: ReadonlySet<string>;
  /** Tokens that stand for something else. */
  readonly used: ReadonlySet<number>;
  /** `values`: only typed values, as in the rest of a sentence that a pattern matched. */
  readonly scope: 'all' | 'values';
}
