import type { ConversationItemInput } from '../item-input.ts';
import type { ConversationItem } from '../items.ts';
import type { ServerEvent } from '../server-events.ts';

/** A conversation that the server can take up on another connection, and what it knows of it, oldest first. */
export interface XaiConversation {
  readonly id: string;
  readonly items: readonly XaiItem[];
}

/** An item that the server has. */
export interface XaiItem {
  readonly id: string;
  /** What both sides know it by: its role, or its kind with the id of the call. */
  readonly key: string;
  /** What it says, as far as that was written down. */
  readonly text: string;
}

/** More than a conversation has that is worth going on with; the oldest leave. */
const longest = 2_000;

/** What the server's words add to what it has. */
export function noted(items: readonly XaiItem[], event: ServerEvent): readonly XaiItem[] {
  switch (event.type) {
    case 'conversation.item.added':
    case 'conversation.item.created':
    case 'conversation.item.done':
    case 'response.output_item.done':
      return withItem(items, event.item);
    case 'response.done':
      return (event.response.output ?? []).reduce(withItem, items);
    case 'conversation.item.deleted':
      return items.filter(({ id }) => id !== event.item_id);
    case 'conversation.item.input_audio_transcription.completed':
    case 'response.output_audio_transcript.done':
      return withText(items, event.item_id, event.transcript ?? '');
    case 'response.output_text.done':
      return withText(items, event.item_id, event.text ?? '');
    default:
      return items;
  }
}

/** Where the item is among those the server has, from `from` on; -1 where the server does not have it. */
export function placeOf(items: readonly XaiItem[], item: ConversationItemInput, from: number): number {
  const key = keyOf(item);
  const text = textOf(item);
  return items.findIndex((known, at) => at >= from && known.key === key && isSameText(known.text, text));
}

/** What was heard of an answer is its beginning; sound of which no words are known is told as a placeholder. */
function isSameText(known: string, given: string): boolean {
  return known === '' || given === '' || known.startsWith(given) || /^\[.*\]$/.test(given);
}

function withItem(items: readonly XaiItem[], item: ConversationItem): readonly XaiItem[] {
  const { id } = item;
  if (id === '') return items;
  const known = items.find((other) => other.id === id);
  const told = { id, key: keyOf(item), text: textOf(item) };
  if (known === undefined) return [...items, told].slice(-longest);
  if (told.text === '' || told.text === known.text) return items;
  return items.map((other) => (other === known ? told : other));
}

function withText(items: readonly XaiItem[], id: string, text: string): readonly XaiItem[] {
  if (text === '') return items;
  return items.map((item) => (item.id === id ? { ...item, text } : item));
}

function keyOf(item: ConversationItem | ConversationItemInput): string {
  if (item.type === 'message') return item.role;
  return 'call_id' in item ? `${item.type} ${String(item.call_id)}` : item.type;
}

function textOf(item: ConversationItem | ConversationItemInput): string {
  if (item.type !== 'message') return '';
  const texts = item.content.map((part) =>
    'text' in part ? part.text : 'transcript' in part ? part.transcript : '',
  );
  return texts.map((text) => (typeof text === 'string' ? text : '')).join('');
}
