import type { ConversationItem } from '../protocol/items.ts';
import { finishText, partTexts, settleText, textsOf } from './conversation.ts';
import { isWanted, noteMessage } from './response.ts';
import type { SessionState } from './state.ts';
import { type Step, sequence, stay } from './step.ts';

/**
 * An agent's message is complete: texts of its parts that did not come by themselves are taken from it. Items that belong to
 * no response are not said now.
 */
export function completeTexts(state: SessionState, item: ConversationItem): Step {
  const { response } = state;
  const itemId = item.id ?? '';
  if (item.type !== 'message' || !('items' in response) || !response.items.includes(itemId))
    return stay(state);
  return isWanted(state, response.responseId)
    ? fillTexts(state, itemId, partTexts(item.content))
    : stay(state);
}

/** {@link completeTexts} of an item that its response brings, perhaps without a word before. */
export function completeOutput(state: SessionState, item: ConversationItem, responseId: string): Step {
  if (item.type !== 'message') return stay(state);
  return sequence(noteMessage(state, responseId, item.id ?? ''), (next) => completeTexts(next, item));
}

/** A response is over: what was written of its messages is all of it. */
export function endTexts(state: SessionState, output: readonly ConversationItem[], responseId: string): Step {
  return sequence(
    state,
    ...output.map((item) => (next: SessionState) => completeOutput(next, item, responseId)),
    (next) => settleTexts(next, responseId),
  );
}

function settleTexts(state: SessionState, responseId: string): Step {
  const { response } = state;
  const isOver = 'items' in response && response.responseId === responseId && isWanted(state, responseId);
  if (!isOver || state.conversation.writing.size === 0) return stay(state);
  const { writing } = state.conversation;
  const open = response.items.filter((itemId) => writing.has(itemId));
  return sequence(state, ...open.map((itemId) => (next: SessionState) => settleText(next, itemId)));
}

function fillTexts(state: SessionState, itemId: string, texts: readonly string[]): Step {
  const known = textsOf(state, itemId);
  return sequence(
    state,
    ...texts.map((text, contentIndex) => (next: SessionState) => {
      const isNew = text !== '' && !known[contentIndex];
      return isNew ? finishText(next, 'agent', { itemId, contentIndex }, text) : stay(next);
    }),
  );
}
