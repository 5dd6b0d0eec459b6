import type { ConversationItem, MessageItem } from '../protocol/items.ts';
import { finishText, partTexts, settleText, textsOf } from './conversation.ts';
import { isOwnId } from './own-ids.ts';
import { isWanted, noteMessage } from './response.ts';
import type { SessionState } from './state.ts';
import { type Step, sequence, stay } from './step.ts';

/**
 * An agent's message is complete: texts of its parts that did not come by themselves are taken from it. Items that belong to
 * no response are not said now.
 */
function completeTexts(state: SessionState, item: MessageItem, known: readonly string[]): Step {
  const { response } = state;
  const itemId = item.id ?? '';
  if (!('items' in response) || !response.items.includes(itemId)) return stay(state);
  return isWanted(state, response.responseId)
    ? fillTexts(state, 'agent', itemId, newTexts(item.content, known))
    : stay(state);
}

/**
 * An item of the conversation was told of which these texts were `known`, undefined where it is a new one: those that are new are
 * told, of the agent in the response under way, and of somebody else who writes to it. What is heard is told when it is written
 * down, and what a connection is given of the conversation so far is not told again.
 */
export function completeItem(
  state: SessionState,
  item: ConversationItem,
  known: readonly string[] | undefined,
): Step {
  const itemId = item.id ?? '';
  if (item.type !== 'message' || item.status === 'in_progress') return stay(state);
  switch (item.role) {
    case 'assistant':
      return sequence(
        known?.some((text) => text !== '') || isOwnId(itemId) ? stay(state) : joinResponse(state, itemId),
        (next) => completeTexts(next, item, known ?? []),
      );
    case 'user': {
      const isOurs = known !== undefined || isOwnId(itemId);
      return isOurs ? stay(state) : fillTexts(state, 'user', itemId, writtenTexts(item.content));
    }
    default:
      return stay(state);
  }
}

/** Where nobody has said of which response a message is, it is of that which is under way. */
function joinResponse(state: SessionState, itemId: string): Step {
  const { response } = state;
  return response.kind === 'active' ? noteMessage(state, response.responseId, itemId) : stay(state);
}

/** Texts of an item that its response brings, perhaps without a word before. */
export function completeOutput(state: SessionState, item: ConversationItem, responseId: string): Step {
  if (item.type !== 'message') return stay(state);
  return sequence(noteMessage(state, responseId, item.id ?? ''), (next) =>
    completeTexts(next, item, textsOf(next, item.id ?? '')),
  );
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

/** Tells the texts that are not empty, by content index. */
function fillTexts(
  state: SessionState,
  role: 'user' | 'agent',
  itemId: string,
  texts: readonly string[],
): Step {
  return sequence(
    state,
    ...texts.map(
      (text, contentIndex) => (next: SessionState) =>
        text === '' ? stay(next) : finishText(next, role, { itemId, contentIndex }, text),
    ),
  );
}

/** The texts that were typed, by content index: an image or sound before them keeps its place. */
function writtenTexts(content: MessageItem['content']): readonly string[] {
  return partTexts(content).map((text, at) => (content[at]?.type === 'input_text' ? text : ''));
}

function newTexts(content: MessageItem['content'], known: readonly string[]): readonly string[] {
  return partTexts(content).map((text, at) => (known[at] ? '' : text));
}
