import type { AskedBefore, ResponseRequest, ResponseState } from './regions/response.ts';
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

/** The agent owes a text, to be said as it is. */
export function oweSpeech(
  state: SessionState,
  text: string,
  protection: 'protected' | 'none' = 'none',
): Step {
  const request: ResponseRequest = {
    kind: 'say',
    text,
    attempt: 0,
    ...(protection === 'protected' && { protected: true }),
  };
  return become(state, { owed: bounded([...state.owed, request]) });
}

/** The user is to be asked for a call, before everything else that is owed. */
export function oweQuestion(state: SessionState, text: string, callId: string): Step {
  return become(state, {
    owed: bounded([{ kind: 'say', text, attempt: 0, asksFor: callId }, ...state.owed]),
  });
}

/** Like {@link oweSpeech}, before everything else that is owed. */
export function oweSpeechFirst(state: SessionState, text: string): Step {
  return become(state, { owed: bounded([{ kind: 'say', text, attempt: 0 }, ...state.owed]) });
}

/** Texts that were to be said are not, except those that must be. */
export function dropOwedSpeech(state: SessionState): Step {
  const owed = state.owed.filter((request) => request.kind === 'answer' || request.protected === true);
  return owed.length === state.owed.length ? stay(state) : become(state, { owed });
}

/** A request that was not granted comes first again. */
export function keepRequest(state: SessionState, request: ResponseRequest): Step {
  return become(state, { owed: firstAgain({ ...asNew(request), attempt: 0 }, state.owed) });
}

/** A request that was not answered in time comes first again, as its next attempt. */
export function askOnceMore(state: SessionState, request: ResponseRequest): SessionState {
  return alter(state, {
    owed: firstAgain(asAsked(state, { ...request, attempt: request.attempt + 1 }, 'in_vain'), state.owed),
  });
}

/** A request in whose place another response came, and which the server has not refused yet, comes first again. */
export function keepAsked(state: SessionState, request: ResponseRequest): Step {
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

/** A request comes before all that is owed. As an answer it pays what else there is to answer, and is wanted for that too. */
export function firstAgain(
  request: ResponseRequest,
  owed: readonly ResponseRequest[],
): readonly ResponseRequest[] {
  const others = withoutDebtOf(request, owed);
  const isAlone = others.length === owed.length || request.kind === 'say';
  return [isAlone ? request : withoutCommit(request), ...others];
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
  return owed.length <= owedLimit
    ? owed
    : owed.toSpliced(
        owed.findIndex((request) => request.kind === 'say'),
        1,
      );
}
