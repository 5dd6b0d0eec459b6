import type { SessionState } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';

/** What is watched in this silence. */
function silenceIn(world: World, state: SessionState): SessionState['silence']['watching'] {
  const { connection, successor, lifecycle, playout, userTurn, silence } = state;
  if (lifecycle.kind !== 'running' || playout.parts.length > 0 || userTurn.kind === 'speaking')
    return 'nothing';
  const isStarting = successor.kind !== 'none' && successor.why === 'start';
  if (connection.kind === 'offline' && isStarting) return 'nothing';
  // The wait for the user's answer has a timer of its own.
  if (state.consent.kind === 'listening') return 'nothing';
  const agent = world.ledger.agents[world.ledger.current.agent];
  // Without a connection nobody can be asked whether they are there.
  const isOwed =
    connection.kind === 'offline' ||
    userTurn.kind !== 'silent' ||
    state.response.kind !== 'none' ||
    state.owed.length + state.tools.calls.size + state.unsentTexts.length > 0;
  if (isOwed) return agent?.deadAir === undefined ? 'nothing' : 'dead_air';
  const { idle } = agent ?? {};
  return idle !== undefined && (silence.idlePrompts < idle.times || idle.lastly === 'close')
    ? 'idle'
    : 'nothing';
}

/** Silence is noticed, whoever causes it. */
const silenceIsWatched: Invariant = {
  id: 'R31',
  says: 'silence is watched where a policy says what to do about it, and only then',
  watch(world, fail) {
    return {
      onStep({ state, before }) {
        if (state === before || state.lifecycle.kind === 'closed') return;
        const { watching } = state.silence;
        if (watching !== 'nothing' && world.sink.remainingMs > 1)
          fail(`${watching} is watched while sound is heard`);
        const expected = silenceIn(world, state);
        if (watching !== expected) fail(`${watching} is watched, it should be ${expected}`);
      },
    };
  },
};

/** Silence is broken as the policy says. */
const silenceIsBroken: Invariant = {
  id: 'R32',
  says: 'silence that lasts is broken: by a question, a word of patience, or the end',
  watch(world, fail) {
    let asked = 0;
    return {
      effects: ['idle'],
      onEffect(effect) {
        if (effect.type !== 'notify' || effect.notice.type !== 'idle') return;
        asked++;
        if (effect.notice.time > asked)
          fail(`the user is asked for time ${effect.notice.time}, it is ${asked}`);
      },
      steps: ['timer.fired'],
      onStep({ event, before, state, effects }) {
        if (event.type !== 'timer.fired' || before.lifecycle.kind !== 'running') return;
        if (event.timer !== 'idle' && event.timer !== 'dead_air') return;
        if (before.silence.watching !== event.timer || state.lifecycle.kind !== 'running') return;
        if (!effects.some((effect) => effect.type === 'notify' && effect.notice.type === event.timer))
          fail(`nobody is told of ${event.timer}`);
        const isSaid = effects.some(
          (effect) =>
            effect.type === 'announce' ||
            (effect.type === 'transport.send' && effect.event.type === 'response.create'),
        );
        // Where the sound of a call goes past us we have no voice of our own.
        const mayBeMute = event.timer === 'dead_air' && isOnCall(world);
        if (!isSaid && !mayBeMute && state.owed.length === 0) fail(`${event.timer} is not broken`);
        const patience = world.ledger.agents[world.ledger.current.agent]?.deadAir?.say;
        const owed = state.owed.filter((request) => request.kind === 'say' && request.text === patience);
        if (event.timer === 'dead_air' && owed.length > 1)
          fail(`"${patience ?? ''}" is owed ${owed.length} times`);
      },
      onQuiet() {
        const { state } = world.session;
        const policy = world.ledger.agents[world.ledger.current.agent]?.idle;
        if (policy === undefined || state.lifecycle.kind !== 'running') return;
        if (policy.lastly === 'stay' && state.silence.idlePrompts >= policy.times) return;
        if (world.timers.get('idle')?.run === undefined) fail('a silent user is not asked');
      },
    };
  },
};

/** A word of patience while a tool runs is for silence. */
const fillersFillSilence: Invariant = {
  id: 'R32b',
  says: 'a filler is owed only when nobody speaks and no answer is on its way, and while its call is under way',
  watch(_world, fail) {
    const says = ({ owed }: SessionState) => owed.filter(({ kind }) => kind === 'say').length;
    return {
      steps: ['timer.fired'],
      onStep({ event, before, state, effects }) {
        if (event.type !== 'timer.fired' || !event.timer.startsWith('filler:')) return;
        const { response, userTurn, playout, tools } = before;
        const isFree = response.kind === 'none' && userTurn.kind === 'silent' && playout.parts.length === 0;
        const isUnderWay = tools.calls.get(event.timer.slice('filler:'.length))?.phase.kind !== 'settled';
        const isAsked = effects.some(
          (effect) => effect.type === 'transport.send' && effect.event.type === 'response.create',
        );
        if ((isAsked || says(state) > says(before)) && !(isFree && isUnderWay))
          fail(`${event.timer} is said into something`);
      },
    };
  },
};

export const silenceInvariants: readonly Invariant[] = [
  silenceIsWatched,
  silenceIsBroken,
  fillersFillSilence,
];
