/** What was heard of an agent's item. */
export interface HeardRecord {
  readonly text: string;
  readonly unheard: string;
  /** By content index, the share of its sound that was heard, 0 to 1; undefined for a part that is still to be heard. */
  readonly shares: readonly (number | undefined)[];
}

/** One entry of the conversation, as we know it. */
export type HistoryItem =
  | {
      readonly kind: 'message';
      readonly id: string;
      readonly role: 'user' | 'agent' | 'system';
      /** What was said or written, of all its parts; undefined while it is not known yet. */
      readonly text: string | undefined;
      /** The texts of its content parts, by content index. */
      readonly parts: readonly string[];
      /** Of an agent's item: what the user heard and did not hear; undefined until playout of a part ends. */
      readonly heard: HeardRecord | undefined;
    }
  | {
      readonly kind: 'function_call';
      readonly id: string;
      readonly callId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  | {
      readonly kind: 'function_call_output';
      readonly id: string;
      readonly callId: string;
      readonly output: string;
    };

/** A stretch of the conversation. Changing an item copies its page alone, so that long conversations cost no more. */
export interface ConversationPage {
  readonly order: readonly string[];
  readonly items: ReadonlyMap<string, HistoryItem>;
}

/** Our own record of the conversation, ordered by `previous_item_id`; what the provider truncates stays here. */
export interface ConversationState {
  readonly pages: readonly ConversationPage[];
  /** Items on all pages. */
  readonly size: number;
  /** Characters of their texts. */
  readonly textLength: number;
  /** Texts of the content parts of items being written, by item id and content index. */
  readonly writing: ReadonlyMap<string, readonly string[]>;
  /** Items that left memory because of the limit. */
  readonly forgotten: number;
  /** The last of them: what the server still says of them brings none of them back. */
  readonly forgottenIds: readonly string[];
  /** Ids by which items went, and those they have now: what holds an old one still means the item. */
  readonly names: ReadonlyMap<string, string>;
  /** Items that were taken out and that the server may name as predecessors, each with the one before it. */
  readonly places: ReadonlyMap<string, string>;
  /** Predecessors that the server has named and not told of, each with the item that follows it. */
  readonly awaited: ReadonlyMap<string, string>;
}
