import type { ConversationItem } from '../protocol/items.ts';
import { adoptedItem, allItems, findItem, forgottenLimit } from './conversation-pages.ts';
import { isOwnId } from './own-ids.ts';
import type { PendingEvent } from './regions/connection.ts';
import type { HistoryItem } from './regions/conversation.ts';
import { givenText } from './seed.ts';
import type { SessionState } from './state.ts';
import { alter, remember } from './step.ts';

/** The service refuses longer ids. */
const longestId = 32;

/**
 * The state before the server's word that an item was added. Not every server keeps the ids it is given: an item told
 * under another one that says what one of ours says, and ours was not told yet, is ours; it has that id from now on.
 */
export function adoptName(state: SessionState, item: ConversationItem, epoch: number): SessionState {
  const id = item.id ?? '';
  const isOutput = item.type === 'function_call_output';
  if ((state.pending.size === 0 && !isOutput) || id === '' || isOwnId(id)) return state;
  // One that is forgotten was known under this very id, and replaced or removed since.
  const { conversation } = state;
  if (findItem(conversation, id) !== undefined || conversation.forgottenIds.includes(id)) return state;
  for (const [eventId, pending] of state.pending) {
    if (pending.epoch !== epoch || pending.type !== 'conversation.item.create') continue;
    const own = findItem(state.conversation, pending.itemId ?? '');
    if (own === undefined && isBrought(item, pending)) return adoptForgotten(state, eventId, id);
    if (own === undefined || !isSame(state, own, item)) continue;
    return alter(state, {
      conversation: adoptedItem(state.conversation, own.id, id),
      pending: new Map(state.pending).set(eventId, { ...pending, itemId: id }),
    });
  }
  return isOutput ? adoptOutput(state, item.call_id, id) : state;
}

/** An item that left the conversation before the server told of it stays out under its name there. */
function adoptForgotten(state: SessionState, eventId: string, id: string): SessionState {
  const pending = state.pending.get(eventId);
  if (pending === undefined) return state;
  const { conversation } = state;
  return alter(state, {
    conversation: { ...conversation, forgottenIds: remember(conversation.forgottenIds, id, forgottenLimit) },
    pending: new Map(state.pending).set(eventId, { ...pending, itemId: id }),
  });
}

function isBrought(item: ConversationItem, { brings }: PendingEvent): boolean {
  if (brings?.type !== item.type) return false;
  const key = item.type === 'message' ? textOf(item) : 'call_id' in item ? item.call_id : undefined;
  return key === brings.key;
}

/** A call has one output, also where its server tells of it when it was not waited for any more. */
function adoptOutput(state: SessionState, callId: string, id: string): SessionState {
  const own = allItems(state.conversation).find(
    (known) => known.kind === 'function_call_output' && known.callId === callId,
  );
  if (own === undefined) return state;
  return alter(state, { conversation: adoptedItem(state.conversation, own.id, id) });
}

/** The state with ids that any server takes: items that a server gave longer ones get another before they are given to the next. */
export function withShortIds(state: SessionState): SessionState {
  const long = allItems(state.conversation).filter(({ id }) => id.length > longestId);
  return long.reduce(
    (before, { id }) =>
      alter(before, {
        nextId: before.nextId + 1,
        conversation: adoptedItem(before.conversation, id, `item_again_${before.nextId}`),
      }),
    state,
  );
}

function isSame(state: SessionState, own: HistoryItem, item: ConversationItem): boolean {
  switch (own.kind) {
    case 'function_call':
    case 'function_call_output':
      return item.type === own.kind && item.call_id === own.callId;
    case 'message':
      return (
        item.type === 'message' &&
        item.role === (own.role === 'agent' ? 'assistant' : own.role) &&
        textOf(item) === givenText(state, own)
      );
  }
}

type MessageItem = Extract<ConversationItem, { type: 'message' }>;

function textOf({ content }: MessageItem): string | undefined {
  const told = content.flatMap((part) =>
    'text' in part && typeof part.text === 'string' ? [part.text] : [],
  );
  return told.length === 0 ? undefined : told.join('');
}
