import type { ConversationItem } from '../protocol/items.ts';
import type { ConversationState, HistoryItem, SessionState } from './state.ts';
import { become, notify, type Step, sequence, stay } from './step.ts';

/** Puts an item where the server says it is; an item that is known is brought up to date and stays where it is. */
export function recordItem(
  state: SessionState,
  item: ConversationItem,
  previousItemId: string | null | undefined,
): Step {
  const entry = historyItem(item, state.conversation.items.get(item.id ?? ''));
  return entry === undefined
    ? stay(state)
    : become(state, { conversation: place(state, entry, previousItemId) });
}

/** Reserves the place of a user's item whose text comes later. */
export function reserveUserItem(
  state: SessionState,
  itemId: string,
  previousItemId: string | null | undefined,
): Step {
  if (state.conversation.items.has(itemId)) return stay(state);
  const entry: HistoryItem = { kind: 'message', id: itemId, role: 'user', text: undefined, heard: undefined };
  return become(state, { conversation: place(state, entry, previousItemId) });
}

/** Adds to the text of an item; where it may come before the item, a place is reserved. */
export function writeText(state: SessionState, role: 'user' | 'agent', itemId: string, delta: string): Step {
  if (delta === '') return stay(state);
  const writing = new Map(state.conversation.writing);
  writing.set(itemId, (writing.get(itemId) ?? '') + delta);
  return sequence(
    become(state, { conversation: { ...state.conversation, writing } }),
    notify({ type: 'transcript', role, itemId, text: delta, final: false }),
  );
}

/** Sets the whole text of an item. */
export function finishText(state: SessionState, role: 'user' | 'agent', itemId: string, text: string): Step {
  const { items, writing: before } = state.conversation;
  const known = items.get(itemId);
  const writing = new Map(before);
  writing.delete(itemId);
  const entry: HistoryItem =
    known?.kind === 'message'
      ? { ...known, text }
      : { kind: 'message', id: itemId, role, text, heard: undefined };
  const conversation = place(
    { ...state, conversation: { ...state.conversation, writing } },
    entry,
    undefined,
  );
  return sequence(
    become(state, { conversation }),
    notify({ type: 'transcript', role, itemId, text, final: true }),
  );
}

/** Notes how much of an agent's item was heard. Returns what was heard, as text. */
export function recordHeard(
  state: SessionState,
  itemId: string,
  heardMs: number,
  receivedMs: number,
): [Step, string] {
  const text = textOf(state, itemId);
  const heard = splitHeard(text, receivedMs > 0 ? heardMs / receivedMs : 0);
  const known = state.conversation.items.get(itemId);
  if (known?.kind !== 'message') return [stay(state), heard.text];
  const items = new Map(state.conversation.items).set(itemId, { ...known, text, heard });
  return [become(state, { conversation: { ...state.conversation, items } }), heard.text];
}

/** The text of an item as far as it is known. */
export function textOf(state: SessionState, itemId: string): string {
  const { items, writing } = state.conversation;
  const known = items.get(itemId);
  return writing.get(itemId) ?? (known?.kind === 'message' ? (known.text ?? '') : '');
}

/** Splits a text at the word that was being spoken at `share` of its sound; the word itself counts as unheard. */
export function splitHeard(text: string, share: number): { text: string; unheard: string } {
  if (share >= 1) return { text, unheard: '' };
  const cut = Math.floor(text.length * Math.max(0, share));
  const boundary = text.lastIndexOf(' ', cut);
  const at = boundary < 0 ? 0 : boundary;
  return { text: text.slice(0, at), unheard: text.slice(at).trimStart() };
}

function place(
  state: SessionState,
  entry: HistoryItem,
  previousItemId: string | null | undefined,
): ConversationState {
  const { conversation, settings } = state;
  const items = new Map(conversation.items).set(entry.id, entry);
  if (conversation.items.has(entry.id)) return { ...conversation, items };
  const order = insertAfter(conversation.order, entry.id, previousItemId);
  if (order.length <= settings.historyItems) return { ...conversation, items, order };
  const [oldest, ...rest] = order;
  if (oldest !== undefined) items.delete(oldest);
  return { ...conversation, items, order: rest, forgotten: conversation.forgotten + 1 };
}

/** Null puts an item first; an unknown or missing predecessor, last. */
function insertAfter(
  order: readonly string[],
  id: string,
  previousItemId: string | null | undefined,
): readonly string[] {
  if (previousItemId === null) return [id, ...order];
  const at = previousItemId === undefined ? -1 : order.lastIndexOf(previousItemId);
  return at < 0 || at === order.length - 1 ? [...order, id] : order.toSpliced(at + 1, 0, id);
}

function historyItem(item: ConversationItem, known: HistoryItem | undefined): HistoryItem | undefined {
  const id = item.id ?? '';
  switch (item.type) {
    case 'message': {
      const role = item.role === 'assistant' ? 'agent' : item.role;
      const before = known?.kind === 'message' ? known : undefined;
      const text = messageText(item.content);
      return { kind: 'message', id, role, text: text || before?.text, heard: before?.heard };
    }
    case 'function_call':
      return {
        kind: 'function_call',
        id,
        callId: item.call_id ?? '',
        name: item.name,
        argumentsJson: item.arguments,
      };
    case 'function_call_output':
      return { kind: 'function_call_output', id, callId: item.call_id, output: item.output };
    default:
      return undefined;
  }
}

function messageText(
  content: readonly { readonly type: string; readonly text?: unknown; readonly transcript?: unknown }[],
): string {
  const texts: string[] = [];
  for (const part of content) {
    if (typeof part.text === 'string') texts.push(part.text);
    else if (typeof part.transcript === 'string') texts.push(part.transcript);
  }
  return texts.join(' ');
}
