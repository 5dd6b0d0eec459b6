import { allItems, type SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';
import { cuttingEvents } from './speech.ts';
import { noticeIn } from './step-reading.ts';

type Consent = SessionState['consent'];
type Dialogue = Exclude<Consent, { readonly kind: 'none' }>;

/** The dialogue about one call before and after a step; undefined where there is none on both sides. */
function sameCall({ before, state }: SessionStep): { was: Dialogue; is: Dialogue } | undefined {
  const [was, is] = [before.consent, state.consent];
  return was.kind === 'none' || is.kind === 'none' || was.callId !== is.callId ? undefined : { was, is };
}

/** A question is put a few times, and who answers neither yes nor no is asked once more. */
const questionsAreCounted: Invariant = {
  id: 'C10',
  says: 'the user is asked once more after an answer that is neither yes nor no; each question that was begun counts, and answers to it end with it',
  watch(_world, fail) {
    return {
      reads: ['consent'],
      onStep(step) {
        const { before, state } = step;
        if (before.consent === state.consent || state.consent.kind === 'none') return;
        const { consent } = state;
        if (consent.unclear > 1)
          fail(`${consent.callId} is asked for after ${consent.unclear} unclear answers`);
        if (consent.kind === 'due' && consent.turns.length > 0)
          fail('what was said before a question answers it');
        const both = sameCall(step);
        if (both === undefined) return;
        const { was, is } = both;
        const isAnew = was.kind === 'listening' && is.kind !== 'listening';
        if (is.asked !== was.asked && is.asked !== was.asked + 1)
          fail(`${is.callId} was asked for ${was.asked} times, and is for time ${is.asked}`);
        if (isAnew && is.asked !== was.asked + 1) fail(`a question about ${is.callId} is not counted`);
        if (is.unclear !== was.unclear && (is.asked !== was.asked + 1 || is.unclear !== was.unclear + 1))
          fail(`${is.unclear} unclear answers are counted, there were ${was.unclear}`);
      },
    };
  },
};

/** What is said over a question answers less than all of it. */
const saidOverIsNoted: Invariant = {
  id: 'C10b',
  says: 'a turn of the user that comes while the question is being said makes it one that was not heard whole',
  watch(_world, fail) {
    return {
      steps: ['user_turn'],
      onStep(step) {
        const both = sameCall(step);
        if (both?.was.kind !== 'asking' || both.is.turns.length <= both.was.turns.length) return;
        const { is } = both;
        const isNoted =
          (is.kind === 'asking' && is.said === 'disturbed') ||
          (is.kind === 'listening' && is.heard === 'in_part');
        if (!isNoted)
          fail(`what was said over the question about ${is.callId} counts as an answer to all of it`);
      },
    };
  },
};

/** The words of these turns, one after the other; undefined where some are not known. */
function wordsOf({ conversation }: SessionState, itemIds: readonly string[]): readonly string[] | undefined {
  const words: string[] = [];
  for (const id of itemIds) {
    const item = allItems(conversation).find((one) => one.id === id);
    if (item?.kind !== 'message' || item.text === undefined) return undefined;
    words.push(...item.text.split(' '));
  }
  return words;
}

/** Events by which a question is put again whatever was answered to it. */
function losesAnswer({ event, effects }: SessionStep): boolean {
  return (
    event.type === 'session.resume' ||
    event.type === 'user.speech_dropped' ||
    noticeIn(effects, 'connection_lost') !== undefined
  );
}

/** Words of a turn that nobody was told of while it was said: it may have been before the question. */
function isUntoldTurn({ event, before, effects }: SessionStep): boolean {
  if (event.type !== 'server.event' || before.userTurn.kind !== 'silent') return false;
  if (event.event.type !== 'conversation.item.input_audio_transcription.completed') return false;
  return noticeIn(effects, 'user_turn') !== undefined;
}

function checkAgain(step: SessionStep, was: Dialogue, fail: Fail): void {
  const { state, effects } = step;
  if (isUntoldTurn(step) || was.turns.some(({ words }) => words === 'lost')) return;
  // Several texts that were typed without a connection are sent at once.
  const typed = effects.flatMap((effect) =>
    effect.type === 'notify' && effect.notice.type === 'user_turn' ? [effect.notice.itemId] : [],
  );
  const words = wordsOf(state, [...new Set([...was.turns.map(({ itemId }) => itemId), ...typed])]);
  const isNo = words?.includes('no') === true && !['yes', 'hm', 'but'].some((word) => words.includes(word));
  if (isNo && words.length <= 12) fail(`the user has said no to ${was.callId}, and is asked again`);
}

/** A no is a no: nobody is asked again. */
const noEndsIt: Invariant = {
  id: 'C10c',
  says: 'who has said no is not asked again, and whose words are lost is not waited for',
  watch(world, fail) {
    return {
      onStep(step) {
        const { event, before, state } = step;
        if (before.consent.kind === 'none' || state.consent.kind === 'none') return;
        checkLost(step, world, fail);
        if (before.consent === state.consent || losesAnswer(step)) return;
        const both = sameCall(step);
        // What is said before the question has begun is no answer to it.
        const isPutAgain =
          both?.is.kind === 'due' && both.was.kind !== 'due' && both.is.asked > both.was.asked;
        if (isPutAgain && event.type !== 'timer.fired') checkAgain(step, both.was, fail);
      },
    };
  },
};

function checkLost({ event, before, state }: SessionStep, world: World, fail: Fail): void {
  if (event.type !== 'server.event' || world.ledger.stale || state.consent.kind === 'none') return;
  const { event: inner } = event;
  if (inner.type !== 'conversation.item.input_audio_transcription.failed') return;
  if (before.connection.kind !== 'ready' || before.connection.epoch !== event.epoch) return;
  const turn = state.consent.turns.find(({ itemId }) => itemId === inner.item_id);
  if (turn?.words === 'expected' && wordsOf(state, [inner.item_id]) === undefined)
    fail(`the words of ${inner.item_id} are lost, and are waited for`);
}

function checkAsked({ effects }: SessionStep, world: World, fail: Fail): void {
  const asked = noticeIn(effects, 'approval_requested');
  if (asked === undefined) return;
  const ttlMs = world.ledger.policyOf(asked.callId)?.confirm?.ttlMs;
  const timer = asked.by === 'app' ? `approval:${asked.callId}` : 'consent';
  const isTimed = effects.some(
    (effect) => effect.type === 'timer.start' && effect.timer === timer && effect.delayMs === ttlMs,
  );
  if (asked.ttlMs !== ttlMs || !isTimed) fail(`${asked.callId} is not waited for ${ttlMs ?? 0} ms`);
}

function checkSettled({ event, before, state, effects }: SessionStep, fail: Fail): void {
  const settled = noticeIn(effects, 'approval_settled');
  if (settled === undefined) return;
  const isYes = settled.by === 'spoken' && settled.ending === 'approved';
  const { consent } = before;
  if (isYes && consent.kind !== 'none' && consent.turns.some(({ words }) => words === 'lost'))
    fail(`${settled.callId} is agreed to, and some of what the user said is lost`);
  if (settled.by === 'spoken' && settled.ending === 'expired' && before.userTurn.kind !== 'silent')
    fail(`${settled.callId} is given up while the user is ${before.userTurn.kind}`);
  // What breaks off with its connection or process is dropped when it is its turn.
  const isBroken = event.type === 'session.resume' || noticeIn(effects, 'connection_lost') !== undefined;
  if (state.consent.kind !== 'none' || isBroken) return;
  if (state.lifecycle.kind === 'closed') return;
  for (const request of state.owed)
    if (request.kind === 'say' && request.asksFor !== undefined)
      fail(`${request.asksFor} is to be asked for, and nobody wants to know`);
}

function checkLeft(step: SessionStep, fail: Fail): void {
  const { event, before, state, effects } = step;
  const isLeft =
    before.connection.kind === 'ready' &&
    state.connection.kind === 'ready' &&
    before.connection.epoch !== state.connection.epoch;
  const isForced = event.type === 'timer.fired' && event.timer.startsWith('rollover.force:');
  if (!isLeft || isForced || sameCall(step) === undefined) return;
  if (noticeIn(effects, 'connection_lost') === undefined)
    fail(`connection ${before.connection.epoch} is left while the user is asked`);
}

/** A question has its time, and the connection on which it was put. */
const questionsHaveTime: Invariant = {
  id: 'C10d',
  says: 'an answer is waited for as long as the tool says, and heard to its end; a connection that stands is not left while the user is asked; what is settled is asked for no more',
  watch(world, fail) {
    return {
      steps: ['approval_requested', 'approval_settled', 'source.route'],
      onStep(step) {
        checkAsked(step, world, fail);
        checkSettled(step, fail);
        checkLeft(step, fail);
      },
    };
  },
};

/** What the user says is the answer to it. */
const cutsEndNoQuestion: Invariant = {
  id: 'C10e',
  says: 'a call that the user is being asked for is not cancelled by whoever cuts in',
  watch(world, fail) {
    return {
      steps: cuttingEvents,
      onStep({ event, before, state, effects }) {
        if (world.ledger.stale || state.lifecycle.kind !== 'running' || before.agent !== state.agent) return;
        for (const effect of effects) {
          if (effect.type !== 'notify' || effect.notice.type !== 'tool_settled') continue;
          const { callId, outcome } = effect.notice;
          const isAsked =
            before.tools.calls.get(callId)?.phase.kind === 'unconfirmed' &&
            world.ledger.policyOf(callId)?.confirm?.by === 'spoken';
          if (isAsked && outcome.status === 'cancelled')
            fail(`${callId} was to be agreed to, and ends with ${event.type}`);
        }
      },
    };
  },
};

export const consentDialogueInvariants: readonly Invariant[] = [
  cutsEndNoQuestion,
  questionsAreCounted,
  saidOverIsNoted,
  noEndsIt,
  questionsHaveTime,
];
