import type { Effect, SessionEvent } from '@antiphon/core';
import type { Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';

/** What of its sound a part is known by. */
const keyOf = (itemId: string, contentIndex: number): string => `${itemId}/${contentIndex}`;

/** What was heard to its end is whole. */
const wholeIsNotCut: Invariant = {
  id: 'R09c',
  says: 'a part whose sound is complete and was heard to its end is not truncated',
  watch(world, fail) {
    const complete = new Set<string>();
    return {
      events: ['response.output_audio.done'],
      onEvent({ event }) {
        if (event.type !== 'server.event' || world.ledger.stale) return;
        if (event.event.type !== 'response.output_audio.done') return;
        complete.add(keyOf(event.event.item_id, event.event.content_index ?? 0));
      },
      effects: ['transport.send'],
      onEffect(effect) {
        if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.truncate') return;
        const { item_id: itemId, content_index: contentIndex, audio_end_ms: endMs } = effect.event;
        const receivedMs = world.ledger.items.get(itemId)?.receivedMs[contentIndex] ?? 0;
        if (complete.has(keyOf(itemId, contentIndex)) && endMs >= Math.floor(receivedMs))
          fail(
            `${itemId}/${contentIndex} is truncated at ${endMs} ms, and all ${receivedMs} ms of it were heard`,
          );
      },
    };
  },
};

type Created = Extract<Effect, { readonly type: 'transport.send' }>;

/** What takes the place of an item that is deleted in the same step: the text that was heard of it. */
function replacements(
  effects: readonly Effect[],
): readonly { readonly itemId: string; readonly by: Created }[] {
  const pairs: { readonly itemId: string; readonly by: Created }[] = [];
  let deleted: string | undefined;
  for (const effect of effects) {
    if (effect.type !== 'transport.send') continue;
    if (effect.event.type === 'conversation.item.delete') deleted = effect.event.item_id;
    else if (effect.event.type === 'conversation.item.create' && deleted !== undefined) {
      const { item } = effect.event;
      if (item.type === 'message' && item.role === 'assistant') pairs.push({ itemId: deleted, by: effect });
      deleted = undefined;
    }
  }
  return pairs;
}

/** What was heard of an item stands where the item stood. */
const heardKeepsPlace: Invariant = {
  id: 'I16b',
  says: 'what was heard of an item that was given as text takes its place in the conversation',
  watch(world, fail) {
    return {
      steps: ['transport.send'],
      onStep({ effects, state }) {
        // What stood before it may have left our record.
        if (state.conversation.forgotten > 0) return;
        for (const { itemId, by } of replacements(effects)) {
          const link = world.network.links.get(by.epoch);
          if (link === undefined || by.event.type !== 'conversation.item.create') continue;
          const { items } = link.server.conversation;
          const at = items.findIndex(({ id }) => id === itemId);
          // It is on its way to the server still: its place is that of its request.
          if (at < 0) continue;
          const isDeleted = (id: string) => world.ledger.items.get(id)?.cut === 'deleted';
          const before = items.slice(0, at).findLast(({ id }) => !isDeleted(id))?.id ?? 'root';
          const given = by.event.previous_item_id;
          if (given !== before && !items.slice(0, at).some(({ id }) => id === given))
            fail(
              `what was heard of ${itemId} is put behind ${given ?? 'everything'}, it stood behind ${before}`,
            );
        }
      },
    };
  },
};

/** The loudspeaker knows when no more comes. */
const endsAreTold: Invariant = {
  id: 'I18b',
  says: 'the sink is told once of each part that no more of it comes, and then nothing more comes',
  watch(world, fail) {
    const open = new Set<string>();
    const ended = new Set<string>();
    return {
      effects: ['sink.end_part', 'sink.flush', 'sink.write'],
      onEffect(effect) {
        if (effect.type === 'sink.flush') return open.clear();
        if (effect.type !== 'sink.write' && effect.type !== 'sink.end_part') return;
        const key = keyOf(effect.itemId, effect.contentIndex);
        if (effect.type === 'sink.write') {
          if (ended.has(key)) fail(`more of ${key} is played after its end`);
          open.add(key);
        } else {
          if (ended.has(key)) fail(`the end of ${key} is told twice`);
          ended.add(key);
          open.delete(key);
        }
      },
      events: ['session.resume'],
      onEvent({ event }: { readonly event: SessionEvent }) {
        if (event.type === 'session.resume') open.clear();
      },
      onQuiet() {
        if (world.isOver) return;
        for (const key of open) fail(`the end of ${key} is not told to the sink`);
      },
    };
  },
};

/** The figures of what was heard are those of the loudspeaker. */
const figuresAreTrue: Invariant = {
  id: 'N02b',
  says: 'audio_done tells all that was received of an item that is heard in one piece, and what the sink has played of it',
  exceptOnCalls: true,
  watch(world, fail) {
    return {
      effects: ['audio_done'],
      onEffect(effect, { event, state }) {
        if (effect.type !== 'notify' || effect.notice.type !== 'audio_done') return;
        const { itemId, heardMs = 0, receivedMs = 0 } = effect.notice;
        const view = world.ledger.items.get(itemId);
        if (view === undefined || view.kind !== 'agent' || state.lifecycle.kind === 'closed') return;
        if (event.type === 'session.resume' || world.crashes.length > 0) return;
        const played = [...view.receivedMs.keys()].flatMap((at) => world.sink.partOf(itemId, at) ?? []);
        if (view.receivedMs.length !== 1 || played.length !== 1) return;
        const writtenMs = played[0]?.writtenMs ?? 0;
        const reportedMs = Math.min(played[0]?.reportedMs ?? 0, writtenMs);
        if (Math.abs(receivedMs - writtenMs) > 1)
          fail(`${itemId}: ${receivedMs} ms are told as received, the sink was given ${writtenMs} ms`);
        if (heardMs > reportedMs + 1 || heardMs < reportedMs - 1)
          fail(`${itemId}: ${heardMs} ms are told as heard, the sink has told of ${reportedMs} ms`);
      },
    };
  },
};

/** Ids of responses are those of a connection. */
const idsAreOfConnection: Invariant = {
  id: 'I13d',
  says: 'what is remembered of the responses of a connection does not hold for the next one',
  exceptOnCalls: true,
  watch(_world, fail) {
    return {
      effects: ['source.route'],
      onEffect(effect, { before, state }) {
        if (effect.type !== 'source.route' || state.connection.epoch === before.connection.epoch) return;
        const [known] = state.finishedResponses;
        if (known !== undefined)
          fail(`connection ${effect.epoch} may use ${known} again, and it would not be heard`);
      },
    };
  },
};

/** What a connection owes, and what was in doubt on it, is over with it. */
const connectionsBeginAnew: Invariant = {
  id: 'I13e',
  says: 'nothing that was still to come over the connection before is expected of the next one',
  watch(world, fail) {
    return {
      effects: ['source.route'],
      onEffect(effect, { before, state }) {
        const { connection } = state;
        if (effect.type !== 'source.route' || connection.kind !== 'ready') return;
        if (connection.epoch === before.connection.epoch) return;
        const { epoch, lateAnswers, doubtful, errors } = connection;
        const asked = 'request' in state.response ? [state.response.request] : [];
        // The server of a call may give yet what it was asked for before.
        const isKept = [...state.owed, ...asked].some((request) => request?.again !== undefined);
        if (isKept && !isOnCall(world))
          fail(`what was asked for before may be answered by anything on connection ${epoch}`);
        if (lateAnswers > 0) fail(`${lateAnswers} answers of before are expected of connection ${epoch}`);
        if (doubtful.length > 0) fail(`a request of before is in doubt on connection ${epoch}`);
        if (errors.length > 0) fail(`connection ${epoch} begins with errors of before`);
      },
    };
  },
};

/** A server that hears the user cuts its own answer. */
const cutOnce: Invariant = {
  id: 'R08d',
  says: 'a server that has found the user speaking is not told to cancel what it cuts by itself',
  watch(_world, fail) {
    return {
      steps: ['input_audio_buffer.speech_started'],
      onStep({ before, effects }) {
        // What was typed, and a voice that was kept back, cut in by our doing.
        if (before.input === 'held' || before.unsentTexts.length > 0) return;
        const isCancelled = effects.some(
          (effect) => effect.type === 'transport.send' && effect.event.type === 'response.cancel',
        );
        if (isCancelled) fail('an answer is cancelled that its server cuts by itself');
      },
    };
  },
};

export const cutInvariants: readonly Invariant[] = [
  wholeIsNotCut,
  heardKeepsPlace,
  endsAreTold,
  figuresAreTrue,
  idsAreOfConnection,
  connectionsBeginAnew,
  cutOnce,
];
