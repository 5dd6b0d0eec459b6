import type { Invariant } from './invariant.ts';
import { isSent, isWarned, noticeIn } from './step-reading.ts';

/** The machine's own voice is heard when it was asked for, and by nobody who speaks. */
const ownVoice: Invariant = {
  id: 'R30b',
  says: "the machine's own words are told, played when they are the last that were asked for and the user is silent, and dropped with what is cut",
  watch(_world, fail) {
    return {
      steps: ['announce', 'announcement.audio', 'user.interrupt'],
      onStep({ event, before, state, effects }) {
        const played =
          event.type === 'announcement.audio' && effects.some(({ type }) => type === 'sink.write');
        if (played && before.announcement !== event.itemId)
          fail(`${event.itemId} is played and was not asked for last`);
        if (played && before.userTurn.kind === 'speaking') fail(`${event.itemId} is played over the user`);
        if (played && state.announcement !== undefined)
          fail(`${event.itemId} is played and waited for still`);
        const asked = effects.findLast(({ type }) => type === 'announce');
        if (asked?.type === 'announce') {
          const told = effects.some(
            (effect) =>
              effect.type === 'notify' &&
              effect.notice.type === 'transcript' &&
              effect.notice.itemId === asked.itemId,
          );
          if (!told) fail(`"${asked.text}" is said and not told`);
        }
        const isCut = event.type === 'user.interrupt' && effects.some(({ type }) => type === 'sink.flush');
        if (isCut && state.announcement !== undefined && asked === undefined)
          fail(`${state.announcement} is to be played, and was cut`);
      },
    };
  },
};

/** What a guardrail has said in place of what it stopped comes first. */
const guardsSpeak: Invariant = {
  id: 'G03',
  says: 'what is to be said instead of what a guardrail stopped is owed before everything else',
  watch(_world, fail) {
    return {
      steps: ['guard.tripped'],
      onStep({ event, state, effects }) {
        if (event.type !== 'guard.tripped' || event.say === undefined || state.lifecycle.kind !== 'running')
          return;
        if (noticeIn(effects, 'guard_tripped') === undefined || isSent(effects, 'response.create')) return;
        const first = state.owed.find((request) => request.kind !== 'say' || request.asksFor === undefined);
        if (first?.kind !== 'say' || first.text !== event.say)
          fail(`"${event.say}" is not what is said next`);
      },
    };
  },
};

/** A word of patience is one, in the voice of the agent where that can be. */
const patienceIsOne: Invariant = {
  id: 'R32c',
  says: 'a filler is owed once, before everything else; a word of patience is said by the model where it can be asked',
  watch(world, fail) {
    return {
      steps: ['timer.fired'],
      onStep({ event, before, state, effects }) {
        if (event.type !== 'timer.fired') return;
        if (event.timer === 'dead_air') {
          const canAsk =
            before.connection.kind === 'ready' &&
            before.response.kind === 'none' &&
            before.userTurn.kind === 'silent';
          if (canAsk && effects.some(({ type }) => type === 'announce'))
            fail('the machine says what the agent could');
          const say = world.ledger.agents[world.ledger.current.agent]?.deadAir?.say;
          const [next] = state.owed;
          const isNext = next?.kind === 'say' && next.text === say;
          const isBroken = before.silence.watching === 'dead_air' && state.lifecycle.kind === 'running';
          if (canAsk && isBroken && !isNext && !isSent(effects, 'response.create'))
            fail('a user who waits is to hear something else first');
        }
        if (!event.timer.startsWith('filler:') || isWarned(effects, 'provider.stalled')) return;
        const { filler } = world.ledger.policyOf(event.timer.slice('filler:'.length)) ?? {};
        const more = state.owed.length - before.owed.length;
        const isAsked = isSent(effects, 'response.create');
        if (more + (isAsked ? 1 : 0) > 1) fail(`${event.timer} owes ${more} texts`);
        const [first] = state.owed;
        if (more > 0 && !isAsked && (first?.kind !== 'say' || first.text !== filler?.say))
          fail(`${event.timer}: something else is said first`);
      },
    };
  },
};

export const ownWordInvariants: readonly Invariant[] = [ownVoice, guardsSpeak, patienceIsOne];
