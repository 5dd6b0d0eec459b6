import type { RealtimeResponse } from '../protocol/response.ts';
import { announce } from './announcement.ts';
import { triageError } from './error-triage.ts';
import { describeDetails, type FailureDetail } from './failure-detail.ts';
import { understandAll } from './kept-turns.ts';
import { countResponse, mayAnswer, refuseAnswer } from './limits.ts';
import { forgetCancels, forgetCreates, hasUnseenItems, pendingEvent, send, settleItems } from './outbox.ts';
import { keepRequest, oweAnswer, requestOf, withoutDebtOf } from './owed.ts';
import { dropUnheard, endPartsOf, isPlaying } from './playout.ts';
import { answerOverrides, sayOverrides } from './response-overrides.ts';
import type { ActiveResponse, ResponseRequest, SessionState } from './state.ts';
import { ask, become, notify, remember, type Step, sequence, stay } from './step.ts';
import { giveUpConnection } from './succession.ts';
import { closeBatch } from './tool-calls.ts';

/** How many ids of finished responses are kept to recognise what arrives late. */
const finishedLimit = 32;
const firstRetryDelayMs = 500;
/**
 * The server will answer the turn it committed by itself; where it answers something else now, it does so afterwards.
 * That answer sees all the conversation holds by now, so it pays the debt of one; texts are still to be said.
 */
export function awaitServerAnswer(state: SessionState): Step {
  const { response } = state;
  const owed = state.owed.filter((request) => request.kind !== 'answer');
  if (response.kind === 'none' || response.kind === 'retrying' || response.kind === 'awaited') {
    return sequence(
      become(state, { owed, response: { kind: 'awaited', fate: 'wanted' } }),
      ask({ type: 'timer.cancel', timer: 'response.retry' }),
      startResponseTimer,
    );
  }
  return become(state, { owed, response: { ...response, followedBy: 'server_answer' } });
}

/** Asks for the oldest owed response when nothing stands in its way. One request is out at a time. */
export function grantOwed(state: SessionState): Step {
  const [request, ...owed] = state.owed;
  const free = state.connection.kind === 'ready' && state.response.kind === 'none';
  if (request === undefined || !free || state.userTurn.kind !== 'silent') return stay(state);
  if (request.kind === 'answer') {
    if (request.when === 'idle' && isPlaying(state)) return stay(state);
    if (isHandingOver(state)) return stay(state);
    // Where the refusal leaves last words to say, they are said now.
    if (!mayAnswer(state)) return sequence(refuseAnswer({ ...state, owed }), grantOwed);
  }
  return requestResponse({ ...state, owed }, request);
}

/** Takes note of a response by any event that names it: not every server announces it first. */
export function noteResponse(state: SessionState, responseId: string, told?: ResponseRequest): Step {
  const { response } = state;
  if (responseId === '' || state.finishedResponses.includes(responseId)) return stay(state);
  if ('responseId' in response) return stay(state);
  const isOurs = response.kind === 'requested';
  const isCut = (response.kind === 'awaited' || response.kind === 'requested') && response.fate === 'cut';
  const asked = requestOf(response);
  // Another request of ours is answered, late: the one that was expected now is still owed.
  const displaced =
    told?.kind === 'say' && asked !== undefined && !isSameText(asked, told) ? asked : undefined;
  const active: ActiveResponse = {
    kind: isCut ? 'cancelling' : 'active',
    responseId,
    request: displaced === undefined ? (asked ?? told) : told && { ...told, attempt: 1 },
    agent: state.agent,
    items: [],
    output: 'none',
    followedBy: response.kind === 'requested' ? response.followedBy : 'nothing',
    events: 0,
    eventsSeen: 0,
  };
  return sequence(
    become(state, { response: active }),
    ask({ type: 'timer.cancel', timer: 'response' }, { type: 'timer.cancel', timer: 'response.retry' }),
    notify({ type: 'response_started', responseId }),
    countResponse,
    isOurs ? settleItems : oweUnseen,
    isOurs ? forgetCreates : stay,
    displaced === undefined || isCut ? stay : (next) => keepRequest(next, displaced),
    isCut ? send({ type: 'response.cancel', response_id: responseId }) : stay,
    startStallTimer,
  );
}

function isSameText(asked: ResponseRequest, told: ResponseRequest): boolean {
  return asked.kind === 'say' && told.kind === 'say' && asked.text === told.text;
}

/** A response that the server began by itself does not see what had not reached it: that is to be answered after it. */
function oweUnseen(state: SessionState): Step {
  return hasUnseenItems(state) ? oweAnswer(state) : stay(state);
}

/** Another response was announced: the one before is over, though its end was not told. */
export function supersedeResponse(state: SessionState, responseId: string): Step {
  const { response } = state;
  if (!('responseId' in response) || response.responseId === responseId) return stay(state);
  if (responseId === '' || state.finishedResponses.includes(responseId)) return stay(state);
  const finishedResponses = remember(state.finishedResponses, response.responseId, finishedLimit);
  return sequence(
    endPartsOf({ ...state, finishedResponses, response: { kind: 'none' } }, response.responseId),
    ask({ type: 'timer.cancel', timer: 'stall' }),
    (next) => closeBatch(next, response.responseId),
    response.kind === 'cancelling' ? (next) => dropUnheard(next, response.items) : stay,
  );
}

/** Something of the response under way arrived: it is alive. */
export function noteProgress(state: SessionState, responseId: string): Step {
  const { response } = state;
  if (!('responseId' in response) || response.responseId !== responseId) return stay(state);
  return become(state, { response: { ...response, events: response.events + 1 } });
}

/** A message of the response under way. */
export function noteMessage(state: SessionState, responseId: string, itemId: string): Step {
  const { response } = state;
  if (!('responseId' in response) || response.responseId !== responseId) return stay(state);
  if (itemId === '' || response.items.includes(itemId)) return stay(state);
  return become(state, { response: { ...response, items: [...response.items, itemId] } });
}

/** The first output of a response was announced: the turn it answers is understood. */
export function noteOutput(state: SessionState, responseId: string, itemId: string): Step {
  const { response } = state;
  if (!('responseId' in response) || response.responseId !== responseId || response.output === 'started') {
    return stay(state);
  }
  return sequence(
    become(state, { response: { ...response, output: 'started' } }),
    notify({ type: 'response_output', responseId, itemId }),
    understandAll,
  );
}

/** Whether what arrives of this response is still wanted. */
export function isWanted(state: SessionState, responseId: string): boolean {
  const { response } = state;
  if (state.finishedResponses.includes(responseId)) return false;
  return !(response.kind === 'cancelling' && response.responseId === responseId);
}

/** Whether the response under way says what must not be cut. */
export function isProtected({ response }: SessionState): boolean {
  const request = requestOf(response);
  return request?.kind === 'say' && request.protected === true;
}

/** Whether a response is under way or certain to come, and not cut yet. */
export function isAnswerComing({ response }: SessionState): boolean {
  switch (response.kind) {
    case 'awaited':
    case 'requested':
      return response.fate === 'wanted';
    case 'active':
    case 'retrying':
      return true;
    default:
      return false;
  }
}

/** The user cut in: the response is over for us; the server is told where it does not know by itself. */
export function cancelResponse(state: SessionState, by: 'server' | 'client'): Step {
  const { response } = state;
  switch (response.kind) {
    case 'awaited':
    case 'requested':
      return become(state, { response: { ...response, fate: 'cut' } });
    case 'retrying':
      return sequence(
        become(state, { response: { kind: 'none' } }),
        ask({ type: 'timer.cancel', timer: 'response.retry' }),
      );
    case 'active':
      return sequence(
        become(state, { response: { ...response, kind: 'cancelling' } }),
        by === 'client' ? send({ type: 'response.cancel', response_id: response.responseId }) : stay,
      );
    default:
      return stay(state);
  }
}

/** A response is over, in one of four ways. */
export function finishResponse(state: SessionState, done: RealtimeResponse): Step {
  const responseId = done.id ?? '';
  if (state.finishedResponses.includes(responseId)) return stay(state);
  const { response } = state;
  const status = done.status === 'in_progress' || done.status === undefined ? 'completed' : done.status;
  const ours = 'responseId' in response && response.responseId === responseId ? response : undefined;
  const detail = describeDetails(done.status_details);
  return sequence(
    become(state, { finishedResponses: remember(state.finishedResponses, responseId, finishedLimit) }),
    (next) => endPartsOf(next, responseId),
    notify({
      type: 'response_done',
      responseId,
      status,
      detail: detail?.text,
      usage: done.usage ?? undefined,
    }),
    (next) =>
      ours ? follow(next, ours, status === 'failed' ? (detail ?? noDetail) : undefined) : stay(next),
  );
}

const noDetail: FailureDetail = { code: undefined, type: undefined, text: 'the response failed' };

/** What comes after a response: the server's next one, another try, or nothing. */
function follow(state: SessionState, over: ActiveResponse, failure: FailureDetail | undefined): Step {
  const free = sequence(
    become(state, {
      response: { kind: 'none' },
      dial: failure === undefined ? { ...state.dial, stalls: 0 } : state.dial,
    }),
    ask({ type: 'timer.cancel', timer: 'stall' }),
    forgetCancels,
  );
  const cut = over.kind === 'cancelling' ? sequence(free, (next) => dropUnheard(next, over.items)) : free;
  if (over.followedBy === 'server_answer') return sequence(cut, awaitServerAnswer);
  if (failure === undefined || over.kind === 'cancelling') return cut;
  const request: ResponseRequest = over.request ?? { kind: 'answer', when: 'now', attempt: 0 };
  return sequence(cut, (next) => tryAgain(next, request, failure));
}

/** Asks again after a growing delay, as long as that can help and the budget lasts; then the user is told. */
function tryAgain(state: SessionState, request: ResponseRequest, failure: FailureDetail): Step {
  const isHopeless = triageError(failure.code, failure.type) === 'fatal';
  if (isHopeless || request.attempt >= state.settings.responseRetries) {
    return sequence(
      notify({ type: 'warning', code: 'response.failed', message: failure.text })(state),
      sayFallback,
    );
  }
  const again = { ...request, attempt: request.attempt + 1 };
  const delayMs = firstRetryDelayMs * 2 ** request.attempt;
  return sequence(
    become(state, { response: { kind: 'retrying', request: again } }),
    ask({ type: 'timer.start', timer: 'response.retry', delayMs }),
  );
}

/** The `response.retry` timer fired. */
export function retryResponse(state: SessionState): Step {
  if (state.response.kind !== 'retrying') return stay(state);
  const { request } = state.response;
  return become(state, {
    response: { kind: 'none' },
    owed: [request, ...withoutDebtOf(request, state.owed)],
  });
}

/** The `response` timer fired: the response that was owed or asked for did not come. */
export function giveUpWaiting(state: SessionState): Step {
  const { response } = state;
  const free: SessionState = { ...state, response: { kind: 'none' } };
  if (response.kind !== 'awaited' && response.kind !== 'requested') return stay(state);
  if (response.kind === 'requested' && response.followedBy === 'server_answer') {
    return giveUpWaiting(oweNow({ ...state, response: { ...response, followedBy: 'nothing' } })[0]);
  }
  if (response.fate === 'cut') return forgetCreates(free);
  if (response.kind === 'awaited') return oweAnswer(free);
  const { request } = response;
  if (request.attempt < state.settings.responseRetries) {
    const owed = [{ ...request, attempt: request.attempt + 1 }, ...withoutDebtOf(request, state.owed)];
    return forgetCreates({ ...free, owed });
  }
  const message = 'the server did not answer a request for a response';
  // The request is still in its place: it moves to the next connection with everything else.
  if (state.dial.stalls === 0)
    return giveUpConnection(
      { ...state, response: { ...response, request: { ...request, attempt: 0 } } },
      message,
    );
  return sequence(forgetCreates(free), (next) => giveUpAnswer(next, message));
}

/** The `stall` timer fired: a response that did not move since is dead, and so may be its connection. */
export function watchProgress(state: SessionState): Step {
  const { response } = state;
  if (!('responseId' in response)) return stay(state);
  if (response.events !== response.eventsSeen) {
    return startStallTimer({ ...state, response: { ...response, eventsSeen: response.events } });
  }
  const message = 'the server stopped in the middle of a response';
  if (state.dial.stalls === 0) return giveUpConnection(state, message);
  const finishedResponses = remember(state.finishedResponses, response.responseId, finishedLimit);
  const free = endPartsOf({ ...state, finishedResponses, response: { kind: 'none' } }, response.responseId);
  const cancelled = sequence(
    free,
    (next) => closeBatch(next, response.responseId),
    send({ type: 'response.cancel', response_id: response.responseId }),
  );
  const freed =
    response.followedBy === 'server_answer'
      ? sequence(cancelled, oweNow)
      : response.kind === 'cancelling'
        ? cancelled
        : sequence(cancelled, (next) => giveUpAnswer(next, message));
  // For the server the response may still be under way: nothing more is asked for over this connection.
  return sequence(freed, forgetCreates, (next) => giveUpConnection(next, message));
}

/** Neither asking again nor another connection has helped: the user is told. */
function giveUpAnswer(state: SessionState, message: string): Step {
  return sequence(notify({ type: 'warning', code: 'response.missing', message })(state), sayFallback);
}

/** The server refused a `response.create`: while another response is active the request is kept, else it is asked again. */
export function refuseRequest(
  state: SessionState,
  error: {
    code?: string | null | undefined;
    type?: string | null | undefined;
    message: string;
    event_id?: string | null | undefined;
  },
): Step {
  const { response } = state;
  if (error.code === 'conversation_already_has_active_response') return yieldToActive(state, error.message);
  if (response.kind !== 'requested' || pendingEvent(state, error.event_id)?.type !== 'response.create')
    return stay(state);
  const free = sequence(
    become(state, { response: { kind: 'none' } }),
    ask({ type: 'timer.cancel', timer: 'response' }),
  );
  if (response.followedBy === 'server_answer') {
    const kept =
      response.fate === 'cut' ? free : sequence(free, (next) => keepRequest(next, response.request));
    return sequence(kept, awaitServerAnswer);
  }
  if (response.fate === 'cut') return free;
  const failure = { code: error.code ?? undefined, type: error.type ?? undefined, text: error.message };
  return sequence(free, (next) => tryAgain(next, response.request, failure));
}

/** Another response is active: ours comes after it. */
function yieldToActive(state: SessionState, message: string): Step {
  const { response } = state;
  if (response.kind === 'requested') {
    const other = /resp_\w+/.exec(message)?.[0] ?? '';
    return sequence(
      become(state, { response: { kind: 'none' } }),
      (next) => (response.fate === 'cut' ? stay(next) : keepRequest(next, response.request)),
      (next) =>
        other === '' || next.finishedResponses.includes(other)
          ? become(next, { response: { kind: 'awaited', fate: response.fate } })
          : noteResponse(next, other),
    );
  }
  if (response.kind !== 'active' || response.request === undefined) return stay(state);
  const { request } = response;
  // Of several requests for one answer one was granted: the refusal of another costs nothing.
  if (request.attempt > 0) {
    return become(state, {
      response: { ...response, request: { ...request, attempt: request.attempt - 1 } },
    });
  }
  return sequence(
    become(state, { response: { ...response, request: undefined, followedBy: 'nothing' } }),
    (next) => keepRequest(next, request),
  );
}

function requestResponse(state: SessionState, request: ResponseRequest): Step {
  const response =
    request.kind === 'say'
      ? sayOverrides(request.text, request.protected === true ? 'protected' : 'none')
      : answerOverrides(request);
  return sequence(
    become(state, {
      response: { kind: 'requested', request, fate: 'wanted', followedBy: 'nothing' },
      // The server answers all that the conversation holds when it gets to the request.
      owed: withoutDebtOf(request, state.owed),
    }),
    send({ type: 'response.create', ...(response && { response }) }),
    startResponseTimer,
  );
}

const oweNow = (state: SessionState): Step => oweAnswer(state);

function sayFallback(state: SessionState): Step {
  const { fallback } = state.settings;
  return fallback === undefined ? stay(state) : announce(state, fallback);
}

/** While the voice of another agent is being fetched, the old one does not answer in its place. */
function isHandingOver({ successor }: SessionState): boolean {
  return successor.kind !== 'none' && successor.why === 'handoff';
}

function startResponseTimer(state: SessionState): Step {
  return [state, [{ type: 'timer.start', timer: 'response', delayMs: state.settings.timeouts.responseMs }]];
}

function startStallTimer(state: SessionState): Step {
  return [state, [{ type: 'timer.start', timer: 'stall', delayMs: state.settings.timeouts.stallMs }]];
}
