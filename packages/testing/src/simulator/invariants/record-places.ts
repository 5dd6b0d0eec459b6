import type { SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { Fail, Invariant } from './invariant.ts';

type Conversation = SessionState['conversation'];

function orderOf({ pages }: Conversation): readonly string[] {
  const ids: string[] = [];
  for (const { order } of pages) ids.push(...order);
  return ids;
}

/** What was said, to stand between two items: not what nobody heard. */
function isSaid({ pages }: Conversation, id: string): boolean {
  const item = pages.find(({ items }) => items.has(id))?.items.get(id);
  if (item?.kind !== 'message' || item.role !== 'agent') return true;
  return item.heard === undefined || item.heard.shares.some((share) => (share ?? 0) > 0);
}

/** The item of which the connection in use tells where it stands, and the one before it. */
function placeIn({
  event,
  before,
}: SessionStep): { readonly id: string; readonly previous: string } | undefined {
  if (event.type !== 'server.event' || before.connection.kind !== 'ready') return undefined;
  if (before.connection.epoch !== event.epoch) return undefined;
  const { event: inner } = event;
  if (inner.type === 'input_audio_buffer.committed' && typeof inner.previous_item_id === 'string')
    return { id: inner.item_id, previous: inner.previous_item_id };
  const isAdded = inner.type === 'conversation.item.added' || inner.type === 'conversation.item.created';
  if (!isAdded || typeof inner.previous_item_id !== 'string') return undefined;
  return { id: inner.item.id ?? '', previous: inner.previous_item_id };
}

/** Whether the server has told of everything that we have sent it. */
function isAllTold({ pending }: SessionState): boolean {
  return [...pending.values()].every(({ type }) => !type.startsWith('conversation.item'));
}

/** The record has the order of the server's conversation. */
const placesAreTheServers: Invariant = {
  id: 'R10d',
  says: 'an item stands behind the one that its server puts it behind, and a new one right behind it',
  watch(world, fail) {
    return {
      steps: ['server.event'],
      onStep(step) {
        const { before, state } = step;
        if (before.conversation === state.conversation || state.lifecycle.kind === 'closed') return;
        const place = placeIn(step);
        if (place !== undefined && !world.ledger.stale) checkPlace(step, place, fail);
      },
    };
  },
};

function checkPlace(
  { before, state }: SessionStep,
  { id, previous }: { readonly id: string; readonly previous: string },
  fail: Fail,
): void {
  if (!isAllTold(before)) return;
  const order = orderOf(state.conversation);
  const [at, behind] = [order.indexOf(id), order.indexOf(previous)];
  if (at < 0 || behind < 0) return;
  if (at < behind) fail(`${id} stands before ${previous}, its server puts it behind`);
  const known = orderOf(before.conversation);
  if (known.includes(id)) return;
  const between = order.slice(behind + 1, at).filter((other) => isSaid(state.conversation, other));
  if (between.length > 0) fail(`${id} is put behind ${previous}, and stands behind ${between.join(', ')}`);
}

/** What is given to the model is in our own record. */
const givenIsRecorded: Invariant = {
  id: 'R10e',
  says: 'what is given to the server is in the record, so that the next connection is given it',
  watch(_world, fail) {
    return {
      effects: ['transport.send'],
      onEffect(effect, { state }) {
        if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.create') return;
        const { conversation, lifecycle } = state;
        if (lifecycle.kind === 'closed') return;
        const { id } = effect.event.item;
        if (id === undefined || conversation.pages.some(({ items }) => items.has(id))) return;
        if (!conversation.forgottenIds.includes(id))
          fail(`${id} is given to the server, and is in no record`);
      },
    };
  },
};

export const recordPlaceInvariants: readonly Invariant[] = [placesAreTheServers, givenIsRecorded];
