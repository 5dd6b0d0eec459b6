import type { ServerEvent, UnknownServerEvent } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { EventKey, Invariant } from './invariant.ts';

/** Errors of races, which are nobody's fault. */
const benign: ReadonlySet<string> = new Set([
  'response_cancel_not_active',
  'input_audio_buffer_commit_empty',
  'item_truncate_invalid_item_id',
  'item_delete_invalid_item_id',
]);

/** Errors that another try mends: of the request it is told, where none does. */
const passing: ReadonlySet<string> = new Set([
  'conversation_already_has_active_response',
  'rate_limit_exceeded',
  'server_error',
]);

/** The error that the connection in use tells with a step. */
function errorIn({ event, before }: SessionStep) {
  if (event.type !== 'server.event' || event.event.type !== 'error') return undefined;
  const { connection, lifecycle } = before;
  const isInUse = connection.kind === 'ready' && connection.epoch === event.epoch;
  return isInUse && lifecycle.kind !== 'closed' ? event.event : undefined;
}

/** What goes wrong is told where it matters, and once. */
const errorsAreSorted: Invariant = {
  id: 'W02',
  says: 'an error that a race explains, or another try mends, is not told, one that is told twice is one, and one that nobody knows is counted, no other',
  watch(_world, fail) {
    return {
      steps: ['server.event'],
      onStep(step) {
        const said = errorIn(step);
        if (said === undefined) return;
        const { before, state, effects } = step;
        const { error, event_id: eventId } = said;
        const about = before.pending.get(error.event_id ?? '')?.type ?? '';
        const isOfCut = about === 'conversation.item.truncate' || about === 'conversation.item.delete';
        const isRepeated =
          eventId !== undefined &&
          before.connection.kind === 'ready' &&
          before.connection.errors.includes(eventId);
        if (isRepeated && effects.length > 0) fail(`${eventId} is told twice, and counts twice`);
        const isTold = effects.some(
          (effect) =>
            effect.type === 'notify' && effect.notice.type === 'warning' && effect.notice.code === error.code,
        );
        if (isTold && (benign.has(error.code ?? '') || isOfCut))
          fail(`${error.code ?? ''} is told, and is nobody's fault`);
        if (isTold && passing.has(error.code ?? ''))
          fail(`${error.code ?? ''} is told, and what it is about is asked for again`);
        const isOdd = error.code === 'odd_refusal' && !isRepeated && !isOfCut;
        const counted = state.counters.unknownErrors - before.counters.unknownErrors;
        if (error.code && counted !== (isOdd ? 1 : 0))
          fail(`${error.code} is counted ${counted} times as one that nobody knows`);
      },
    };
  },
};

/** What a server says of an item when it has done what it was told to do with it. */
const itemAnswers = [
  'conversation.item.added',
  'conversation.item.created',
  'conversation.item.truncated',
  'conversation.item.deleted',
  'conversation.item.retrieved',
] as const satisfies readonly EventKey[];

function itemOf(event: ServerEvent | UnknownServerEvent): string | undefined {
  if ('item' in event) return (event.item as { readonly id?: string }).id;
  return 'item_id' in event ? (event.item_id as string) : undefined;
}

/** An answer is an answer, also where it is no. */
const errorsSettle: Invariant = {
  id: 'W02b',
  says: 'an event of ours that an error names waits for no other answer, and one about an item for what is said of that item',
  watch(world, fail) {
    const isNamedByServer = world.stage.profile.levels.own_names !== 'off';
    return {
      steps: ['error', ...itemAnswers],
      onStep({ event, before, state }) {
        if (event.type !== 'server.event') return;
        const itemId = isNamedByServer ? undefined : itemOf(event.event);
        if (itemId !== undefined && before.connection.epoch === state.connection.epoch)
          for (const [eventId, { itemId: about }] of before.pending)
            if (
              about !== undefined &&
              about !== itemId &&
              !state.pending.has(eventId) &&
              state.lifecycle.kind !== 'closed'
            )
              fail(`${eventId} about ${about} is taken for answered by what is said of ${itemId}`);
        if (event.event.type !== 'error') return;
        const eventId = event.event.error.event_id ?? '';
        const isOut = before.pending.get(eventId)?.epoch === event.epoch && state.pending.has(eventId);
        if (isOut && state.lifecycle.kind !== 'closed')
          fail(`${eventId} is refused, and waits for its answer`);
      },
    };
  },
};

/** There is nothing to wait for. */
const refusalsEndAttempts: Invariant = {
  id: 'W02c',
  says: 'a connection being made whose server does not take its settings is left at once',
  exceptOnCalls: true,
  watch(_world, fail) {
    return {
      steps: ['error'],
      onStep({ event, before, state }) {
        if (event.type !== 'server.event' || event.event.type !== 'error') return;
        const { successor } = before;
        if (!('epoch' in successor) || successor.epoch !== event.epoch) return;
        // One that stands by has what it needs.
        if (successor.kind === 'standby') return;
        const about = before.pending.get(event.event.error.event_id ?? '');
        const isAbout = about?.type === 'session.update' && about.epoch === event.epoch;
        if (successor.kind !== 'configuring' && !isAbout) return;
        if ('epoch' in state.successor && state.successor.epoch === event.epoch)
          fail(`connection ${event.epoch} is refused, and waited for`);
      },
    };
  },
};

/** Sound that nobody wants any more is counted. */
const lateSoundIsCounted: Invariant = {
  id: 'I18c',
  says: 'each piece of sound is either played or counted as late',
  watch(_world, fail) {
    return {
      steps: ['server.audio'],
      onStep({ event, before, state, effects }) {
        if (event.type !== 'server.audio' || state.lifecycle.kind === 'closed') return;
        if (before.connection.kind !== 'ready' || before.connection.epoch !== event.epoch) return;
        const isPlayed = effects.some(({ type }) => type === 'sink.write');
        const late = state.counters.lateAudio - before.counters.lateAudio;
        if (late !== (isPlayed ? 0 : 1))
          fail(`sound of ${event.itemId} is ${isPlayed ? '' : 'not '}played and counted ${late} times`);
      },
    };
  },
};

/** What the server said before it closed is why a session fails. */
const complaintsExplain: Invariant = {
  id: 'I12f',
  says: 'a session that fails by a close fails for what its server said last',
  watch(world, fail) {
    let complainedOf: number | undefined;
    return {
      steps: ['server.event', 'transport.closed'],
      onStep({ event, before, state }) {
        if (event.type === 'server.event' && event.event.type === 'error' && !world.ledger.stale) {
          const { code } = event.event.error;
          if (code === 'insufficient_quota') complainedOf = event.epoch;
          // The last word counts: the end of a session that lasted as long as it may is no refusal.
          if (code === 'session_expired') complainedOf = undefined;
        }
        if (event.type !== 'transport.closed' || event.epoch !== complainedOf) return;
        const isInUse = before.connection.kind === 'ready' && before.connection.epoch === event.epoch;
        if (!isInUse || before.lifecycle.kind !== 'running' || state.lifecycle.kind !== 'closed') return;
        const { outcome } = state.lifecycle;
        if (outcome.status === 'failed' && outcome.error.code !== 'provider.rejected')
          fail(`the session fails with ${outcome.error.code}, and its server had said why`);
      },
    };
  },
};

export const errorInvariants: readonly Invariant[] = [
  errorsAreSorted,
  errorsSettle,
  refusalsEndAttempts,
  lateSoundIsCounted,
  complaintsExplain,
];
