import type { ConversationPage, ConversationState, HistoryItem } from './regions/conversation.ts';
import { remember } from './step.ts';

const pageSize = 16;
/** A page into which items were put between others is cut in two at this size. */
const longestPage = 2 * pageSize;
export const forgottenLimit = 128;
const namesLimit = 128;
const placesLimit = 32;
const awaitedLimit = 32;

/** Items that the server has not yet said it deleted: what it puts behind their predecessors stands before them. */
export type Standing = ReadonlySet<string>;

/** The id that an item has now: it may be spoken of by one that it had before. */
export function currentId({ names }: ConversationState, id: string): string {
  return names.size === 0 ? id : (names.get(id) ?? id);
}

/** The item of an id that it has, or had before its server gave it another. */
export function findItem(conversation: ConversationState, named: string): HistoryItem | undefined {
  const { pages } = conversation;
  const id = currentId(conversation, named);
  for (let at = pages.length - 1; at >= 0; at -= 1) {
    const found = pages[at]?.items.get(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether an item left the conversation under this id. One of the newest page has not, which is found sooner. */
export function isForgotten({ pages, forgottenIds }: ConversationState, id: string): boolean {
  return pages.at(-1)?.items.has(id) !== true && forgottenIds.includes(id);
}

/** All items in their order. */
export function allItems({ pages }: ConversationState): readonly HistoryItem[] {
  return pages.flatMap(({ order, items }) => order.flatMap((id) => items.get(id) ?? []));
}

/**
 * The conversation with an item in it. A known item is brought up to date and stays where it is; a new one follows
 * `previousItemId`: null or one that has left puts it first, and an unknown or missing predecessor last.
 */
export function withItem(
  conversation: ConversationState,
  item: HistoryItem,
  previousItemId: string | null | undefined,
  standing: Standing,
): ConversationState {
  const at = pageOf(conversation, item.id);
  const page = conversation.pages[at];
  if (page !== undefined) {
    const before = page.items.get(item.id);
    if (before !== undefined && isSameCall(before, item)) return conversation;
    const textLength =
      conversation.textLength + lengthOf(item) - (before === undefined ? 0 : lengthOf(before));
    const items = new Map(page.items).set(item.id, item);
    return { ...conversation, textLength, pages: conversation.pages.with(at, { ...page, items }) };
  }
  if (conversation.forgottenIds.includes(item.id)) return conversation;
  const added = placed(conversation, item, previousItemId, standing);
  return { ...added, size: added.size + 1, textLength: added.textLength + lengthOf(item) };
}

/**
 * The conversation with a known item behind another one, which may have been taken out; as it was where the other stands before
 * it already.
 */
export function movedItem(
  conversation: ConversationState,
  id: string,
  previousItemId: string,
  standing: Standing,
): ConversationState {
  const previous = standsFor(conversation, previousItemId);
  return isBefore(conversation, id, previous)
    ? broughtBehind(conversation, id, previous, standing)
    : conversation;
}

/** The conversation with a known item right behind another known one: nothing else is between them. */
export function broughtBehind(
  conversation: ConversationState,
  id: string,
  previousItemId: string,
  standing: Standing,
): ConversationState {
  const item = findItem(conversation, id);
  const isPlaced = pageOf(conversation, previousItemId) < 0 || follows(conversation, id, previousItemId);
  if (item === undefined || id === previousItemId || isPlaced) return conversation;
  const moved = insert(withoutItem(conversation, id), item, previousItemId, standing);
  return { ...moved, size: moved.size + 1, textLength: moved.textLength + lengthOf(item) };
}

/** The conversation in which an item is to follow another as soon as that is told, where it is not known. */
export function awaiting(
  conversation: ConversationState,
  id: string,
  previousItemId: string,
): ConversationState {
  const { forgottenIds, places } = conversation;
  const isKnown = findItem(conversation, previousItemId) !== undefined || places.has(previousItemId);
  if (isKnown || forgottenIds.includes(previousItemId)) return conversation;
  const awaited = new Map(conversation.awaited).set(previousItemId, id);
  const [oldest] = awaited.keys();
  if (awaited.size > awaitedLimit && oldest !== undefined) awaited.delete(oldest);
  return { ...conversation, awaited };
}

/** The conversation with what was told before an item and follows it behind it. */
export function followed(conversation: ConversationState, id: string, standing: Standing): ConversationState {
  const follower = conversation.awaited.get(id);
  if (follower === undefined) return conversation;
  const awaited = new Map(conversation.awaited);
  awaited.delete(id);
  const told = { ...conversation, awaited };
  // A call stays before its output.
  return findItem(told, follower)?.kind === 'function_call' ? told : movedItem(told, follower, id, standing);
}

/** Whether nothing is between two items but what the server has deleted. */
function follows({ pages }: ConversationState, id: string, other: string): boolean {
  const at = pages.findLastIndex((page) => page.items.has(other));
  const near = pages.slice(at, at + 2).flatMap(({ order, items }) => order.map((known) => items.get(known)));
  const behind = near.slice(near.findIndex((item) => item?.id === other) + 1);
  return behind.find((item) => item?.id === id || !isUnheard(item))?.id === id;
}

function isBefore(conversation: ConversationState, id: string, other: string): boolean {
  const [at, otherAt] = [pageOf(conversation, id), pageOf(conversation, other)];
  if (at < 0 || otherAt < 0 || at !== otherAt) return at >= 0 && otherAt >= 0 && at < otherAt;
  const order = conversation.pages[at]?.order ?? [];
  return order.indexOf(id) < order.indexOf(other);
}

/** The conversation with an item under another id, at its place; what is still said of the old id brings it back no more. */
function renamedItem(conversation: ConversationState, id: string, newId: string): ConversationState {
  const at = pageOf(conversation, id);
  const page = conversation.pages[at];
  const item = page?.items.get(id);
  if (page === undefined || item === undefined) return conversation;
  const items = new Map(page.items).set(newId, { ...item, id: newId });
  items.delete(id);
  const order = page.order.map((other) => (other === id ? newId : other));
  const forgottenIds = remember(conversation.forgottenIds, id, forgottenLimit);
  const names = new Map([...conversation.names].map(([old, now]) => [old, now === id ? newId : now]));
  return { ...conversation, forgottenIds, names, pages: conversation.pages.with(at, { order, items }) };
}

/** {@link renamedItem}, for an id of which nobody speaks any more but this side: what holds it means the item still. */
export function adoptedItem(conversation: ConversationState, id: string, newId: string): ConversationState {
  const renamed = renamedItem(conversation, id, newId);
  if (renamed === conversation) return conversation;
  const names = new Map(renamed.names).set(id, newId);
  const [oldest] = names.keys();
  if (names.size > namesLimit && oldest !== undefined) names.delete(oldest);
  return { ...renamed, names };
}

/** The conversation without an item that stands at the server: its place is known still. */
export function takenOut(conversation: ConversationState, named: string): ConversationState {
  const id = currentId(conversation, named);
  const at = pageOf(conversation, id);
  const order = conversation.pages.slice(Math.max(0, at - 1), at + 1).flatMap((page) => page.order);
  const previous = order[order.indexOf(id) - 1];
  if (at < 0 || previous === undefined) return withoutItem(conversation, id);
  // Behind what was taken out there before: what is put behind that one stands before this one.
  let last = previous;
  for (const [out, place] of conversation.places)
    if (out !== id && currentId(conversation, place) === last) last = out;
  return withPlace(withoutItem(conversation, id), id, last);
}

/** {@link renamedItem}, for an id by which the server may still name it as a predecessor. */
export function replacedItem(conversation: ConversationState, id: string, newId: string): ConversationState {
  return withPlace(renamedItem(conversation, id, newId), id, newId);
}

function withPlace(conversation: ConversationState, id: string, previous: string): ConversationState {
  const places = new Map(conversation.places).set(id, previous);
  const [oldest] = places.keys();
  if (places.size <= placesLimit || oldest === undefined) return { ...conversation, places };
  const before = places.get(oldest) ?? oldest;
  places.delete(oldest);
  return { ...conversation, places: replacedPlaces(places, (place) => place === oldest, before) };
}

/** {@link insert}, also behind an item that was taken out: that one stands behind what is put behind its predecessor. */
function placed(
  conversation: ConversationState,
  item: HistoryItem,
  previousItemId: string | null | undefined,
  standing: Standing,
): ConversationState {
  if (typeof previousItemId !== 'string' || conversation.places.size === 0)
    return insert(conversation, item, previousItemId, standing);
  const known = standsFor(conversation, previousItemId);
  const added = insert(conversation, item, known, standing);
  if (known === previousItemId) return { ...added, places: behind(added, known, item.id) };
  return { ...added, places: replacedPlaces(added.places, (place) => place === previousItemId, item.id) };
}

/** The places of items that stood right behind `known`, which `id` follows now; what nobody heard may be between the two. */
function behind(conversation: ConversationState, known: string, id: string): ConversationState['places'] {
  const order = conversation.pages.flatMap((page) => page.order);
  const before = new Set(order.slice(Math.max(0, order.indexOf(known)), order.indexOf(id)));
  return replacedPlaces(conversation.places, (place) => before.has(currentId(conversation, place)), id);
}

function replacedPlaces(
  places: ConversationState['places'],
  matches: (place: string) => boolean,
  id: string,
): ConversationState['places'] {
  return new Map([...places].map(([out, place]) => [out, matches(place) ? id : place]));
}

/** The item that stands for another as the predecessor of a new one: where that was taken out, the one before it. */
function standsFor(conversation: ConversationState, id: string): string {
  const passed = new Set<string>();
  let known = currentId(conversation, id);
  while (pageOf(conversation, known) < 0 && !passed.has(known)) {
    passed.add(known);
    known = currentId(conversation, conversation.places.get(known) ?? known);
  }
  return known;
}

/** The conversation without an item. */
export function withoutItem(conversation: ConversationState, id: string): ConversationState {
  return withoutItemAt(conversation, id, pageOf(conversation, id));
}

/** {@link withoutItem}, of the page that holds it. */
export function withoutItemAt(conversation: ConversationState, id: string, at: number): ConversationState {
  const page = conversation.pages[at];
  const item = page?.items.get(id);
  if (page === undefined || item === undefined) return conversation;
  const items = new Map(page.items);
  items.delete(id);
  const order = page.order.filter((other) => other !== id);
  const pages =
    order.length === 0 ? conversation.pages.toSpliced(at, 1) : conversation.pages.with(at, { order, items });
  return {
    ...conversation,
    pages,
    size: conversation.size - 1,
    textLength: conversation.textLength - lengthOf(item),
  };
}

function pageOf({ pages }: ConversationState, id: string): number {
  for (let at = pages.length - 1; at >= 0; at -= 1) if (pages[at]?.items.has(id)) return at;
  return -1;
}

function insert(
  conversation: ConversationState,
  item: HistoryItem,
  previousItemId: string | null | undefined,
  standing: Standing,
): ConversationState {
  const { pages } = conversation;
  if (previousItemId === null) return prepend(conversation, item);
  const at = typeof previousItemId === 'string' ? pageOf(conversation, previousItemId) : -1;
  const page = pages[at];
  if (page === undefined) {
    // All that is left came after what has left: an item behind that is the oldest.
    const isOldest = conversation.forgottenIds.includes(previousItemId ?? '');
    return isOldest ? prepend(conversation, item) : append(conversation, item);
  }
  // What the server has deleted keeps its place in our record: before what comes later.
  let place = page.order.lastIndexOf(previousItemId ?? '') + 1;
  while (place < page.order.length && isDeleted(page.items.get(page.order[place] ?? ''), standing))
    place += 1;
  if (at === pages.length - 1 && place === page.order.length) return append(conversation, item);
  const order = page.order.toSpliced(place, 0, item.id);
  const grown = { order, items: new Map(page.items).set(item.id, item) };
  return {
    ...conversation,
    pages: pages.toSpliced(at, 1, ...(order.length > longestPage ? halves(grown) : [grown])),
  };
}

function prepend(conversation: ConversationState, item: HistoryItem): ConversationState {
  const [first = { order: [], items: new Map() }, ...rest] = conversation.pages;
  const grown = { order: [item.id, ...first.order], items: new Map(first.items).set(item.id, item) };
  return {
    ...conversation,
    pages: [...(grown.order.length > longestPage ? halves(grown) : [grown]), ...rest],
  };
}

function append(conversation: ConversationState, item: HistoryItem): ConversationState {
  const { pages } = conversation;
  const last = pages.at(-1);
  if (last === undefined || last.order.length >= pageSize) {
    const page = { order: [item.id], items: new Map([[item.id, item]]) };
    return { ...conversation, pages: [...pages, page] };
  }
  const page = { order: [...last.order, item.id], items: new Map(last.items).set(item.id, item) };
  return { ...conversation, pages: pages.with(-1, page) };
}

function halves({ order, items }: ConversationPage): readonly ConversationPage[] {
  const middle = order.length >> 1;
  return [order.slice(0, middle), order.slice(middle)].map((part) => ({
    order: part,
    items: new Map(
      part.flatMap((id) => {
        const item = items.get(id);
        return item === undefined ? [] : [[id, item] as const];
      }),
    ),
  }));
}

/** Calls and their outputs are told several times, and hardly ever otherwise. */
function isSameCall(before: HistoryItem, item: HistoryItem): boolean {
  if (before.kind === 'function_call_output') {
    return item.kind === before.kind && item.callId === before.callId && item.output === before.output;
  }
  return (
    before.kind === 'function_call' &&
    item.kind === before.kind &&
    item.callId === before.callId &&
    item.name === before.name &&
    item.argumentsJson === before.argumentsJson
  );
}

function isDeleted(item: HistoryItem | undefined, standing: Standing): boolean {
  return isUnheard(item) && !standing.has(item?.id ?? '');
}

/** Of what was heard for less than a word something stands. */
function isUnheard(item: HistoryItem | undefined): boolean {
  if (item?.kind !== 'message' || item.role !== 'agent' || item.heard === undefined) return false;
  return item.heard.shares.every((share) => !share);
}

function lengthOf(item: HistoryItem): number {
  switch (item.kind) {
    case 'message':
      return item.text?.length ?? 0;
    case 'function_call':
      return item.argumentsJson.length;
    case 'function_call_output':
      return item.output.length;
  }
}
