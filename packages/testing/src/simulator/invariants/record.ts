import { allItems } from '@antiphon/core';
import type { Invariant } from './invariant.ts';

/** What was typed is in the order it was typed. */
const typedInOrder: Invariant = {
  id: 'I17f',
  says: 'what was typed stands in the conversation in the order it was typed',
  watch(world, fail) {
    return {
      onQuiet() {
        const link = world.network.links.get(world.ledger.current.epoch);
        if (link === undefined || world.ledger.current.closed) return;
        const texts = link.server.conversation.items.map(({ text }) => text);
        let last = -1;
        for (const { text } of world.user.typed) {
          const at = texts.indexOf(text);
          if (at >= 0 && at < last) return fail(`"${text}" stands before what was typed earlier`);
          last = Math.max(last, at);
        }
      },
    };
  },
};

/** How many of the newest items are in the record for certain. */
const newest = 4;

/** What leaves the record is what is old. */
const oldestLeave: Invariant = {
  id: 'I08b',
  says: 'the oldest items leave the history, calls with their outputs; what was said last is in it',
  watch(world, fail) {
    const { items: told, endedTurns } = world.ledger;
    const isTold = (id: string) => {
      const item = told.get(id);
      // Of an agent's item that its call went on with while nobody listened nothing is told but that there is one.
      if (item?.kind === 'agent') return item.text !== undefined || item.epoch === world.ledger.current.epoch;
      // Of a turn that ended while the server was mute nothing is told but that it has no words.
      return item !== undefined && (endedTurns.has(id) || item.transcript !== 'failed');
    };
    return {
      onQuiet() {
        const { conversation, lifecycle } = world.session.state;
        if (lifecycle.kind !== 'running' || conversation.forgotten === 0) return;
        const items = allItems(conversation);
        const called = new Set(items.flatMap((item) => (item.kind === 'function_call' ? [item.callId] : [])));
        for (const item of items) {
          if (item.kind !== 'function_call_output' || called.has(item.callId)) continue;
          const call = world.ledger.calls.byId.get(item.callId);
          if (call?.completeAtMs !== undefined)
            fail(`the output of ${item.callId} is in the history without its call`);
        }
        const link = world.network.links.get(world.ledger.current.epoch);
        const last = (link?.server.conversation.items ?? [])
          .slice(-newest)
          .filter(({ id, kind }) => (kind === 'user' || kind === 'agent') && isTold(id));
        const known = new Set(items.map(({ id }) => id));
        for (const { id } of last) if (!known.has(id)) fail(`${id} was said last and has left the history`);
      },
    };
  },
};

/** What somebody takes out of the conversation is out of it. */
const takenIsGone: Invariant = {
  id: 'I08d',
  says: 'what somebody else has taken out of the conversation is in the record no more, and given to no connection',
  watch(world, fail) {
    const taken: string[] = [];
    return {
      steps: ['conversation.item.deleted'],
      onStep({ event, before, state }) {
        if (event.type !== 'server.event' || event.event.type !== 'conversation.item.deleted') return;
        if (world.ledger.stale || state.lifecycle.kind === 'closed') return;
        const { item_id: id } = event.event;
        // Where its frame overtook the one that tells of the item, nobody knows yet what is gone.
        if (!allItems(before.conversation).some((item) => item.id === id)) return;
        const text = world.network.links.get(event.epoch)?.server.textsOfOthers.get(id);
        if (text === undefined) return;
        taken.push(text);
        const isKnown = allItems(state.conversation).some((item) => item.id === id);
        if (isKnown) fail(`${id} was taken out, and is in the record`);
      },
      effects: ['transport.send'],
      onEffect(effect) {
        if (taken.length === 0 || effect.type !== 'transport.send') return;
        if (effect.event.type !== 'conversation.item.create' || effect.event.item.type !== 'message') return;
        for (const part of effect.event.item.content)
          if ('text' in part && part.text !== undefined && taken.includes(part.text))
            fail(`"${part.text}" was taken out, and is given to connection ${effect.epoch}`);
      },
    };
  },
};

/** The server is made to forget what nobody heard; we do not. */
const oursStays: Invariant = {
  id: 'I08f',
  says: 'what we took out of the conversation of the server because nobody heard it stays in the record',
  watch(world, fail) {
    return {
      steps: ['conversation.item.deleted'],
      onStep({ event, before, state }) {
        if (event.type !== 'server.event' || event.event.type !== 'conversation.item.deleted') return;
        const { item_id: id } = event.event;
        if (world.ledger.items.get(id)?.cut !== 'deleted' || state.lifecycle.kind === 'closed') return;
        const isKnown = ({ conversation }: typeof state) =>
          allItems(conversation).some((item) => item.id === id);
        if (isKnown(before) && !isKnown(state)) fail(`${id} was not heard, and has left the record`);
      },
    };
  },
};

/** A call that was never whole is none. */
const cutCallsLeave: Invariant = {
  id: 'I08e',
  says: 'a call that was broken off before its arguments were complete is in the history no more',
  watch(_world, fail) {
    return {
      effects: ['tool_settled'],
      onEffect(effect, { before, state }) {
        if (effect.type !== 'notify' || effect.notice.type !== 'tool_settled') return;
        const { callId } = effect.notice;
        const isCut = before.tools.calls.get(callId)?.phase.kind === 'announced';
        if (!isCut || state.tools.calls.has(callId) || state.lifecycle.kind === 'closed') return;
        const entries = allItems(state.conversation).filter(
          (item) => item.kind !== 'message' && item.callId === callId,
        );
        if (entries.length > 0 && entries.every(({ kind }) => kind === 'function_call'))
          fail(`${callId} was cut, and is in the history`);
      },
    };
  },
};

export const recordInvariants: readonly Invariant[] = [
  typedInOrder,
  oldestLeave,
  takenIsGone,
  oursStays,
  cutCallsLeave,
];
