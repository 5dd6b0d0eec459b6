import type { Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';

/** A call has its sound and its connections to itself. */
const callIsLeftAlone: Invariant = {
  id: 'J01',
  says: 'on a call nothing is played or truncated from here, and no connection is made beside another',
  watch(world, fail) {
    if (!isOnCall(world)) return {};
    return {
      effects: ['sink.write', 'announce', 'transport.open', 'transport.send'],
      onEffect(effect, { state }) {
        if (effect.type === 'sink.write' || effect.type === 'announce')
          fail(`${effect.type} of ${effect.itemId} on a call`);
        if (effect.type === 'transport.open' && state.connection.kind === 'ready')
          fail(`connection ${effect.epoch} is made beside ${state.connection.epoch}, which stands`);
        if (effect.type === 'transport.send' && effect.event.type === 'conversation.item.truncate')
          fail(`${effect.event.item_id} is truncated, which its server does`);
      },
    };
  },
};

/** When the call is over it is not joined again. */
const endIsTheEnd: Invariant = {
  id: 'J02',
  says: 'a call that is told to be over is not joined again, nor after the end of the process',
  watch(world, fail) {
    if (!isOnCall(world)) return {};
    let isToldOver = false;
    return {
      events: ['transport.closed'],
      onEvent({ event, before }) {
        if (event.type !== 'transport.closed' || world.ledger.stale) return;
        const isInUse = before.connection.kind === 'ready' && before.connection.epoch === event.epoch;
        if (isInUse && event.code === 1000 && before.dial.complaint === undefined) isToldOver = true;
        if (!isInUse && event.status === 404) isToldOver = true;
      },
      effects: ['transport.open'],
      onEffect(effect) {
        if (effect.type === 'transport.open' && isToldOver) fail('the call is over and is joined again');
      },
    };
  },
};

/** What its server has played to the end was heard. */
const playedIsHeard: Invariant = {
  id: 'J03',
  says: 'what the server of a call has told to be heard from its beginning to its end is told as heard',
  watch(world, fail) {
    if (!isOnCall(world)) return {};
    const worded = new Set<string>();
    let playing: string | undefined;
    return {
      steps: [
        'response.output_audio_transcript.delta',
        'output_audio_buffer.started',
        'output_audio_buffer.stopped',
        'output_audio_buffer.cleared',
      ],
      onStep({ event, before, effects }) {
        if (event.type !== 'server.event' || world.ledger.stale || before.lifecycle.kind === 'closed') return;
        const { event: said, epoch } = event;
        if (!('response_id' in said)) return;
        const key = `${epoch} ${said.response_id}`;
        if (said.type === 'response.output_audio_transcript.delta') return void worded.add(key);
        const isWhole = said.type === 'output_audio_buffer.stopped' && playing === key;
        playing = said.type === 'output_audio_buffer.started' && worded.has(key) ? key : undefined;
        const isTold = effects.some(
          (effect) => effect.type === 'notify' && effect.notice.type === 'audio_done',
        );
        // Whose words were cancelled and not cleared is no answer any more.
        const isCancelled = world.ledger.responses.get(said.response_id)?.status === 'cancelled';
        if (isWhole && !isTold && !isCancelled) fail(`${said.response_id} was heard, and nobody is told`);
      },
    };
  },
};

/** The server is told to be silent. */
const silencedByHand: Invariant = {
  id: 'J04',
  says: 'who silences the agent by hand silences the server of the call',
  watch(world, fail) {
    if (!isOnCall(world)) return {};
    return {
      steps: ['user.interrupt'],
      onStep({ event, before, effects }) {
        if (event.type !== 'user.interrupt' || before.connection.kind !== 'ready') return;
        if (before.lifecycle.kind !== 'running' || before.playout.parts.length === 0) return;
        const { response } = before;
        if ('request' in response && response.request?.kind === 'say' && response.request.protected === true)
          return;
        if (
          !effects.some(
            (effect) => effect.type === 'transport.send' && effect.event.type === 'output_audio_buffer.clear',
          )
        )
          fail('the server of the call is not told to be silent');
      },
    };
  },
};

/** Sound that is still heard is waited for. */
const playedOut: Invariant = {
  id: 'J05',
  says: 'what the server of a call still plays is not taken for heard because it lasts',
  watch(world, fail) {
    return {
      events: ['timer.fired'],
      onEvent({ event, before }) {
        if (event.type !== 'timer.fired' || event.timer !== 'playout') return;
        const given = before.playout.parts.at(-1)?.responseId;
        if (given !== undefined && world.network.call?.sound.sounding === given)
          fail(`${given} is being heard and not waited for`);
      },
    };
  },
};

export const joinedCallInvariants: readonly Invariant[] = [
  callIsLeftAlone,
  endIsTheEnd,
  playedIsHeard,
  silencedByHand,
  playedOut,
];
