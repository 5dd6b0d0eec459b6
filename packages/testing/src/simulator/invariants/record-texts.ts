import type { ClientEvent, HistoryItem, SessionEvent, SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';

type Conversation = SessionState['conversation'];
type Message = Extract<HistoryItem, { readonly kind: 'message' }>;

/** More content parts of an item are not kept. */
const mostParts = 16;

function idIn({ names }: Conversation, id: string): string {
  return names.get(id) ?? id;
}

function itemIn(conversation: Conversation, named: string): HistoryItem | undefined {
  const id = idIn(conversation, named);
  return conversation.pages.findLast(({ items }) => items.has(id))?.items.get(id);
}

function messageIn(conversation: Conversation, id: string): Message | undefined {
  const item = itemIn(conversation, id);
  return item?.kind === 'message' ? item : undefined;
}

function isCutAt(message: Message | undefined, at: number): boolean {
  return (message?.heard?.shares[at] ?? 1) < 1;
}

/** The content part that an event tells the text of. */
function partOf(event: SessionEvent): number {
  return event.type === 'server.event' && 'content_index' in event.event
    ? (event.event.content_index ?? 0)
    : 0;
}

/** What is told as said stands in the record, in its part. */
const toldIsRecorded: Invariant = {
  id: 'R10b',
  says: 'words that are told stand in the record of their item, part by part; what was cut stays as it was then',
  watch(_world, fail) {
    return {
      steps: ['transcript'],
      onStep(step) {
        const { event, effects, state } = step;
        if (state.lifecycle.kind === 'closed') return;
        for (const effect of effects) {
          if (effect.type !== 'notify' || effect.notice.type !== 'transcript') continue;
          const { itemId, text, final } = effect.notice;
          // The machine's own words are in no conversation.
          if (text === '' || itemId.startsWith('item_own_') || partOf(event) >= mostParts) continue;
          if (final) checkFinal(step, itemId, text, fail);
          else checkWritten(step, itemId, text, fail);
        }
      },
    };
  },
};

function checkWritten({ event, before, state }: SessionStep, itemId: string, text: string, fail: Fail): void {
  const at = partOf(event);
  const was = before.conversation.writing.get(itemId)?.[at] ?? '';
  const is = state.conversation.writing.get(itemId)?.[at] ?? '';
  if (is !== was + text) fail(`"${was}" of ${itemId} goes on with "${text}", and is "${is}"`);
}

function checkFinal({ event, before, state }: SessionStep, itemId: string, text: string, fail: Fail): void {
  const { conversation } = state;
  const item = messageIn(conversation, itemId);
  if (item === undefined) {
    const isGone =
      conversation.forgottenIds.includes(itemId) || state.replaying.some(({ id }) => id === itemId);
    return isGone ? undefined : fail(`"${text}" is told, and ${itemId} is in no record`);
  }
  const was = messageIn(before.conversation, itemId);
  const at = partOf(event);
  if (item.parts.some((_, part) => isCutAt(item, part) || isCutAt(was, part))) {
    if (was !== undefined && isCutAt(was, at) && was.parts[at] && item.parts[at] !== was.parts[at])
      fail(`"${was.parts[at]}" of ${itemId} was cut, and is "${item.parts[at] ?? ''}"`);
    return;
  }
  if (item.parts[at] !== text && item.text !== text && !item.parts.includes(text))
    fail(`${itemId} is "${item.text ?? ''}", told was "${text}"`);
}

/** The texts that a server tells of an item as a whole. */
function toldWhole(event: SessionEvent) {
  if (event.type !== 'server.event' || !('item' in event.event)) return undefined;
  const { item } = event.event;
  if (item.type !== 'message') return undefined;
  const texts = item.content.map((part) => {
    if ('text' in part && typeof part.text === 'string') return part.text;
    return 'transcript' in part && typeof part.transcript === 'string' ? part.transcript : '';
  });
  return { id: item.id ?? '', texts };
}

/** What is told with an item as a whole is what was said. */
const wholeIsRecorded: Invariant = {
  id: 'R10c',
  says: 'the texts that an item comes with stand in the record of it; what was noted as heard of it is kept',
  watch(world, fail) {
    return {
      steps: ['server.event'],
      onStep({ event, before, state }) {
        if (world.ledger.stale || before.conversation === state.conversation) return;
        const told = toldWhole(event);
        if (told === undefined || state.lifecycle.kind !== 'running') return;
        const item = messageIn(state.conversation, told.id);
        const was = messageIn(before.conversation, told.id);
        if (was?.heard !== undefined && item !== undefined && item.heard === undefined)
          fail(`what was heard of ${told.id} is forgotten`);
        if (item === undefined || item.parts.some((_, at) => isCutAt(item, at) || isCutAt(was, at))) return;
        for (const [at, text] of told.texts.slice(0, mostParts).entries())
          if (text !== '' && item.parts[at] !== text)
            fail(`${told.id} comes with "${text}", recorded is "${item.parts[at] ?? ''}"`);
      },
    };
  },
};

/** What a connection is given of the conversation so far was told before. */
const givenIsNotTold: Invariant = {
  id: 'R10f',
  says: 'what a new connection is given of the conversation is not told as said anew',
  watch(world, fail) {
    return {
      steps: ['transcript'],
      onStep({ event, effects }) {
        if (event.type !== 'server.event' || toldWhole(event) === undefined) return;
        const given = world.ledger.connections.get(event.epoch)?.sent.flatMap(textsGiven) ?? [];
        for (const effect of effects) {
          if (effect.type !== 'notify' || effect.notice.type !== 'transcript') continue;
          const { itemId, text } = effect.notice;
          if (given.includes(text)) fail(`"${text}" was given, and is told as a text of ${itemId}`);
        }
      },
    };
  },
};

function textsGiven(event: ClientEvent): readonly string[] {
  if (event.type !== 'conversation.item.create' || event.item.type !== 'message') return [];
  return event.item.content.flatMap((part) => ('text' in part && part.text ? [part.text] : []));
}

function checkForgotten(world: World, { before, state }: SessionStep, fail: Fail): void {
  const { conversation } = state;
  const { forgottenIds } = conversation;
  for (const id of forgottenIds)
    if (conversation.pages.some(({ items }) => items.has(id)))
      fail(`${id} has left the record, and is in it`);
  if (conversation.forgotten === before.conversation.forgotten || world.ledger.stale) return;
  const known = new Set(conversation.pages.flatMap(({ order }) => order));
  const gone = before.conversation.pages.flatMap(({ order }) => order.filter((id) => !known.has(id)));
  const leaving = conversation.forgotten - before.conversation.forgotten;
  const noted = gone.filter((id) => forgottenIds.includes(id));
  if (noted.length < Math.min(leaving, gone.length))
    fail(`${gone.join(', ')} leave the record, and may come back`);
}

/** What has left the record does not come back, and a call leaves with its output. */
const goneIsGone: Invariant = {
  id: 'I08c',
  says: 'what leaves the history is remembered as gone and does not come back; an output leaves with its call',
  watch(world, fail) {
    return {
      reads: ['conversation'],
      onStep(step) {
        const { before, state } = step;
        if (
          before.conversation.size === state.conversation.size &&
          before.conversation.forgotten === state.conversation.forgotten
        )
          return;
        checkForgotten(world, step, fail);
        if (before.conversation.forgotten === state.conversation.forgotten) return;
        for (const { items } of before.conversation.pages)
          for (const item of items.values())
            if (item.kind === 'function_call_output' && itemIn(state.conversation, item.id) === undefined)
              checkCallLeaves(step, item.callId, fail);
      },
    };
  },
};

function callsIn({ pages }: Conversation, callId: string): readonly string[] {
  return pages.flatMap(({ items }) =>
    [...items.values()].flatMap((item) =>
      item.kind === 'function_call' && item.callId === callId ? [item.id] : [],
    ),
  );
}

/** Some models give two calls one id: one of them leaves. */
function checkCallLeaves({ before, state }: SessionStep, callId: string, fail: Fail): void {
  const were = callsIn(before.conversation, callId);
  const are = callsIn(state.conversation, callId);
  if (were.length > 0 && were.every((id) => are.includes(id)))
    fail(`the output of ${callId} leaves the record, and the call stays`);
}

export const recordTextInvariants: readonly Invariant[] = [
  toldIsRecorded,
  wholeIsRecorded,
  givenIsNotTold,
  goneIsGone,
];
