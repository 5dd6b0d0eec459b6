import { announce } from './announcement.ts';
import { isAskingConsent } from './consent-state.ts';
import { triageError } from './error-triage.ts';
import type { FailureDetail } from './failure-detail.ts';
import { mayAnswer, refuseAnswer } from './limits.ts';
import { forgetCreates, isOut, send } from './outbox.ts';
import { askOnceMore, asNew, firstAgain, keepRequest, oweAnswer, withoutDebtOf } from './owed.ts';
import { isPlaying } from './playout.ts';
import type { ResponseRequest } from './regions/response.ts';
import { isRemote } from './remote-call.ts';
import { answerOverrides, freedOverrides, sayOverrides } from './response-overrides.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, type Step, sequence, stay } from './step.ts';
import { giveUpConnection } from './succession.ts';

const firstRetryDelayMs = 500;

/**
 * The server will answer the turn it committed by itself; where it answers something else now, it does so afterwards.
 * That answer sees all the conversation holds by now, so it pays the debt of one; texts are still to be said.
 */
export function awaitServerAnswer(state: SessionState): Step {
  const { response } = state;
  const owed = state.owed.filter((request) => request.kind !== 'answer');
  if (response.kind === 'none' || response.kind === 'retrying' || response.kind === 'awaited') {
    const isText = response.kind === 'retrying' && response.request.kind === 'say';
    return sequence(
      become(state, {
        owed: isText ? firstAgain(response.request, owed) : owed,
        response: { kind: 'awaited', fate: 'wanted' },
      }),
      ask({ type: 'timer.cancel', timer: 'response.retry' }),
      startResponseTimer,
    );
  }
  return become(state, { owed, response: { ...response, followedBy: 'server_answer' } });
}

/** Asks for the oldest owed response when nothing stands in its way. One request is out at a time. */
export function grantOwed(state: SessionState): Step {
  if (state.owed.length === 0) return stay(state);
  // While the user is asked for a call, answers wait: the agent would talk into the question.
  const at = isAskingConsent(state) ? state.owed.findIndex(({ kind }) => kind === 'say') : 0;
  const request = state.owed[at];
  const owed = state.owed.toSpliced(at, 1);
  const free = state.connection.kind === 'ready' && state.response.kind === 'none';
  if (request === undefined || !free || !isUserDone(state, request)) return stay(state);
  // What is kept back of the user's voice was said before the question: it has to reach the server before that, or it answers it.
  const isProtected = request.kind === 'say' && request.protected === true;
  if (state.consent.kind === 'due' && state.input === 'held' && !isProtected) return stay(state);
  if (request.kind === 'answer') {
    if (request.when === 'idle' && isPlaying(state)) return stay(state);
    if (isHandingOver(state)) return stay(state);
    // Where the refusal leaves last words to say, they are said now. A turn that is not counted yet may allow the answer.
    if (!mayAnswer(state) && state.userTurn.kind !== 'silent') return stay(state);
    if (!mayAnswer(state)) return sequence(refuseAnswer(alter(state, { owed })), grantOwed);
  }
  return requestResponse(alter(state, { owed }), request);
}

/** Asks again after a growing delay, as long as that can help and the budget lasts; then the user is told. */
export function tryAgain(state: SessionState, request: ResponseRequest, failure: FailureDetail): Step {
  if (isSpent(state, request, failure)) return giveUpFailed(state, failure);
  const delayMs = firstRetryDelayMs * 2 ** request.attempt;
  return sequence(
    become(state, { response: { kind: 'retrying', request: nextAttempt(request) } }),
    ask({ type: 'timer.start', timer: 'response.retry', delayMs }),
  );
}

/** A response failed behind which the server answers by itself: it comes again after that. */
export function tryBehind(state: SessionState, request: ResponseRequest, failure: FailureDetail): Step {
  if (isSpent(state, request, failure)) return giveUpFailed(state, failure);
  return become(state, { owed: firstAgain(nextAttempt(request), state.owed) });
}

function isSpent(
  { settings }: SessionState,
  { attempt }: ResponseRequest,
  { code, type }: FailureDetail,
): boolean {
  return triageError(code, type) === 'fatal' || attempt >= settings.responseRetries;
}

function giveUpFailed(state: SessionState, { text }: FailureDetail): Step {
  return sequence(notify({ type: 'warning', code: 'response.failed', message: text })(state), sayFallback);
}

function nextAttempt(request: ResponseRequest): ResponseRequest {
  return { ...asNew(request), attempt: request.attempt + 1 };
}

/** The `response.retry` timer fired. */
export function retryResponse(state: SessionState): Step {
  if (state.response.kind !== 'retrying') return stay(state);
  const { request } = state.response;
  return become(state, {
    response: { kind: 'none' },
    owed: firstAgain(request, state.owed),
  });
}

/** The `response` timer fired: the response that was owed or asked for did not come. */
export function giveUpWaiting(state: SessionState): Step {
  const { response } = state;
  const free: SessionState = alter(state, { response: { kind: 'none' } });
  if (response.kind !== 'awaited' && response.kind !== 'requested') return stay(state);
  // What a call goes on with is waited for again when that is joined again.
  if (state.connection.kind !== 'ready') return stay(state);
  if (response.kind === 'requested' && response.followedBy === 'server_answer') {
    const alone = alter(state, { response: { ...response, followedBy: 'nothing' } });
    return giveUpWaiting(oweNow(expectLate(alone))[0]);
  }
  const isAnswer = response.kind === 'awaited' || response.request.kind === 'answer';
  if (response.fate === 'cut') return forgetCreates(isAnswer ? expectLate(free) : free);
  if (response.kind === 'awaited') return oweAnswer(expectLate(free));
  const { request } = response;
  // It was asked for over a connection to the call that is gone, and came to nothing or came meanwhile: that is no try.
  if (isRemote(state) && !isOut(state, 'response.create'))
    return keepRequest(request.kind === 'answer' ? expectLate(free) : free, request);
  if (request.attempt < state.settings.responseRetries) {
    const again = askOnceMore(free, request);
    return forgetCreates(request.kind === 'answer' ? expectLate(again) : again);
  }
  const message = 'the server did not answer a request for a response';
  // The request is still in its place: it moves to the next connection with everything else.
  if (state.dial.stalls === 0)
    return giveUpConnection(
      alter(state, { response: { ...response, request: { ...request, attempt: 0 } } }),
      message,
    );
  return sequence(
    forgetCreates(free),
    (next) => giveUpAnswer(next, message),
    // A connection over which nothing comes is no better for the next request.
    (next) => giveUpConnection(next, message),
  );
}

/** An answer that is not waited for any more may still come. */
function expectLate(state: SessionState): SessionState {
  const { connection } = state;
  if (connection.kind !== 'ready') return state;
  return alter(state, { connection: { ...connection, lateAnswers: connection.lateAnswers + 1 } });
}

/** Neither asking again nor another connection has helped: the user is told. */
export function giveUpAnswer(state: SessionState, message: string): Step {
  return sequence(notify({ type: 'warning', code: 'response.missing', message })(state), sayFallback);
}

function requestResponse(state: SessionState, request: ResponseRequest): Step {
  const response =
    request.kind === 'say'
      ? sayOverrides(request)
      : { ...answerOverrides(request), ...(request.commit === undefined && freedOverrides(state)) };
  const isPlain = Object.keys(response).length === 0;
  return sequence(
    become(state, {
      response: { kind: 'requested', request, fate: 'wanted', followedBy: 'nothing' },
      // The server answers all that the conversation holds when it gets to the request.
      owed: withoutDebtOf(request, state.owed),
    }),
    send({ type: 'response.create', ...(isPlain ? {} : { response }) }),
    startResponseTimer,
  );
}

const oweNow = (state: SessionState): Step => oweAnswer(state);

function sayFallback(state: SessionState): Step {
  const { fallback } = state.settings;
  return fallback === undefined ? stay(state) : announce(state, fallback);
}

/** Whether nothing that the user says is on its way, or only what the request answers: the server gets to that first. */
function isUserDone({ userTurn }: SessionState, request: ResponseRequest): boolean {
  if (userTurn.kind === 'silent') return true;
  const isSent = userTurn.kind === 'committing' && userTurn.commit === 'sent';
  return isSent && request.kind === 'answer' && request.commit !== undefined;
}

/** While the voice of another agent is being fetched, the old one does not answer in its place. */
function isHandingOver({ successor }: SessionState): boolean {
  return successor.kind !== 'none' && successor.why === 'handoff';
}

function startResponseTimer(state: SessionState): Step {
  return [state, [{ type: 'timer.start', timer: 'response', delayMs: state.settings.timeouts.responseMs }]];
}
