import type { ConversationItem } from '../protocol/items.ts';
import { agentOf } from './agents.ts';
import { trimmed } from './conversation-limits.ts';
import {
  awaiting,
  broughtBehind,
  findItem,
  followed,
  movedItem,
  takenOut,
  withItem,
} from './conversation-pages.ts';
import { type HeardText, heardOf, textOfParts } from './heard-text.ts';
import { isSentToEnd } from './own-ids.ts';
import type { PendingEvent } from './regions/connection.ts';
import type { HistoryItem } from './regions/conversation.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, type Step, sequence, stay } from './step.ts';

/** What the agent says is held against guardrails each time this many characters have come. */
const guardStep = 80;
/** Items written at once; texts of items that are never declared done do not stay for ever. */
const writingLimit = 32;
/** Content parts of one item whose texts are kept. */
const partLimit = 16;
const none: readonly string[] = [];

type MessageItem = Extract<HistoryItem, { kind: 'message' }>;

/** One content part of an item. */
export interface TextPart {
  readonly itemId: string;
  readonly contentIndex: number;
}

/** Puts an item where the server says it is; an item that is known is brought up to date and stays where it is. */
export function recordItem(
  state: SessionState,
  item: ConversationItem,
  previousItemId: string | null | undefined,
): Step {
  const known = findItem(state.conversation, item.id ?? '');
  const isCut = item.type === 'function_call' && item.status === 'incomplete';
  // A call that was cut is in no conversation, whatever is still told of it.
  if (isCut && known === undefined) return stay(state);
  const entry = historyItem(item, known);
  return entry === undefined ? stay(state) : place(state, entry, placeOf(state, previousItemId));
}

/**
 * The server has told the place of an item: that is the server's to say. One that was put between others stands right behind
 * its predecessor: what was put there before we knew comes after it.
 */
export function followServer(
  state: SessionState,
  itemId: string,
  previousItemId: string | null | undefined,
  goesBetween: boolean,
): Step {
  const stands = standing(state);
  const move = goesBetween ? broughtBehind : movedItem;
  const placed =
    typeof previousItemId === 'string'
      ? move(awaiting(state.conversation, itemId, previousItemId), itemId, previousItemId, stands)
      : state.conversation;
  const conversation = followed(placed, itemId, stands);
  return conversation === state.conversation ? stay(state) : become(state, { conversation });
}

/** Enters an item of our own making, at the end when it is new. */
export function recordOwnItem(state: SessionState, item: HistoryItem): Step {
  return place(state, item, undefined);
}

/** Takes an item out: it never became part of what the next connection is given. */
export function forgetItem(state: SessionState, itemId: string): Step {
  return become(state, { conversation: takenOut(state.conversation, itemId) });
}

/** Reserves the place of a user's item whose text comes later. */
export function reserveUserItem(
  state: SessionState,
  itemId: string,
  previousItemId: string | null | undefined,
): Step {
  if (findItem(state.conversation, itemId) !== undefined) return stay(state);
  return place(state, message(itemId, 'user', []), placeOf(state, previousItemId));
}

/** Adds to the text of a content part. */
export function writeText(state: SessionState, role: 'user' | 'agent', part: TextPart, delta: string): Step {
  const { itemId, contentIndex } = part;
  if (delta === '' || contentIndex >= partLimit) return stay(state);
  const before = state.conversation.writing.get(itemId) ?? [];
  const texts = withPart(before, contentIndex, (before[contentIndex] ?? '') + delta);
  const text = textOfParts(texts);
  const isDue = Math.floor(textOfParts(before).length / guardStep) < Math.floor(text.length / guardStep);
  return sequence(
    setWriting(state, itemId, texts),
    notify({ type: 'transcript', role, itemId, text: delta, final: false }),
    role === 'agent' && isDue && agentOf(state).guards.output
      ? ask({ type: 'guard.check', guard: 'output', itemId, text, final: false })
      : stay,
  );
}

/** Sets the whole text of a content part; what was written of it stands where the server ends it without a word. */
export function finishText(state: SessionState, role: 'user' | 'agent', part: TextPart, told: string): Step {
  const { itemId, contentIndex } = part;
  if (contentIndex >= partLimit) return stay(state);
  const known = findItem(state.conversation, itemId);
  const item = known?.kind === 'message' ? known : message(itemId, role, []);
  const written = textsOf(state, itemId);
  const text = told === '' && role === 'agent' ? (written[contentIndex] ?? '') : told;
  const guard = role === 'user' ? 'input' : 'output';
  return sequence(
    place(dropPart(state, part), withTexts(item, withPart(written, contentIndex, text)), undefined),
    notify({ type: 'transcript', role, itemId, text, final: true }),
    agentOf(state).guards[guard] && text !== ''
      ? ask({ type: 'guard.check', guard, itemId, text, final: true })
      : stay,
  );
}

/** What was written of an agent's item so far is all of it. */
export function settleText(state: SessionState, itemId: string): Step {
  const texts = textsOf(state, itemId);
  const known = findItem(state.conversation, itemId);
  const item = known?.kind === 'message' ? known : message(itemId, 'agent', []);
  return sequence(
    place(dropWriting(state, itemId), withTexts(item, texts), undefined),
    notify({ type: 'transcript', role: 'agent', itemId, text: textOfParts(texts), final: true }),
  );
}

/** Notes how much of the parts of an agent's item was heard, by content index. Returns what was, as text. */
export function recordHeard(
  state: SessionState,
  itemId: string,
  shares: ReadonlyMap<number, number>,
): [Step, HeardText] {
  const known = findItem(state.conversation, itemId);
  const before = known?.kind === 'message' ? (known.heard?.shares ?? []) : [];
  const all = [...before];
  for (const [contentIndex, share] of shares) all[contentIndex] = share;
  const texts = textsOf(state, itemId);
  const heard = heardOf(texts, Array.from(all));
  if (known !== undefined && known.kind !== 'message') return [stay(state), heard];
  if (known === undefined && textOfParts(texts) === '') return [stay(state), heard];
  const base = known ?? message(itemId, 'agent', []);
  const item: MessageItem = { ...base, parts: texts, text: textOfParts(texts), heard };
  return [place(state, item, undefined), heard];
}

/** The text of an item as far as it is known. */
export function textOf(state: SessionState, itemId: string): string {
  return textOfParts(textsOf(state, itemId));
}

/** What of an agent's item was heard or is still to be heard: what a model may be told that the agent said. */
export function saidOf(state: SessionState, item: MessageItem): string {
  const texts = textsOf(state, item.id);
  if (item.heard === undefined) return textOfParts(texts);
  return heardOf(
    texts,
    texts.map((_, at) => item.heard?.shares[at] ?? 1),
  ).text;
}

/** The texts of the parts of an item as far as they are known. */
export function textsOf({ conversation }: SessionState, itemId: string): readonly string[] {
  const known = findItem(conversation, itemId);
  const settled = known?.kind === 'message' ? known.parts : none;
  const writing = conversation.writing.get(itemId);
  if (writing === undefined) return settled;
  const texts = writing.map((text, at) => text || settled[at] || '');
  return settled.length > texts.length ? texts.concat(settled.slice(texts.length)) : texts;
}

function message(id: string, role: MessageItem['role'], parts: readonly string[]): MessageItem {
  return { kind: 'message', id, role, text: textOfParts(parts) || undefined, parts, heard: undefined };
}

/** Text of a part that was cut stays as it was then: what comes later was never on its way to the user. */
function withTexts(item: MessageItem, texts: readonly string[]): MessageItem {
  const shares = item.heard?.shares ?? [];
  const parts = texts.map((text, at) => {
    const isCut = (shares[at] ?? 1) < 1;
    return isCut && item.parts[at] ? item.parts[at] : text;
  });
  const heard = item.heard && heardOf(parts, shares);
  return { ...item, parts, text: textOfParts(parts), heard };
}

function withPart(texts: readonly string[], contentIndex: number, text: string): readonly string[] {
  const changed = [...texts];
  while (changed.length < contentIndex) changed.push('');
  changed[contentIndex] = text;
  return changed;
}

function setWriting(state: SessionState, itemId: string, texts: readonly string[]): Step {
  const writing = new Map(state.conversation.writing).set(itemId, texts);
  const [oldest] = writing.keys();
  if (writing.size > writingLimit && oldest !== undefined) writing.delete(oldest);
  return become(state, { conversation: { ...state.conversation, writing } });
}

/** Other parts of the item may still be written. */
function dropPart(state: SessionState, { itemId, contentIndex }: TextPart): SessionState {
  const writing = withPart(state.conversation.writing.get(itemId) ?? [], contentIndex, '');
  if (textOfParts(writing) === '') return dropWriting(state, itemId);
  const texts = new Map(state.conversation.writing).set(itemId, writing);
  return alter(state, { conversation: { ...state.conversation, writing: texts } });
}

function dropWriting(state: SessionState, itemId: string): SessionState {
  if (!state.conversation.writing.has(itemId)) return state;
  const writing = new Map(state.conversation.writing);
  writing.delete(itemId);
  return alter(state, { conversation: { ...state.conversation, writing } });
}

function place(state: SessionState, entry: HistoryItem, previousItemId: string | null | undefined): Step {
  const before = state.conversation;
  const after = withItem(before, entry, previousItemId, standing(state));
  const isLonger = after.size > before.size;
  return become(state, { conversation: isLonger ? trimmed(after, state.settings.historyItems) : after });
}

const noItems: ReadonlySet<string> = new Set();

function standing({ pending }: SessionState): ReadonlySet<string> {
  return pending.size === 0 ? noItems : untold(pending, 'conversation.item.delete');
}

/** The items of ours of which the server has not told yet what was asked of it. */
function untold(pending: SessionState['pending'], what: PendingEvent['type']): ReadonlySet<string> {
  const items = new Set<string>();
  for (const { type, itemId } of pending.values()) {
    if (type === what && itemId !== undefined) items.add(itemId);
  }
  return items;
}

/** No predecessor means the first item of what the connection was given. */
function placeOf(state: SessionState, previousItemId: string | null | undefined): string | null | undefined {
  const { connection } = state;
  if (typeof previousItemId === 'string') return behindTold(state, previousItemId);
  return previousItemId === null && connection.kind === 'ready' ? connection.base : previousItemId;
}

/**
 * The item that a new one follows. One of ours that the server has not told yet may still stand too early in our record:
 * what is put behind it stands behind all that the server has told, up to what we sent after it, and is told too.
 */
function behindTold({ conversation, pending }: SessionState, previousItemId: string): string {
  const made = untold(pending, 'conversation.item.create');
  if (!made.has(previousItemId)) return previousItemId;
  const newest = conversation.pages.at(-1)?.order ?? [];
  const later = newest.slice(newest.lastIndexOf(previousItemId) + 1);
  const sent = later.findIndex((id) => isSentToEnd(id) && !made.has(id));
  const between = newest.includes(previousItemId) ? later.slice(0, sent < 0 ? undefined : sent) : [];
  return between.findLast((id) => !made.has(id)) ?? previousItemId;
}

function historyItem(item: ConversationItem, known: HistoryItem | undefined): HistoryItem | undefined {
  const id = item.id ?? '';
  switch (item.type) {
    case 'message': {
      const role = item.role === 'assistant' ? 'agent' : item.role;
      const before = known?.kind === 'message' ? known : message(id, role, []);
      const texts = partTexts(item.content);
      if (textOfParts(texts) === '') return before;
      return withTexts(
        before,
        texts.map((text, at) => text || (before.parts[at] ?? '')),
      );
    }
    case 'function_call': {
      const before = known?.kind === 'function_call' ? known.argumentsJson : '';
      const argumentsJson = item.arguments || before;
      return { kind: 'function_call', id, callId: item.call_id ?? '', name: item.name, argumentsJson };
    }
    case 'function_call_output':
      return { kind: 'function_call_output', id, callId: item.call_id, output: item.output };
    default:
      return undefined;
  }
}

/** The texts of the content parts of a message, by content index; empty where there is none. */
export function partTexts(
  content: readonly { readonly type: string; readonly text?: unknown; readonly transcript?: unknown }[],
): readonly string[] {
  return content.slice(0, partLimit).map(({ text, transcript }) => {
    if (typeof text === 'string') return text;
    return typeof transcript === 'string' ? transcript : '';
  });
}
