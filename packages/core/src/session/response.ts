import type { RealtimeResponse } from '../protocol/response.ts';
import { awaitServerAnswer, giveUpAnswer, tryAgain, tryBehind } from './arbiter.ts';
import { noteAnswered } from './committed-answers.ts';
import { textOf } from './conversation.ts';
import { describeDetails, type FailureDetail } from './failure-detail.ts';
import { understandBefore } from './kept-turns.ts';
import { forgetCancels, forgetCreates, send } from './outbox.ts';
import { keepRequest, oweAnswer, requestOf } from './owed.ts';
import { dropUnheard, endPartsOf } from './playout.ts';
import type { DoubtfulRequest } from './regions/connection.ts';
import type { ActiveResponse, ResponseRequest } from './regions/response.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, remember, type Step, sequence, stay } from './step.ts';
import { giveUpConnection } from './succession.ts';
import { closeBatch } from './tool-calls.ts';

/** How many ids of finished responses are kept to recognise what arrives late. */
const finishedLimit = 32;

/**
 * Another response was announced: the one before is over, though its end was not told. Where the other says the text that the
 * one before was taken for, or words that must be heard did not come, it was not that.
 */
export function supersedeResponse(state: SessionState, responseId: string, text?: string): Step {
  const { response } = state;
  if (!('responseId' in response) || response.responseId === responseId) return stay(state);
  if (responseId === '' || state.finishedResponses.includes(responseId)) return stay(state);
  const finishedResponses = remember(state.finishedResponses, response.responseId, finishedLimit);
  return sequence(
    endPartsOf(alter(state, { finishedResponses, response: { kind: 'none' } }), response.responseId),
    ask({ type: 'timer.cancel', timer: 'stall' }),
    (next) => closeBatch(next, response.responseId),
    response.kind === 'cancelling'
      ? (next) => dropUnheard(next, response.items)
      : keepUnsaid(state, response, text),
  );
}

function keepUnsaid(
  before: SessionState,
  over: ActiveResponse,
  text: string | undefined,
): (state: SessionState) => Step {
  const { proof, request } = over;
  if (proof !== 'assumed' || request?.kind !== 'say') return stay;
  const isMistaken = request.text === text || isUnsaid(before, over);
  return isMistaken ? (state) => keepRequest(state, request) : stay;
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
    (next) => understandBefore(next, responseId),
  );
}

/** Whether what arrives of this response is still wanted. */
export function isWanted(state: SessionState, responseId: string): boolean {
  const { response } = state;
  // One that is under way is not among those that are over: they are gone through for late sound alone.
  if ('responseId' in response && response.responseId === responseId) return response.kind !== 'cancelling';
  return !state.finishedResponses.includes(responseId);
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
        become(withoutDoubt(state, response.responseId), { response: { ...response, kind: 'cancelling' } }),
        by === 'client' ? send({ type: 'response.cancel', response_id: response.responseId }) : stay,
      );
    default:
      return stay(state);
  }
}

/** Whatever request a response answers, nobody waits for more than came of it. */
function withoutDoubt(state: SessionState, responseId: string): SessionState {
  const { connection } = state;
  if (connection.kind !== 'ready') return state;
  const doubtful = connection.doubtful.map((doubt) =>
    doubt.responseId === responseId ? { ...doubt, request: undefined } : doubt,
  );
  return alter(state, { connection: { ...connection, doubtful } });
}

/** What was sent ahead of a request is told before what its answer said, or that was no answer to it. */
function noteSaid(state: SessionState, { responseId, items }: ActiveResponse): SessionState {
  const { connection } = state;
  if (connection.kind !== 'ready' || !connection.doubtful.some(isOfThis)) return state;
  const doubtful = connection.doubtful.map((doubt) => (isOfThis(doubt) ? { ...doubt, said: items } : doubt));
  return alter(state, { connection: { ...connection, doubtful } });

  function isOfThis(doubt: DoubtfulRequest): boolean {
    return doubt.responseId === responseId && doubt.ahead.length > 0;
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
  const hasFailed =
    status === 'failed' ||
    (status === 'incomplete' && ours !== undefined && (isUnsaid(state, ours) || isCutCall(state, ours)));
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
    (next) => (ours ? follow(next, ours, hasFailed ? (detail ?? noDetail) : undefined) : stay(next)),
    // Sound that was on its way before the user was not listened to any more may have cut it.
    status === 'cancelled' && ours !== undefined ? (next) => keepTakenBack(next, state, ours) : stay,
  );
}

/** Words that must be heard and that the server has cut are said anew. */
function keepTakenBack(state: SessionState, before: SessionState, over: ActiveResponse): Step {
  const { responseId, request } = over;
  if (over.kind !== 'active' || request?.kind !== 'say' || request.protected !== true) return stay(state);
  const isOpen = before.playout.parts.some(
    (part) => part.responseId === responseId && part.reception === 'receiving',
  );
  return isOpen || isUnsaid(before, over) ? keepRequest(state, request) : stay(state);
}

/** Whether words that must be heard are not all in what came of the response. */
function isUnsaid(state: SessionState, { request, items }: ActiveResponse): boolean {
  if (request?.kind !== 'say' || request.protected !== true) return false;
  return !items
    .map((itemId) => textOf(state, itemId))
    .join(' ')
    .includes(request.text);
}

/** Whether nothing came of the response but calls that were cut: nobody was told anything, and nobody will be. */
function isCutCall({ tools }: SessionState, { output, items, responseId }: ActiveResponse): boolean {
  if (output === 'none' || items.length > 0) return false;
  return ![...tools.calls.values()].some((call) => call.responseId === responseId);
}

const noDetail: FailureDetail = { code: undefined, type: undefined, text: 'the response failed' };

/** What comes after a response: the server's next one, another try, or nothing. */
function follow(state: SessionState, over: ActiveResponse, failure: FailureDetail | undefined): Step {
  const free = sequence(
    become(failure === undefined ? noteSaid(state, over) : withoutDoubt(state, over.responseId), {
      response: { kind: 'none' },
      dial: failure === undefined ? { ...state.dial, stalls: 0 } : state.dial,
    }),
    ask({ type: 'timer.cancel', timer: 'stall' }),
    forgetCancels,
  );
  const cut = over.kind === 'cancelling' ? sequence(free, (next) => dropUnheard(next, over.items)) : free;
  const { request } = over;
  if (over.followedBy === 'server_answer') {
    // That answer pays for all that is to be answered, and says no text.
    const isTextLost = failure !== undefined && over.kind === 'active' && request?.kind === 'say';
    return sequence(cut, isTextLost ? (next) => tryBehind(next, request, failure) : stay, awaitServerAnswer);
  }
  if (over.kind === 'cancelling') return cut;
  if (failure === undefined) return sequence(cut, (next) => noteAnswered(next, request));
  const asked: ResponseRequest = request ?? { kind: 'answer', when: 'now', attempt: 0 };
  return sequence(cut, (next) => tryAgain(next, asked, failure));
}

/** The `stall` timer fired: a response that did not move since is dead, and so may be its connection. */
export function watchProgress(state: SessionState): Step {
  const { response } = state;
  if (!('responseId' in response)) return stay(state);
  if (response.events !== response.eventsSeen || hasHostedCall(state, response.responseId)) {
    return startStallTimer(alter(state, { response: { ...response, eventsSeen: response.events } }));
  }
  const message = 'the server stopped in the middle of a response';
  if (state.dial.stalls === 0) return giveUpConnection(state, message);
  const finishedResponses = remember(state.finishedResponses, response.responseId, finishedLimit);
  const free = endPartsOf(
    alter(state, { finishedResponses, response: { kind: 'none' } }),
    response.responseId,
  );
  const cancelled = sequence(
    free,
    (next) => closeBatch(next, response.responseId),
    (next) => dropUnheard(next, response.items),
    send({ type: 'response.cancel', response_id: response.responseId }),
  );
  const isAnswered = response.followedBy === 'server_answer';
  // The answer of the server's that would follow stands for every other one, and says no text.
  const isGivenUp = response.kind === 'active' && (!isAnswered || response.request?.kind === 'say');
  const freed = sequence(
    cancelled,
    isGivenUp ? (next) => giveUpAnswer(next, message) : stay,
    isAnswered ? oweNow : stay,
  );
  // For the server the response may still be under way: nothing more is asked for over this connection.
  return sequence(freed, forgetCreates, (next) => giveUpConnection(next, message));
}

const oweNow = (state: SessionState): Step => oweAnswer(state);

/** A response that does not move any more is noticed. */
export function startStallTimer(state: SessionState): Step {
  return [state, [{ type: 'timer.start', timer: 'stall', delayMs: state.settings.timeouts.stallMs }]];
}

/** While the provider makes a call, nothing else comes of the response. */
function hasHostedCall({ tools }: SessionState, responseId: string): boolean {
  return [...tools.calls.values()].some(
    (call) => call.hosted && call.responseId === responseId && call.phase.kind === 'running',
  );
}
