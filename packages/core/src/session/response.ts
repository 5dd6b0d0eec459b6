import type { RealtimeResponse } from '../protocol/response.ts';
import { awaitServerAnswer, giveUpAnswer, tryAgain } from './arbiter.ts';
import { noteAnswered } from './committed-answers.ts';
import { textOf } from './conversation.ts';
import { describeDetails, type FailureDetail } from './failure-detail.ts';
import { understandBefore } from './kept-turns.ts';
import { countResponse } from './limits.ts';
import { forgetCancels, forgetCreates, hasUnseenItems, send, settleItems } from './outbox.ts';
import { keepRequest, oweAnswer, requestOf } from './owed.ts';
import { dropUnheard, endPartsOf } from './playout.ts';
import type { ActiveResponse, ResponseRequest } from './regions/response.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, remember, type Step, sequence, stay } from './step.ts';
import { giveUpConnection } from './succession.ts';
import { closeBatch } from './tool-calls.ts';

/** How many ids of finished responses are kept to recognise what arrives late. */
const finishedLimit = 32;

/** What a response says of itself: the text of ours that it says, or that it says none. */
export type ToldRequest = Extract<ResponseRequest, { kind: 'say' }> | 'none';

/** Takes note of a response by any event that names it: not every server announces it first. */
export function noteResponse(state: SessionState, responseId: string, told?: ToldRequest): Step {
  const { response } = state;
  if (responseId === '') return stay(state);
  if ('responseId' in response) return confirmRequest(state, responseId, told);
  if (state.finishedResponses.includes(responseId)) return stay(state);
  const isOurs = response.kind === 'requested';
  const isCut = (response.kind === 'awaited' || response.kind === 'requested') && response.fate === 'cut';
  const asked = requestOf(response);
  const text = told === 'none' ? undefined : told;
  // Another one comes, of ours or of the server: the one that was expected now is still owed.
  const displaced = asked !== undefined && isAnother(state, asked, told) ? asked : undefined;
  const isOfCut = isCut && (text === undefined || (asked !== undefined && displaced === undefined));
  const isUnwanted = isOfCut || isStray(state, text);
  const active: ActiveResponse = {
    kind: isUnwanted ? 'cancelling' : 'active',
    responseId,
    request: displaced === undefined ? (asked ?? text) : text && { ...text, attempt: 1 },
    proof: text === undefined ? 'assumed' : 'told',
    agent: state.agent,
    items: [],
    refusedCalls: 0,
    output: 'none',
    followedBy: followsOn(response, text),
    events: 0,
    eventsSeen: 0,
  };
  return sequence(
    // A text that was asked for now is not owed any more; one that was kept before may be.
    become(state, {
      response: active,
      owed:
        isUnwanted || (asked?.kind === 'say' && displaced === undefined)
          ? state.owed
          : withoutText(state, text),
    }),
    ask({ type: 'timer.cancel', timer: 'response' }, { type: 'timer.cancel', timer: 'response.retry' }),
    notify({ type: 'response_started', responseId }),
    countResponse,
    isOurs && (displaced === undefined || text !== undefined) ? settleItems : oweUnseen,
    isOurs ? forgetCreates : stay,
    displaced === undefined || isCut ? stay : (next) => keepRequest(next, displaced),
    told === 'none' && asked?.kind !== 'answer' ? noteUnasked : stay,
    text === undefined ? stay : noteTelling,
    isUnwanted ? send({ type: 'response.cancel', response_id: responseId }) : stay,
    startStallTimer,
  );
}

/** What is still to come of the server's own when a response begins: a text is not the answer that was waited for. */
function followsOn(
  response: SessionState['response'],
  text: ResponseRequest | undefined,
): ActiveResponse['followedBy'] {
  if (response.kind === 'requested') return response.followedBy;
  const isWaited = response.kind === 'awaited' && response.fate === 'wanted' && text !== undefined;
  return isWaited ? 'server_answer' : 'nothing';
}

/** Whether sound of a response came. */
function isBegun({ playout }: SessionState, responseId: string): boolean {
  return playout.parts.some((part) => part.responseId === responseId);
}

/** Whether a text is said that is neither asked for nor owed: it was cut before it began, and comes now that nobody waits for it. */
function isStray({ response, owed }: SessionState, text: ResponseRequest | undefined): boolean {
  if (text?.kind !== 'say') return false;
  const asked = requestOf(response);
  return ![...(asked === undefined ? [] : [asked]), ...owed].some(
    (request) => request.kind === 'say' && request.text === text.text,
  );
}

/** A response that is known already says which text of ours it is: that one is not asked for again, another one is. */
function confirmRequest(state: SessionState, responseId: string, told: ToldRequest | undefined): Step {
  const { response } = state;
  if (!('responseId' in response) || response.responseId !== responseId) return stay(state);
  if (told === undefined || response.proof === 'told') return stay(state);
  const { request } = response;
  if (told === 'none') return isOfServer(state, response) ? freeRequest(state, response) : stay(state);
  const displaced = request !== undefined && isAnother(state, request, told) ? request : undefined;
  const isAsked = request?.kind === 'say' && displaced === undefined;
  return sequence(
    become(state, {
      response: { ...response, request: displaced === undefined ? (request ?? told) : told, proof: 'told' },
      // What is cut is not said, and the text that was asked for now may be owed once more.
      owed: response.kind === 'cancelling' || isAsked ? state.owed : withoutText(state, told),
    }),
    displaced === undefined || response.kind === 'cancelling' ? stay : (next) => keepRequest(next, displaced),
    noteTelling,
    isStray(state, told) && !isBegun(state, responseId) ? (next) => cancelResponse(next, 'client') : stay,
  );
}

/** What is owed but for a text that is being said. */
function withoutText({ owed }: SessionState, told: ToldRequest | undefined): SessionState['owed'] {
  if (told === undefined || told === 'none') return owed;
  const at = owed.findIndex((other) => other.kind === 'say' && other.text === told.text);
  return at < 0 ? owed : owed.toSpliced(at, 1);
}

/** The server says which text of ours a response is: what says that it is none is none. */
function noteTelling(state: SessionState): Step {
  const { connection } = state;
  if (connection.kind !== 'ready' || connection.requests === 'told') return stay(state);
  return become(state, { connection: { ...connection, requests: 'told' } });
}

/** Whether a response that says no text of ours may be another one than the text that is asked for. */
function mayBeNone(state: SessionState, followedBy: ActiveResponse['followedBy']): boolean {
  const { connection } = state;
  const isTold = connection.kind === 'ready' && connection.requests === 'told';
  return isTold || followedBy === 'server_answer' || lateAnswers(state) > 0;
}

/** Whether a response that was taken for a text of ours is an answer of the server's. */
function isOfServer(state: SessionState, { kind, request, followedBy }: ActiveResponse): boolean {
  return kind === 'active' && request?.kind === 'say' && mayBeNone(state, followedBy);
}

/** The response says no text of ours: that one is still owed. */
function freeRequest(state: SessionState, { request, ...response }: ActiveResponse): Step {
  return sequence(
    become(state, { response: { ...response, request: undefined, proof: 'told' } }),
    noteUnasked,
    request === undefined ? stay : (next) => keepRequest(next, request),
  );
}

/**
 * Whether a response that comes while one of ours is expected is another one. Where it is not known that a server repeats
 * what it was asked, only an answer that is known to be on its way is told from a text of ours.
 */
function isAnother(state: SessionState, asked: ResponseRequest, told: ToldRequest | undefined): boolean {
  const { response } = state;
  if (told === undefined) return false;
  if (told !== 'none') return asked.kind !== 'say' || asked.text !== told.text;
  return asked.kind === 'say' && (response.kind !== 'requested' || mayBeNone(state, response.followedBy));
}

/** An answer that nobody asked for now: one that was given up before, or the server's own to a turn. */
function noteUnasked(state: SessionState): Step {
  const { response } = state;
  if (lateAnswers(state) > 0) return stay(withoutLate(state));
  if (response.kind !== 'active') return stay(state);
  return become(state, { response: { ...response, followedBy: 'nothing' } });
}

/** An answer that was given up has come. */
export function withoutLate(state: SessionState): SessionState {
  const { connection } = state;
  if (connection.kind !== 'ready') return state;
  return alter(state, { connection: { ...connection, lateAnswers: connection.lateAnswers - 1 } });
}

/** How many answers may still come that are not waited for any more. */
export function lateAnswers({ connection }: SessionState): number {
  return connection.kind === 'ready' ? connection.lateAnswers : 0;
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
    endPartsOf(alter(state, { finishedResponses, response: { kind: 'none' } }), response.responseId),
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
    become(state, {
      response: { kind: 'none' },
      dial: failure === undefined ? { ...state.dial, stalls: 0 } : state.dial,
    }),
    ask({ type: 'timer.cancel', timer: 'stall' }),
    forgetCancels,
  );
  const cut = over.kind === 'cancelling' ? sequence(free, (next) => dropUnheard(next, over.items)) : free;
  if (over.followedBy === 'server_answer') return sequence(cut, awaitServerAnswer);
  if (over.kind === 'cancelling') return cut;
  if (failure === undefined) return sequence(cut, (next) => noteAnswered(next, over.request));
  const request: ResponseRequest = over.request ?? { kind: 'answer', when: 'now', attempt: 0 };
  return sequence(cut, (next) => tryAgain(next, request, failure));
}

/** The `stall` timer fired: a response that did not move since is dead, and so may be its connection. */
export function watchProgress(state: SessionState): Step {
  const { response } = state;
  if (!('responseId' in response)) return stay(state);
  if (response.events !== response.eventsSeen) {
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
  const freed =
    response.followedBy === 'server_answer'
      ? sequence(cancelled, oweNow)
      : response.kind === 'cancelling'
        ? cancelled
        : sequence(cancelled, (next) => giveUpAnswer(next, message));
  // For the server the response may still be under way: nothing more is asked for over this connection.
  return sequence(freed, forgetCreates, (next) => giveUpConnection(next, message));
}

const oweNow = (state: SessionState): Step => oweAnswer(state);

function startStallTimer(state: SessionState): Step {
  return [state, [{ type: 'timer.start', timer: 'stall', delayMs: state.settings.timeouts.stallMs }]];
}
