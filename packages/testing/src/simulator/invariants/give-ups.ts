import type { SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { Fail, Invariant } from './invariant.ts';
import { isAwayFromCall, isOnCall } from './on-call.ts';
import { isSent, isWarned, noticeIn } from './step-reading.ts';

/** Connections in a row over which a turn may have been told in vain. */
const mostMute = 2;

function isTimer({ event }: SessionStep, timer: string): boolean {
  return event.type === 'timer.fired' && event.timer === timer;
}

/** The response that is over with this step and was given to its end, or cut. */
function isForgiven({ before, state, effects }: SessionStep): 'yes' | 'perhaps' | 'no' {
  const done = noticeIn(effects, 'response_done');
  if (done === undefined || state.lifecycle.kind === 'closed') return 'no';
  const wasKnown = 'responseId' in before.response && before.response.responseId === done.responseId;
  if (done.status === 'failed') return 'no';
  // One whose beginning was not told is known by its end.
  return wasKnown && done.status !== 'incomplete' ? 'yes' : 'perhaps';
}

/** Connections that are given up one after the other are not like one. */
const givesUpInTime: Invariant = {
  id: 'R38',
  says: 'an answer that stops or does not come costs one connection, and the next time in a row the answer and that connection; a response that ends forgives',
  watch(_world, fail) {
    let stalls: number | undefined = 0;
    return {
      steps: ['session.resume', 'timer.fired', 'response_done'],
      onStep(step) {
        const { event, before, state, effects } = step;
        if (event.type === 'session.resume') stalls = 0;
        if (effects.length === 0 || state.lifecycle.kind === 'closed') return;
        if (event.type !== 'server.event' && event.type !== 'timer.fired') return;
        const forgiven = event.type === 'server.event' ? isForgiven(step) : 'no';
        if (forgiven === 'yes' && state.dial.stalls > 0)
          fail(`${state.dial.stalls} connections that were given up count still`);
        if (forgiven !== 'no') stalls = forgiven === 'yes' ? 0 : undefined;
        if (event.type !== 'timer.fired') return;
        const isGivenUp = isWarned(effects, 'provider.stalled');
        const isMissing = isWarned(effects, 'response.missing');
        if (isMissing && !isGivenUp && before.connection.kind === 'ready')
          fail('an answer is given up, and the connection over which it did not come is kept');
        if (!isGivenUp) return;
        if (!effects.some(({ type }) => type === 'transport.close'))
          fail('a connection is given up and not closed');
        if (stalls !== undefined) checkInARow(step, { stalls, isMissing }, fail);
        stalls = stalls === undefined ? undefined : stalls + 1;
      },
    };
  },
};

function checkInARow(
  step: SessionStep,
  { stalls, isMissing }: { readonly stalls: number; readonly isMissing: boolean },
  fail: Fail,
): void {
  const { response } = step.before;
  if (isTimer(step, 'commit') && stalls >= mostMute)
    fail(`${stalls + 1} connections in a row are given up as mute`);
  if (isMissing && stalls === 0) fail('an answer is given up with the first connection');
  const isWanted =
    response.kind === 'active' || (response.kind === 'requested' && response.fate === 'wanted');
  const isAlone = 'followedBy' in response && response.followedBy === 'nothing';
  const isOwn = isTimer(step, 'stall') || isTimer(step, 'response');
  if (isOwn && isWanted && isAlone && stalls > 0 && !isMissing)
    fail(`an answer is waited for over ${stalls + 2} connections`);
}

/** A request that nobody answers is made as often as the settings say. */
const waitsAreCounted: Invariant = {
  id: 'R38b',
  says: 'a request that is not answered is made again as often as the settings say, and then given up',
  watch(world, fail) {
    const { responseRetries } = world.stage.settings;
    return {
      steps: ['timer.fired'],
      onStep(step) {
        if (!isTimer(step, 'response') || step.state.lifecycle.kind !== 'running') return;
        const { before, effects } = step;
        const { response } = before;
        if (isAwayFromCall(world, before)) {
          if (step.state.response !== response)
            fail('a request is given up while no connection leads to the call');
          return;
        }
        if (response.kind !== 'requested' || response.fate === 'cut' || response.followedBy !== 'nothing')
          return;
        const isGivenUp = isWarned(effects, 'provider.stalled') || isWarned(effects, 'response.missing');
        const { attempt } = response.request;
        const view = world.ledger.connections.get(before.connection.epoch);
        const asked = view?.sent.filter(({ type }) => type === 'response.create').length ?? 0;
        const isAsked = asked > (isSent(effects, 'response.create') ? 1 : 0);
        if (isOnCall(world) && !isAsked && isGivenUp)
          fail('a request is given up that the connection was never given');
        if (isOnCall(world) && !isAsked) return;
        if (isGivenUp !== attempt >= responseRetries)
          fail(
            `a request is ${isGivenUp ? 'given up' : 'made again'} after ${attempt} of ${responseRetries} tries`,
          );
        // Another connection that takes over meanwhile begins to count anew.
        if (step.state.connection.epoch !== before.connection.epoch) return;
        const again = requestsLike(step.state, response.request);
        if (!isGivenUp && again.length > 0 && !again.some((request) => request.attempt === attempt + 1))
          fail(`a request is made again after ${attempt} tries, and ${again[0]?.attempt ?? 0} are counted`);
      },
    };
  },
};

type Request = SessionState['owed'][number];

/** What is owed or asked for and may be this request, made again. */
function requestsLike({ owed, response }: SessionState, request: Request): readonly Request[] {
  const asked = response.kind === 'requested' ? [response.request] : [];
  return [...asked, ...owed].filter((other) =>
    other.kind === 'answer'
      ? request.kind === 'answer' && other.asksAgain === request.asksAgain
      : request.kind === 'say' && other.text === request.text,
  );
}

function lateIn({ connection }: SessionState): number {
  return connection.kind === 'ready' ? connection.lateAnswers : 0;
}

/** How many answers are not waited for any more when the time of one is over. */
function givenUpIn({ response }: SessionState): number {
  if (response.kind === 'awaited') return 1;
  if (response.kind !== 'requested') return 0;
  return (response.followedBy === 'server_answer' ? 1 : 0) + (response.request.kind === 'answer' ? 1 : 0);
}

/** Whether a response begins that is none of the texts and was not asked for now. */
function beginsUnasked({ event, before, effects }: SessionStep): boolean {
  if (event.type !== 'server.event' || event.event.type !== 'response.created') return false;
  const { id, metadata } = event.event.response;
  if (metadata === undefined || typeof metadata?.['antiphon.say'] === 'string') return false;
  const { response } = before;
  // What comes while an answer is expected is that one, also where it failed and is to be asked for again.
  const isExpected =
    response.kind === 'awaited' || ('request' in response && response.request?.kind === 'answer');
  if ('responseId' in response || isExpected) return false;
  return noticeIn(effects, 'response_started')?.responseId === id;
}

/** Answers that may still come are counted, one by one. */
const lateIsCounted: Invariant = {
  id: 'R38c',
  says: 'each answer that is not waited for any more may come late once',
  watch(_world, fail) {
    return {
      steps: ['timer.fired', 'response.created'],
      reads: ['connection'],
      onStep(step) {
        const { before, state } = step;
        const { connection } = state;
        if (connection.kind !== 'ready' || before.connection.kind !== 'ready') return;
        if (connection.epoch !== before.connection.epoch) return;
        const more = lateIn(state) - lateIn(before);
        if (isTimer(step, 'response') && more !== givenUpIn(before))
          fail(`${givenUpIn(before)} answers are given up, and ${more} more may come late`);
        if (more > 0 && !isTimer(step, 'response'))
          fail(`${more} more answers may come late by ${step.event.type}`);
        if (lateIn(before) > 0 && more !== -1 && beginsUnasked(step))
          fail('an answer came late, and is expected still');
        if (lateIn(state) < 0) fail('less than no answer may come late');
      },
    };
  },
};

/** Whether the server, or we, still owe the answer that was to follow. */
function isPaid({ state, effects }: SessionStep): boolean {
  const { response } = state;
  if (response.kind === 'awaited' || ('followedBy' in response && response.followedBy === 'server_answer'))
    return true;
  if (state.owed.some(({ kind }) => kind === 'answer')) return true;
  if (noticeIn(effects, 'response_started') !== undefined) return true;
  return effects.some(
    (effect) =>
      effect.type === 'transport.send' &&
      effect.event.type === 'response.create' &&
      effect.event.response?.metadata?.['antiphon.say'] === undefined,
  );
}

/** What follows on a response is owed when that comes to nothing. */
const followingIsOwed: Invariant = {
  id: 'R38d',
  says: 'the answer that a server was to give is owed when what it was to follow on, or its own request, comes to nothing',
  watch(_world, fail) {
    return {
      steps: ['transport.closed', 'timer.fired', 'error'],
      onStep(step) {
        const { event, before, state } = step;
        const { response } = before;
        if (response.kind === 'none' || state.lifecycle.kind !== 'running') return;
        const isFollowed = 'followedBy' in response && response.followedBy === 'server_answer';
        const isAwaited = response.kind === 'awaited' && response.fate === 'wanted';
        if (!isFollowed && !isAwaited) return;
        const isOver =
          event.type === 'transport.closed' || (event.type === 'timer.fired' && event.timer !== 'commit');
        const isRefused =
          event.type === 'server.event' &&
          event.event.type === 'error' &&
          event.event.error.code === 'conversation_already_has_active_response' &&
          (typeof event.event.error.event_id !== 'string' || response.kind === 'requested');
        if ((isOver || isRefused) && !isPaid(step))
          fail(`the answer that was to follow is not owed after ${event.type}`);
      },
    };
  },
};

type Owed = SessionState['owed'];

function haste(owed: Owed): string | undefined {
  const answer = owed.find(({ kind }) => kind === 'answer');
  return answer?.kind === 'answer' ? answer.when : undefined;
}

/** Whether the connection in use is left: of a turn that is not an item yet its server tells no more. */
function isLeft({ event, before: { connection }, state }: SessionStep): boolean {
  if (event.type === 'session.resume') return true;
  if (connection.kind !== 'ready') return false;
  return state.connection.kind !== 'ready' || state.connection.epoch !== connection.epoch;
}

/**
 * Whether an answer that was owed is asked for, given by the server or not wanted any more: after a limit or a guardrail, and
 * where its turn went with the connection, and is committed anew over the next, or with the process.
 */
function isSettled(step: SessionStep): boolean {
  const { event, before, state, effects } = step;
  if (event.type === 'guard.tripped' || noticeIn(effects, 'limit')?.reached === true) return true;
  const { response } = state;
  const isTheServers =
    response.kind === 'awaited' || ('followedBy' in response && response.followedBy === 'server_answer');
  const isOfTurn = before.owed.some((request) => request.kind === 'answer' && request.commit !== undefined);
  return isSent(effects, 'response.create') || isTheServers || (isOfTurn && isLeft(step));
}

/** An answer waits for what it has to, and no longer. */
const answersWaitTheirTurn: Invariant = {
  id: 'R38e',
  says: 'an answer that waits for silence is asked for in silence, none while another voice is fetched, and what is owed now stays so',
  watch(_world, fail) {
    return {
      steps: ['transport.send'],
      reads: ['owed'],
      onStep(step) {
        const { before, state, effects } = step;
        if (haste(before.owed) === 'now' && haste(state.owed) === 'idle' && !isSettled(step))
          fail('an answer that is owed now is owed when it is silent');
        if (state.response.kind !== 'requested' || !isSent(effects, 'response.create')) return;
        const { request } = state.response;
        if (request.kind !== 'answer') return;
        if (request.when === 'idle' && state.playout.parts.length > 0)
          fail('an answer that waits for silence is asked for while sound is heard');
        if (state.successor.kind !== 'none' && state.successor.why === 'handoff')
          fail('an answer is asked for while the voice of another agent is fetched');
      },
    };
  },
};

export const giveUpInvariants: readonly Invariant[] = [
  givesUpInTime,
  waitsAreCounted,
  lateIsCounted,
  followingIsOwed,
  answersWaitTheirTurn,
];
