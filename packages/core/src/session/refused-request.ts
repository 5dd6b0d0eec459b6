import { agentOf } from './agents.ts';
import { awaitServerAnswer, tryAgain } from './arbiter.ts';
import { freeRequest, lateAnswers, noteResponse, withoutLate } from './begun-response.ts';
import type { FailureDetail } from './failure-detail.ts';
import { forgetCreates, pendingEvent } from './outbox.ts';
import { keepRequest, oweAnswer, requestOf } from './owed.ts';
import type { DoubtfulRequest } from './regions/connection.ts';
import type { ResponseRequest, ResponseState } from './regions/response.ts';
import { cancelResponse, supersedeResponse } from './response.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, type Step, sequence, stay } from './step.ts';

/** What the server says of a request that it refuses. */
interface RequestError {
  readonly code?: string | null | undefined;
  readonly type?: string | null | undefined;
  readonly message: string;
  readonly event_id?: string | null | undefined;
}

/** The server refused a `response.create`: while another response is active the request is kept, else it is asked again. */
export function refuseRequest(state: SessionState, error: RequestError): Step {
  const { connection, response } = state;
  const doubts = connection.kind === 'ready' ? connection.doubtful : [];
  const doubt = doubts.find(({ eventId }) => eventId === error.event_id);
  if (doubt !== undefined) {
    const isOfEarlier = response.kind === 'active' && response.responseId !== doubt.responseId;
    const refused = refuseDoubtful(state, doubt, error);
    return isOfEarlier ? refused : sequence(refused, (next) => refuseRequest(next, error));
  }
  const refused = pendingEvent(state, error.event_id);
  // The one it names is not waited for any more, and another is.
  if (response.kind === 'requested' && isAboutOurs(error) && refused === undefined) return stay(state);
  if (isBusy(error)) return yieldToActive(state, error);
  if (response.kind !== 'requested' || refused?.type !== 'response.create') return stay(state);
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
  return sequence(free, (next) => tryAgain(next, response.request, failureOf(error)));
}

function failureOf({ code, type, message }: RequestError): FailureDetail {
  return { code: code ?? undefined, type: type ?? undefined, text: message };
}

function isBusy({ code }: RequestError): boolean {
  return code === 'conversation_already_has_active_response';
}

/** The response that was taken to answer a request is another one: the request is owed, unless what comes pays it. */
function refuseDoubtful(state: SessionState, doubt: DoubtfulRequest, error: RequestError): Step {
  const { response } = state;
  const { request, responseId } = doubt;
  const settled = withoutDoubt(state, doubt);
  if (request !== undefined && response.kind === 'active' && response.responseId === responseId)
    return freeRequest(settled, response);
  const known = lateAnswers(settled) > 0 ? withoutLate(settled) : settled;
  if (request === undefined) return stay(known);
  if (response.kind === 'none' && !isBusy(error)) return tryAgain(known, request, failureOf(error));
  const isAnswered = response.kind === 'awaited' || requestOf(response)?.kind === 'answer';
  return request.kind === 'answer' && isAnswered ? stay(known) : keepRequest(known, request);
}

/**
 * The server has put what was sent ahead of a request behind what a response said that was taken to answer it: that was begun
 * for something else, and the request is out still.
 */
export function noteUnanswered(
  state: SessionState,
  itemId: string,
  previousItemId: string | null | undefined,
): Step {
  const { connection, response, userTurn, pending } = state;
  if (connection.kind !== 'ready') return stay(state);
  const doubt = connection.doubtful.find((other) => other.request?.kind === 'answer');
  if (doubt?.request === undefined) return stay(state);
  const { eventId, request, ahead, said } = doubt;
  if (!ahead.includes(itemId) || !said.includes(previousItemId ?? '')) return stay(state);
  if (response.kind !== 'none' || userTurn.kind !== 'silent') return stay(state);
  const { epoch } = connection;
  const out = { epoch, type: 'response.create', itemId: undefined, wants: 'nothing' as const };
  const settled = withoutDoubt(lateAnswers(state) > 0 ? withoutLate(state) : state, doubt);
  return sequence(
    become(settled, {
      response: { kind: 'requested', request, fate: 'wanted', followedBy: 'nothing' },
      pending: new Map(pending).set(eventId, out),
    }),
    ask({ type: 'timer.start', timer: 'response', delayMs: state.settings.timeouts.responseMs }),
  );
}

function withoutDoubt(state: SessionState, doubt: DoubtfulRequest): SessionState {
  const { connection } = state;
  if (connection.kind !== 'ready') return state;
  const doubtful = connection.doubtful.filter((other) => other !== doubt);
  return alter(state, { connection: { ...connection, doubtful } });
}

/** Another response is active: ours comes after it, unless it is ours. */
function yieldToActive(state: SessionState, error: RequestError): Step {
  const { response } = state;
  const active = activeResponse(error.message);
  if (response.kind === 'requested' && isEarlierTry(state, response, active))
    return takeEarlierTry(state, response, active);
  return sequence(isAboutOurs(error) ? stay(state) : oweRefusedTurn(state, active), (next) =>
    next.response.kind === 'requested'
      ? yieldRequest(next, next.response, active)
      : yieldAssumed(next, active, error),
  );
}

type Requested = Extract<ResponseState, { kind: 'requested' }>;

function takeEarlierTry(state: SessionState, requested: Requested, active: string): Step {
  const { request } = requested;
  const tried = { ...request, attempt: Math.max(0, request.attempt - 1) };
  const earlier = alter(state, { response: { ...requested, request: tried } });
  const isLate = request.kind === 'answer' && request.again === 'in_vain';
  return noteResponse(isLate ? withoutLate(earlier) : earlier, active);
}

function yieldRequest(state: SessionState, { request, fate }: Requested, active: string): Step {
  return sequence(
    become(state, { response: { kind: 'none' } }),
    // Not every refusal names the request.
    forgetCreates,
    fate === 'cut' ? stay : (next) => keepRequest(next, request),
    (next) =>
      isNew(next, active)
        ? noteResponse(next, active)
        : become(next, { response: { kind: 'awaited', fate } }),
  );
}

/**
 * Whether what stands in the way of a request can only be an earlier try of the same, given up before it began: of an answer
 * since nothing else has been owed meanwhile, of a text since no turn of the user is there to be answered.
 */
function isEarlierTry(state: SessionState, { request, followedBy }: Requested, active: string): boolean {
  if (!isNew(state, active)) return false;
  if (followedBy !== 'nothing' || request.again === undefined) return false;
  if (request.again === 'displaced') return true;
  return request.kind === 'answer' ? lateAnswers(state) > 0 : lateAnswers(state) === 0;
}

/** The response under way was taken for ours and may be another one; where none is known, the one that stands in the way is. */
function yieldAssumed(state: SessionState, active: string, error: RequestError): Step {
  const { response } = state;
  if (response.kind === 'none' || response.kind === 'awaited') return noteResponse(state, active);
  if (response.kind === 'retrying') return yieldRetry(state, response.request, active);
  // What was cancelled is over, though its end was not told: another one is active.
  if (response.kind === 'cancelling' && isNew(state, active) && active !== response.responseId)
    return sequence(supersedeResponse(state, active), (next) => noteResponse(next, active));
  if (response.kind !== 'active' || response.request === undefined || response.proof === 'told') {
    return stay(state);
  }
  const { request } = response;
  // Of several requests for one answer one was granted: the refusal of another costs nothing.
  if (request.attempt > 0) {
    return become(state, {
      response: { ...response, request: { ...request, attempt: request.attempt - 1 } },
    });
  }
  // It is told twice, or is about an earlier request.
  return request.again !== undefined || isAboutOurs(error) ? stay(state) : freeRequest(state, response);
}

/** What failed is not asked for again while another is known to be active. */
function yieldRetry(state: SessionState, request: ResponseRequest, active: string): Step {
  if (!isNew(state, active)) return stay(state);
  return sequence(
    become(state, { response: { kind: 'none' } }),
    (next) => keepRequest(next, request),
    (next) => noteResponse(next, active),
  );
}

/** A server that refuses its own answer to a turn names no event of ours; many errors about ours name none either. */
function isAboutOurs({ event_id }: RequestError): boolean {
  return typeof event_id === 'string';
}

/** The response that stands in the way, where the server names it. */
function activeResponse(message: string): string {
  return /resp_\w+/.exec(message)?.[0] ?? '';
}

/** Whether a response is named, and not known to be over. */
function isNew({ finishedResponses }: SessionState, responseId: string): boolean {
  return responseId !== '' && !finishedResponses.includes(responseId);
}

/** The one that is active was not announced yet. It was begun for what was before this turn, which has cut it. */
function oweAnswerBehind(state: SessionState, active: string): Step {
  const owed = oweAnswer(state);
  if (!isNew(state, active)) return owed;
  return sequence(
    owed,
    (next) => noteResponse(alter(next, { response: { kind: 'awaited', fate: 'wanted' } }), active),
    (next) => (agentOf(next).interruptible ? cancelResponse(next, 'client') : stay(next)),
  );
}

/** The server does not answer the turn that was committed meanwhile: we ask for it. */
function oweRefusedTurn(state: SessionState, active: string): Step {
  const { response } = state;
  if (response.kind === 'awaited') return oweAnswerBehind(state, active);
  if (!('followedBy' in response) || response.followedBy === 'nothing') return stay(state);
  return oweAnswer(alter(state, { response: { ...response, followedBy: 'nothing' } }));
}
