import type { AskedBefore, ResponseRequest, ResponseState } from './regions/response.ts';
import { splitSpeech } from './split-speech.ts';
import type { SessionState } from './state.ts';
import { alter, become, type Step, stay } from './step.ts';

/** Texts and debts that wait at once; beyond it the oldest texts are dropped. */
const owedLimit = 64;

/**
 * The agent owes an answer to what the conversation holds; several such debts are one. Where it is to ask the user for words
 * that were lost, it does so, whatever else there is to answer.
 */
export function oweAnswer(state: SessionState, when: 'now' | 'idle' = 'now', continues?: string): Step {
  const known = state.owed.findIndex((request) => request.kind === 'answer');
  const request: ResponseRequest = {
    kind: 'answer',
    when,
    attempt: 0,
    ...(continues !== undefined && { continues }),
  };
  if (known < 0) return become(state, { owed: [...state.owed, request] });
  const owed = state.owed[known];
  if (owed === undefined || asksAgain(owed)) return stay(state);
  return become(state, { owed: state.owed.with(known, when === 'now' ? request : asNew(owed)) });
}

/** The agent owes an answer to a turn of the user: who has said more is not asked for what was lost. */
export function oweAnswerToTurn(state: SessionState): Step {
  return oweAnswer(alter(state, { owed: state.owed.filter((request) => !asksAgain(request)) }));
}

function asksAgain(request: ResponseRequest | undefined): boolean {
  return request?.kind === 'answer' && request.asksAgain === true;
}

/** The agent owes a question for what the user said and nobody heard; it stands for the answer to it. */
export function askAgain(state: SessionState): Step {
  const request: ResponseRequest = { kind: 'answer', when: 'now', attempt: 0, asksAgain: true };
  return become(state, { owed: [...withoutDebtOf(request, state.owed), request] });
}

/** The agent owes a text, to be said as it is: a long one by several responses. */
export function oweSpeech(
  state: SessionState,
  text: string,
  protection: 'protected' | 'none' = 'none',
): Step {
  const requests = requestsFor(text).map((request) =>
    protection === 'protected' ? { ...request, protected: true as const } : request,
  );
  return become(state, { owed: bounded([...state.owed, ...requests]) });
}

/** The user is to be asked for a call, before everything else that is owed; the end of a long text is the question. */
export function oweQuestion(state: SessionState, text: string, callId: string): Step {
  const requests = requestsFor(text);
  const question = requests.map((request, at) =>
    at === requests.length - 1 ? { ...request, asksFor: callId } : request,
  );
  return become(state, { owed: bounded([...question, ...state.owed]) });
}

/** Like {@link oweSpeech}, before everything else that is owed. */
export function oweSpeechFirst(state: SessionState, text: string): Step {
  return become(state, { owed: bounded([...requestsFor(text), ...state.owed]) });
}

function requestsFor(text: string): readonly Extract<ResponseRequest, { kind: 'say' }>[] {
  return splitSpeech(text).map((piece) => ({ kind: 'say', text: piece, attempt: 0 }));
}

/** Texts that were to be said are not, except those that must be. */
export function dropOwedSpeech(state: SessionState): Step {
  return dropOwed(state, (request) => request.kind === 'answer' || request.protected === true);
}

/** Only what is kept is owed any more, or may turn out to be. */
export function dropOwed(state: SessionState, isKept: (request: ResponseRequest) => boolean): Step {
  const owed = state.owed.filter(isKept);
  const certain = withDoubtful(state, (request) => (isKept(request) ? request : undefined));
  const left = withoutTaken(certain, isKept);
  return owed.length === left.owed.length ? stay(left) : become(left, { owed });
}

/** A text that may still come, since another was taken for it, is not wanted any more unless it is kept. */
function withoutTaken(state: SessionState, isKept: (request: ResponseRequest) => boolean): SessionState {
  const { connection } = state;
  if (connection.kind !== 'ready' || typeof connection.requests === 'string') return state;
  if (isKept(connection.requests.taken)) return state;
  return alter(state, { connection: { ...connection, requests: 'untold' } });
}

/** The request that may have no answer yet is changed, or not owed any more where it is refused. */
export function withDoubtful(
  state: SessionState,
  change: (request: ResponseRequest) => ResponseRequest | undefined,
): SessionState {
  const { connection } = state;
  if (connection.kind !== 'ready' || connection.doubtful === undefined) return state;
  const { request } = connection.doubtful;
  const doubtful = { ...connection.doubtful, request: request && change(request) };
  return alter(state, { connection: { ...connection, doubtful } });
}

/** A request that was not granted comes first again: it is owed, whether the server refuses it yet or not. */
export function keepRequest(state: SessionState, request: ResponseRequest): Step {
  const certain = withDoubtful(state, (other) => (other === request ? undefined : other));
  return become(certain, { owed: firstAgain({ ...asNew(request), attempt: 0 }, state.owed) });
}

/** A request that was not answered in time comes first again, as its next attempt. */
export function askOnceMore(state: SessionState, request: ResponseRequest): SessionState {
  return alter(state, {
    owed: firstAgain(asAsked(state, { ...request, attempt: request.attempt + 1 }, 'in_vain'), state.owed),
  });
}

/** A request in whose place another response came comes first again. An answer that the server has not refused may be given yet. */
export function keepDisplaced(state: SessionState, request: ResponseRequest): Step {
  if (request.kind === 'say') return keepRequest(state, request);
  return become(state, {
    owed: firstAgain(asAsked(state, { ...request, attempt: 0 }, 'displaced'), state.owed),
  });
}

/** A request that was sent before: what comes of that answers it, as long as nothing else is owed. */
function asAsked({ owed }: SessionState, request: ResponseRequest, again: AskedBefore): ResponseRequest {
  const isAlone = request.kind === 'say' || !owed.some(({ kind }) => kind === 'answer');
  return isAlone ? { ...request, again } : asNew(request);
}

/** A request of which nothing that was asked before can be the answer. */
export function asNew<Request extends ResponseRequest>(request: Request): Request {
  if (request.again === undefined) return request;
  const { again: _, ...others } = request;
  return others as Request;
}

/**
 * A request comes before all that is owed. As an answer it pays what else there is to answer, and is wanted for that too;
 * a question for words that were lost stands for it.
 */
export function firstAgain(
  request: ResponseRequest,
  owed: readonly ResponseRequest[],
): readonly ResponseRequest[] {
  const others = withoutDebtOf(request, owed);
  const question = asksAgain(request) ? undefined : owed.find(asksAgain);
  if (question !== undefined && request.kind === 'answer') return [asNew(question), ...others];
  const isAlone = others.length === owed.length || request.kind === 'say';
  return [isAlone ? request : withHaste(withoutCommit(request), owed), ...others];
}

/** A request that stands for others waits for silence only where all of them do. */
function withHaste(request: ResponseRequest, owed: readonly ResponseRequest[]): ResponseRequest {
  const isDue = owed.some((other) => other.kind === 'answer' && other.when === 'now');
  return isDue && request.kind === 'answer' ? { ...request, when: 'now' } : request;
}

/** A request that is wanted whatever becomes of the turn it was owed with. */
export function withoutCommit<Request extends ResponseRequest>(request: Request): Request {
  if (request.kind === 'say' || request.commit === undefined) return request;
  const { commit: _, ...others } = request;
  return others as Request;
}

/** An answer pays the debts of all answers. */
export function withoutDebtOf(
  request: ResponseRequest,
  owed: readonly ResponseRequest[],
): readonly ResponseRequest[] {
  return request.kind === 'say' ? owed : owed.filter((other) => other.kind !== 'answer');
}

/** The request behind the response under way, when it was ours. */
export function requestOf(response: ResponseState): ResponseRequest | undefined {
  return 'request' in response ? response.request : undefined;
}

function bounded(owed: readonly ResponseRequest[]): readonly ResponseRequest[] {
  if (owed.length <= owedLimit) return owed;
  const oldest = owed.findIndex((request) => request.kind === 'say');
  return oldest < 0 ? owed : bounded(owed.toSpliced(oldest, 1));
}
