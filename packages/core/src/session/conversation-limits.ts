import { forgottenLimit, withoutItemAt } from './conversation-pages.ts';
import type { ConversationState } from './regions/conversation.ts';
import { remember } from './step.ts';

/** All texts together; the oldest items leave first. */
const textLimit = 256 * 1024;

/** The conversation without its oldest items, as far as it is longer than it may be. */
export function trimmed(conversation: ConversationState, maxItems: number): ConversationState {
  const { size, textLength } = conversation;
  if (size <= 1 || (size <= maxItems && textLength <= textLimit)) return conversation;
  const leaving = oldestToLeave(conversation);
  if (leaving.length === 0) return conversation;
  return trimmed(leaving.reduce(forgotten, conversation), maxItems);
}

function forgotten(conversation: ConversationState, id: string): ConversationState {
  // Found from the start: it is one of the oldest.
  const at = conversation.pages.findIndex(({ items }) => items.has(id));
  const shorter = withoutItemAt(conversation, id, at);
  const forgottenIds = remember(shorter.forgottenIds, id, forgottenLimit);
  return { ...shorter, forgotten: shorter.forgotten + 1, forgottenIds };
}

/**
 * A call is as old as its output and leaves with it: another connection is given the output only behind its call. Calls
 * alone leave when nothing else is left.
 */
function oldestToLeave(conversation: ConversationState): readonly string[] {
  const first = conversation.pages[0]?.order[0];
  for (const { order, items } of conversation.pages) {
    for (const id of order) {
      const item = items.get(id);
      if (item?.kind === 'function_call_output') return [...callOf(conversation, item.callId), id];
      if (item?.kind === 'message') return [id];
    }
  }
  return first === undefined ? [] : [first];
}

function callOf({ pages }: ConversationState, callId: string): readonly string[] {
  for (const { items } of pages) {
    for (const item of items.values())
      if (item.kind === 'function_call' && item.callId === callId) return [item.id];
  }
  return [];
}
