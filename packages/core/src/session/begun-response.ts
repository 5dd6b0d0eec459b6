import { countResponse } from './limits.ts';
import { forgetCreates, hasUnseenItems, isOut, send, settleItems } from './outbox.ts';
import { keepDisplaced, keepRequest, oweAnswer, requestOf } from './owed.ts';
import type { DoubtfulRequest } from './regions/connection.ts';
import type { ActiveResponse, ResponseRequest } from './regions/response.ts';
import { isRemote } from './remote-call.ts';
import { cancelResponse, startStallTimer } from './response.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, type Step, sequence, stay } from './step.ts';

/** What a response says of itself: the text of ours that it says, or that it says none. */
export type ToldRequest = TextRequest | 'none';

type TextRequest = Extract<ResponseRequest, { kind: 'say' }>;

/** How many requests may be in doubt at once. */
const doubtLimit = 4;

/**
 * Takes note of a response by any event that names it: not every server announces it first. There is nothing to cancel of
 * one that is known by its end (`by`).
 */
export function noteResponse(
  state: SessionState,
  responseId: string,
  told?: ToldRequest,
  by: 'its_course' | 'its_end' = 'its_course',
): Step {
  const { response } = state;
  const { left } = state.tools;
  if (responseId === '') return stay(state);
  if ('responseId' in response) {
    const isUntold = isUnproven(response, responseId);
    const isStill = isUntold && !isBegun(state, responseId);
    // Nothing is left to come of one that is over: it is not asked for again where it has failed.
    const mayBeCut = isStill || (isUntold && by === 'its_end');
    const isCut = mayBeCut && told !== undefined && told !== 'none' && isStray(state, told);
    return sequence(
      confirmRequest(state, responseId, told),
      isCut ? (next) => cancelResponse(next, by === 'its_end' ? 'server' : 'client') : stay,
      isStill && !isStray(state, textOf(told)) ? (next) => goOn(next, told) : stay,
    );
  }
  if (state.finishedResponses.includes(responseId)) return stay(state);
  // It goes on with what it said before, and what was asked for since is refused because of it or comes behind it.
  const isEarlier = left?.responseId === responseId && !left.isAwaited;
  if (isEarlier && response.kind === 'requested' && isOut(state, 'response.create')) return stay(state);
  const isOurs = response.kind === 'requested';
  const isCut = (response.kind === 'awaited' || response.kind === 'requested') && response.fate === 'cut';
  const asked = requestOf(response);
  const text = textOf(told);
  // Another one comes, of ours or of the server: the one that was expected now is still owed.
  const isAnotherOne =
    asked !== undefined && (isAnother(state, asked, told) || isUnheard(state, responseId, asked, told));
  const displaced = isAnotherOne ? asked : undefined;
  const isOfCut = isCut && (text === undefined || (asked !== undefined && displaced === undefined));
  const keep = isOurs ? keepDisplaced : keepRequest;
  const isUnwanted = isOfCut || isStray(state, text);
  const outstanding = response.kind === 'none' && text === undefined ? displacedAnswer(state) : undefined;
  // The server's own answer may have begun before what was sent came.
  const settle = isOurs && response.followedBy === 'server_answer' && text === undefined ? stay : settleItems;
  const active: ActiveResponse = {
    kind: isUnwanted ? 'cancelling' : 'active',
    responseId,
    request: displaced === undefined ? (asked ?? text ?? outstanding) : text && { ...text, attempt: 1 },
    proof: text === undefined ? (isAnswerAwaited(state) ? 'awaited' : 'assumed') : 'told',
    agent: left?.responseId === responseId ? left.agent : state.served,
    items: [],
    refusedCalls: 0,
    output: 'none',
    followedBy: followsOn(state, text),
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
          : withoutText(state, text).filter((request) => request !== outstanding),
    }),
    ask({ type: 'timer.cancel', timer: 'response' }, { type: 'timer.cancel', timer: 'response.retry' }),
    notify({ type: 'response_started', responseId }),
    countResponse,
    isOurs && isOut(state, 'response.create') && (displaced === undefined || text !== undefined)
      ? settle
      : oweUnseen,
    (next) =>
      noteDoubt(
        next,
        { before: state, responseId },
        text === undefined && displaced === undefined && !isUnwanted ? asked : undefined,
      ),
    isOurs ? forgetCreates : stay,
    displaced === undefined || isCut ? stay : (next) => keep(next, displaced),
    told === 'none' && (displaced !== undefined || response.kind === 'none') ? noteUnasked : stay,
    text === undefined ? stay : (next) => noteTelling(next, text),
    told === 'none' && displaced === undefined ? noteTaken : stay,
    isUnwanted && by === 'its_course' ? send({ type: 'response.cancel', response_id: responseId }) : stay,
    startStallTimer,
  );
}

/**
 * Whether a response answers a request is in doubt: the request may be refused yet. Of an answer that is so until another response
 * begins, of a text also behind that, since an answer of the server's may have begun before the request came.
 */
function noteDoubt(
  state: SessionState,
  begun: { readonly before: SessionState; readonly responseId: string },
  asked: ResponseRequest | undefined,
): Step {
  const { connection } = state;
  if (connection.kind !== 'ready') return stay(state);
  const texts = connection.doubtful.filter(({ request }) => request?.kind === 'say');
  const isDoubtful = asked !== undefined && asked.again === undefined;
  const doubts = isDoubtful ? doubtsOf(begun, asked) : [];
  if (doubts.length + connection.doubtful.length === 0) return stay(state);
  const doubtful = [...texts, ...doubts].slice(-doubtLimit);
  return become(state, { connection: { ...connection, doubtful } });
}

function doubtsOf(
  { before, responseId }: { readonly before: SessionState; readonly responseId: string },
  request: ResponseRequest,
): DoubtfulRequest[] {
  const sent = [...before.pending];
  const at = sent.findLastIndex(([, { type }]) => type === 'response.create');
  const eventId = sent[at]?.[0];
  if (eventId === undefined) return [];
  const ahead = sent
    .slice(0, at)
    .flatMap(([, { itemId, wants }]) => (wants === 'answer' && itemId ? [itemId] : []));
  return [{ eventId, request, responseId, ahead, said: [] }];
}

/** The answer that is out, in whose place another response came: what comes next is that one. */
function displacedAnswer({ owed }: SessionState): ResponseRequest | undefined {
  return owed.find(({ kind, again }) => kind === 'answer' && again === 'displaced');
}

function textOf(told: ToldRequest | undefined): TextRequest | undefined {
  return told === 'none' ? undefined : told;
}

/** A response that was cut before anything came of it turns out to be words that must be heard: no one could have cut those. */
function goOn(state: SessionState, told: ToldRequest | undefined): Step {
  const { response } = state;
  if (response.kind !== 'cancelling' || response.output !== 'none') return stay(state);
  // What the server was told to cancel it cancels.
  if (textOf(told)?.protected !== true || isOut(state, 'response.cancel')) return stay(state);
  return become(state, { response: { ...response, kind: 'active' }, owed: withoutText(state, told) });
}

/** What is still to come of the server's own when a response begins: a text is not the answer that was waited for. */
function followsOn(state: SessionState, text: ResponseRequest | undefined): ActiveResponse['followedBy'] {
  const { response } = state;
  if (response.kind === 'requested') return response.followedBy;
  return isAnswerAwaited(state) && text !== undefined ? 'server_answer' : 'nothing';
}

/** Whether sound of a response came. */
function isBegun({ playout }: SessionState, responseId: string): boolean {
  return playout.parts.some((part) => part.responseId === responseId);
}

/** Whether a text is said that is neither asked for nor owed: it was cut before it began, and comes now that nobody waits for it. */
function isStray(state: SessionState, text: ResponseRequest | undefined): boolean {
  const { response, owed } = state;
  if (text?.kind !== 'say') return false;
  const asked = requestOf(response);
  return ![...(asked === undefined ? [] : [asked]), ...takenText(state), ...owed].some(
    (request) => request.kind === 'say' && request.text === text.text,
  );
}

/** A response that is known already says which text of ours it is: that one is not asked for again, another one is. */
function confirmRequest(state: SessionState, responseId: string, told: ToldRequest | undefined): Step {
  const { response } = state;
  if (told === undefined || !isUnproven(response, responseId)) return stay(state);
  const { request } = response;
  if (told === 'none')
    return isOfServer(state, response)
      ? freeRequest(state, { ...response, proof: 'told' })
      : noteTaken(state);
  const displaced = request !== undefined && isAnother(state, request, told) ? request : undefined;
  const isAsked = request?.kind === 'say' && displaced === undefined;
  return sequence(
    become(state, {
      response: {
        ...response,
        request: displaced === undefined ? (request ?? told) : told,
        proof: 'told',
        // It was taken for the answer that was waited for: that one is still to come.
        followedBy:
          response.kind === 'active' && response.proof === 'awaited' ? 'server_answer' : response.followedBy,
      },
      // What is cut is not said, and the text that was asked for now may be owed once more.
      owed: response.kind === 'cancelling' || isAsked ? state.owed : withoutText(state, told),
    }),
    displaced === undefined || response.kind === 'cancelling'
      ? stay
      : (next) => keepDisplaced(next, displaced),
    (next) => noteTelling(next, told),
  );
}

/** Whether it is the response under way, and has not said yet what it is. */
function isUnproven(response: SessionState['response'], responseId: string): response is ActiveResponse {
  return 'responseId' in response && response.responseId === responseId && response.proof !== 'told';
}

/** Whether an answer of the server's is waited for that nobody has cut. */
export function isAnswerAwaited({ response }: SessionState): boolean {
  return response.kind === 'awaited' && response.fate === 'wanted';
}

/** Whether nothing but its end is told of a response that was taken for the answer which is waited for. */
export function isUntoldAnswer(state: SessionState, responseId: string): boolean {
  const { response } = state;
  if (isAnswerAwaited(state)) return true;
  if (response.kind !== 'active' || response.responseId !== responseId) return false;
  return response.proof === 'awaited' && response.events === 0;
}

/** Of the response under way nothing was told before its server had cut it: it was to an earlier turn, and the answer that is waited for follows. */
export function expectAnswerBehind(state: SessionState): Step {
  const { response } = state;
  if (!('followedBy' in response)) return stay(state);
  return become(state, { response: { ...response, followedBy: 'server_answer' } });
}

/** What is owed but for a text that is being said. */
function withoutText({ owed }: SessionState, told: ToldRequest | undefined): SessionState['owed'] {
  if (told === undefined || told === 'none') return owed;
  const at = owed.findIndex((other) => other.kind === 'say' && other.text === told.text);
  return at < 0 ? owed : owed.toSpliced(at, 1);
}

/** The server says which text of ours a response is: what says that it is none is none. */
function noteTelling(state: SessionState, told: TextRequest): Step {
  const { connection } = state;
  if (connection.kind !== 'ready' || connection.requests === 'told') return stay(state);
  // Texts come in the order they were asked for: behind a later one, that for which another response was taken does not.
  const lost = takenText(state).filter(
    (taken) => ![told, ...state.owed].some((other) => other.kind === 'say' && other.text === taken.text),
  );
  return sequence(
    become(state, {
      connection: { ...connection, requests: 'told' },
      dial: isRemote(state) ? { ...state.dial, tells: true } : state.dial,
    }),
    ...lost.map((taken) => (next: SessionState) => keepRequest(next, taken)),
  );
}

/** A response that says no text was taken for one of ours, as its server may not speak of such things: where it does, that one still comes. */
function noteTaken(state: SessionState): Step {
  const { connection, response } = state;
  if (connection.kind !== 'ready' || connection.requests === 'told') return stay(state);
  if (response.kind !== 'active' || response.request?.kind !== 'say') return stay(state);
  return become(state, { connection: { ...connection, requests: { taken: response.request } } });
}

function takenText({ connection }: SessionState): readonly TextRequest[] {
  return connection.kind === 'ready' && typeof connection.requests === 'object'
    ? [connection.requests.taken]
    : [];
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

/** The response under way is none of ours: what it was taken to answer is still owed. */
export function freeRequest(state: SessionState, { request, ...response }: ActiveResponse): Step {
  return sequence(
    become(state, { response: { ...response, request: undefined } }),
    noteUnasked,
    request === undefined ? stay : (next) => keepRequest(next, request),
  );
}

/**
 * A text is asked for without tools: a response that calls one and has said nothing was begun for something else. That is heeded
 * once for a text, as not every server does without tools when it is told to.
 */
export function noteCall(state: SessionState, responseId: string): Step {
  const { response } = state;
  if (response.kind !== 'active' || !isUnproven(response, responseId)) return stay(state);
  const { request, items } = response;
  if (request?.kind !== 'say' || request.again !== undefined || items.length > 0) return stay(state);
  return sequence(freeRequest(state, response), (next) =>
    become(next, { owed: next.owed.with(0, { ...request, attempt: 0, again: 'in_vain' }) }),
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

/**
 * Whether a response that names no text comes while a text is waited for that was asked for over a lost connection to a call. Its
 * server may have begun any answer of its own while nobody listened: the text is heard of by its name, or asked for again.
 */
function isUnheard(
  state: SessionState,
  responseId: string,
  asked: ResponseRequest,
  told: ToldRequest | undefined,
): boolean {
  const { response, tools } = state;
  if (!isRemote(state) || response.kind !== 'requested' || asked.kind !== 'say') return false;
  if (textOf(told) !== undefined || tools.left?.responseId === responseId) return false;
  return !isOut(state, 'response.create');
}

/**
 * An answer that nobody asked for now: one that was given up before, or the server's own to a turn. What comes while an answer is
 * expected is taken for that one, and the late one is still to come.
 */
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
