import type { SessionState, TimerId } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';
import { isAwayFromCall, isOnCall } from './on-call.ts';

/** Timers are set to moments that come. */
const saneTimers: Invariant = {
  id: 'I25',
  says: 'a timer is set to a whole number of milliseconds, not before now',
  watch(_world, fail) {
    return {
      effects: ['timer.cancel', 'timer.start'],
      onEffect(effect) {
        if (effect.type === 'timer.cancel' && !(kindOf(effect.timer) in mayRun))
          fail(`${effect.timer} is cancelled, which is no timer`);
        if (effect.type !== 'timer.start') return;
        if (!Number.isInteger(effect.delayMs) || effect.delayMs < 0)
          fail(`${effect.timer} is set to ${effect.delayMs} ms`);
      },
    };
  },
};

type Call = SessionState['tools']['calls'] extends ReadonlyMap<string, infer One> ? One : never;
type Guard = (state: SessionState, subject: string, world: World) => boolean;

const isLive: Guard = (_state, epoch, world) => world.ledger.isLive(Number(epoch));

/** Whether sound of a call goes on whose response is over, or its server is to say how much was heard of what it cut. */
const isHeardOn: Guard = ({ playout, response }, _subject, world) => {
  const active = 'responseId' in response ? response.responseId : undefined;
  const isCut = playout.parts.length === 0 && (playout.cut?.itemIds.length ?? 0) > 0;
  return isCut || (isOnCall(world) && playout.parts.some(({ responseId }) => responseId !== active));
};

/** By kind of timer, whether what it guards is due. */
const mayRun: Readonly<Record<string, Guard>> = {
  response: ({ response }) => response.kind === 'awaited' || response.kind === 'requested',
  'response.retry': ({ response }) => response.kind === 'retrying',
  stall: ({ response }) => response.kind === 'active' || response.kind === 'cancelling',
  backoff: ({ successor }) => successor.kind === 'waiting',
  // A call that is joined again is in use before it agrees to the settings of now.
  connect: ({ successor }, _subject, world) =>
    ('epoch' in successor && successor.kind !== 'standby') ||
    (isOnCall(world) && world.ledger.inUse?.phase === 'opening'),
  outage: ({ connection }) => connection.kind === 'offline',
  healthy: ({ connection }) => connection.kind === 'ready',
  drain: ({ lifecycle }) => lifecycle.kind === 'draining',
  limit: () => true,
  meter: ({ usage }) => usage.spent.meter === 'running',
  playout: isHeardOn,
  commit: ({ userTurn }) => userTurn.kind === 'committing' || isOpen(userTurn),
  idle: ({ silence }) => silence.watching === 'idle',
  dead_air: ({ silence }) => silence.watching === 'dead_air',
  rollover: isLive,
  'rollover.force': isLive,
  call: ({ tools }, callId) => tools.calls.get(callId)?.phase.kind === 'announced',
  stale: ({ tools }, callId) =>
    tools.calls.get(callId)?.phase.kind === 'running' || tools.background.has(callId),
  filler: ({ tools }, callId) => {
    const phase = tools.calls.get(callId)?.phase;
    return phase?.kind === 'running' || (phase?.kind === 'unconfirmed' && phase.awaits.kind !== 'user');
  },
  consent: ({ consent }) => consent.kind === 'listening',
  approval: ({ tools }, callId) => {
    const phase = tools.calls.get(callId)?.phase;
    return phase?.kind === 'unconfirmed' && phase.awaits.kind === 'app';
  },
};

/** What may fire when it was just cancelled, and is looked at then. */
const inert: ReadonlySet<string> = new Set([
  'response',
  'response.retry',
  'stall',
  'backoff',
  'drain',
  'meter',
  'commit',
  'idle',
  'dead_air',
  'consent',
  'approval',
]);

function kindOf(timer: string): string {
  const at = timer.indexOf(':');
  return at < 0 ? timer : timer.slice(0, at);
}

/** A timer whose reason is gone is cancelled. */
const noIdleTimers: Invariant = {
  id: 'I25b',
  says: 'a timer runs only while what it guards is due, and one that fires all the same changes nothing',
  watch(world, fail) {
    return {
      onStep({ event, before, state, effects }) {
        if (event.type === 'timer.fired' && inert.has(kindOf(event.timer))) {
          const { timer } = event;
          const isDue = mayRun[kindOf(timer)]?.(before, timer.slice(kindOf(timer).length + 1), world);
          // A turn that is to be heard again is given up where its time is over, also by the timer of before.
          const mayGiveUp = timer === 'commit' && before.userTurn.kind === 'heard_again';
          if (isDue !== true && !mayGiveUp && (state !== before || effects.length > 0))
            fail(`timer ${timer} fires for nothing and is heeded`);
        }
        if (state.lifecycle.kind === 'closed') return;
        for (const [timer, task] of world.timers) {
          if (task.run === undefined) continue;
          const kind = kindOf(timer);
          if (mayRun[kind]?.(state, timer.slice(kind.length + 1), world) !== true)
            fail(`timer ${timer} runs for nothing`);
        }
      },
    };
  },
};

/** Whatever the session waits for is guarded by a timer: nothing is waited for without end. */
const waitsAreGuarded: Invariant = {
  id: 'I25c',
  says: 'what is waited for is guarded by a timer, and that runs from when it is waited for',
  watch(world, fail) {
    const expect = (timer: TimerId, what: string) => {
      if (world.timers.get(timer)?.run === undefined) fail(`no timer ${timer} runs: ${what}`);
    };
    const expectStale = ({ callId, phase }: Call) => {
      if (phase.kind !== 'running' || phase.overdue === true) return;
      if (world.ledger.policyOf(callId)?.staleAfterMs !== undefined)
        expect(`stale:${callId}`, 'its result grows stale');
    };
    return {
      onStep(step) {
        const { state, before } = step;
        if (state === before || state.lifecycle.kind === 'closed' || state.lifecycle.kind === 'new') return;
        const anew = begunAnew(step);
        if (anew !== undefined && !step.effects.some((e) => e.type === 'timer.start' && e.timer === anew))
          fail(`timer ${anew} is not set anew, and what it guards is`);
        const timer = responseTimer(state);
        if (timer !== undefined && !isAwayFromCall(world, state))
          expect(timer, `the response is ${state.response.kind}`);
        const { successor, connection, userTurn, lifecycle, silence, tools } = state;
        if (successor.kind === 'waiting') expect('backoff', 'the next dial is due');
        else if ('epoch' in successor && successor.kind !== 'standby') expect('connect', successor.kind);
        const isAway = connection.kind === 'offline' && successor.kind !== 'none';
        if (isAway && successor.why !== 'start') expect('outage', 'the connection is gone');
        const isHeardAgain = userTurn.kind === 'heard_again' && connection.kind === 'ready';
        if (isOpen(userTurn) || isHeardAgain) expect('commit', `the user is ${userTurn.kind}`);
        if (silence.watching !== 'nothing') expect(silence.watching, 'it is silent');
        if (lifecycle.kind === 'draining' && (connection.kind === 'ready' || lifecycle.manner === 'wrap_up'))
          expect('drain', 'the session is to end');
        if (lifecycle.kind === 'running' && state.settings.limits.sessionMs !== undefined)
          expect('limit', 'the time is limited');
        for (const call of tools.background.values()) expectStale(call);
        for (const call of tools.calls.values()) {
          const { callId, phase } = call;
          expectStale(call);
          if (phase.kind === 'announced' && phase.argumentsJson !== undefined)
            expect(`call:${callId}`, 'its item is not complete');
          if (phase.kind === 'unconfirmed' && phase.awaits.kind === 'app')
            expect(`approval:${callId}`, 'the application was asked');
        }
        if (isHeardOn(state, '', world)) expect('playout', 'the end of its sound is waited for');
        if (state.consent.kind === 'listening') expect('consent', 'the user was asked');
      },
    };
  },
};

/** The timer that guards what begins with what a server tells of the user's turn, where one may run for what was before. */
function begunAnew({ event, before, state }: SessionStep): TimerId | undefined {
  if (event.type !== 'server.event') return undefined;
  const { userTurn, response } = state;
  const hasChanged = userTurn !== before.userTurn;
  switch (event.event.type) {
    case 'input_audio_buffer.speech_started':
      return before.userTurn.kind !== 'speaking' &&
        userTurn.kind === 'speaking' &&
        userTurn.commits.length === 0
        ? 'commit'
        : undefined;
    case 'input_audio_buffer.speech_stopped':
      return hasChanged && userTurn.kind === 'committing' && userTurn.commit === 'server'
        ? 'commit'
        : undefined;
    case 'input_audio_buffer.committed':
      return response !== before.response && response.kind === 'awaited' ? 'response' : undefined;
    default:
      return undefined;
  }
}

function responseTimer({ response }: SessionState): TimerId | undefined {
  switch (response.kind) {
    case 'awaited':
    case 'requested':
      return 'response';
    case 'retrying':
      return 'response.retry';
    case 'active':
    case 'cancelling':
      return 'stall';
    default:
      return undefined;
  }
}

/** Whether the end of the user's turn is up to the server, or to a user who may have forgotten it. */
function isOpen(turn: SessionState['userTurn']): boolean {
  if (turn.kind === 'committing') return turn.commit !== 'due';
  return turn.kind === 'speaking' || (turn.kind === 'heard_again' && turn.deadline === 'running');
}

export const timerInvariants: readonly Invariant[] = [saneTimers, noIdleTimers, waitsAreGuarded];
