import { agentOf } from './agents.ts';
import { isAskingConsent } from './consent-state.ts';
import { dropOwed, requestOf, withDoubtful, withoutCommit } from './owed.ts';
import type { ResponseRequest, ResponseState } from './regions/response.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, remember, type Step, sequence, stay } from './step.ts';
import { commitLimit } from './turn-commits.ts';

/**
 * The answer to a turn that we end ourselves is owed with its commit, and asked for right behind it: the server takes them in
 * their order, which saves a round trip. As long as it has not made an item of the turn, the request holds the commit: a turn
 * that turns out to be none is not answered. Where more is to be answered, that waits for the turn.
 */
export function oweWithCommit(state: SessionState, commit: string): Step {
  const isPlain = !state.owed.some((request) => request.kind === 'answer') && !isAskingConsent(state);
  if (agentOf(state).turnTaking !== 'manual' || !isPlain) return stay(state);
  const request: ResponseRequest = { kind: 'answer', when: 'now', attempt: 0, commit };
  return become(state, { owed: [...state.owed, request] });
}

/** Whether the answer to the turn of a commit is owed, asked for, under way or over. */
export function isAnswered(state: SessionState, commit: string | undefined): boolean {
  if (commit === undefined) return false;
  const { response } = state;
  const isCut = response.kind === 'cancelling' || ('fate' in response && response.fate === 'cut');
  const isUnderWay = !isCut && isOf(requestOf(response), commit);
  return isUnderWay || state.answeredCommits.includes(commit) || isOwed(state, commit);
}

/** Whether the server has taken a commit, item or not: the answer that was asked for behind it has begun. */
export function isTaken({ answeredCommits, response }: SessionState, commit: string): boolean {
  const hasBegun = response.kind === 'active' || response.kind === 'cancelling';
  return answeredCommits.includes(commit) || (hasBegun && isOf(response.request, commit));
}

/** The server has made an item of the turn, or nobody knows: what answers it is wanted for itself. */
export function settleCommit(state: SessionState, commit: string | undefined): Step {
  if (commit === undefined) return stay(state);
  const { response } = state;
  const settled = (request: ResponseRequest) => (isOf(request, commit) ? withoutCommit(request) : request);
  const isAsked = 'request' in response && response.request !== undefined;
  return become(withDoubtful(state, settled), {
    answeredCommits: state.answeredCommits.filter((other) => other !== commit),
    owed: isOwed(state, commit) ? state.owed.map(settled) : state.owed,
    response: isAsked ? ({ ...response, request: settled(response.request) } as ResponseState) : response,
  });
}

/** There was no turn, or it answers a question: nobody waits for an answer to it, unless one is under way. */
export function withdrawAnswer(state: SessionState, commit: string | undefined): Step {
  if (commit === undefined) return stay(state);
  return sequence(
    dropOwed(state, (request) => !isOf(request, commit)),
    (next) => cutUnbegun(next, commit),
    (next) => settleCommit(next, commit),
  );
}

/** The connection is left: turns that it was not known to hold are committed and owed anew. */
export function forgetCommits(state: SessionState): Step {
  const isOfTurn = (request: ResponseRequest) => request.kind === 'answer' && request.commit !== undefined;
  const owed = state.owed.filter((request) => !isOfTurn(request));
  const { response } = state;
  const free = alter(state, { owed, answeredCommits: [] });
  if (response.kind !== 'requested' || !isOfTurn(response.request)) return stay(free);
  return become(free, { response: { kind: 'none' } });
}

function cutUnbegun(state: SessionState, commit: string): Step {
  const { response } = state;
  if (response.kind === 'requested' && isOf(response.request, commit)) {
    return become(state, { response: { ...response, fate: 'cut' } });
  }
  if (response.kind !== 'retrying' || !isOf(response.request, commit)) return stay(state);
  return sequence(
    become(state, { response: { kind: 'none' } }),
    ask({ type: 'timer.cancel', timer: 'response.retry' }),
  );
}

/** An answer was given to its end. */
export function noteAnswered(state: SessionState, request: ResponseRequest | undefined): Step {
  if (request?.kind !== 'answer' || request.commit === undefined) return stay(state);
  const answeredCommits = remember(state.answeredCommits, request.commit, commitLimit);
  return become(state, { answeredCommits });
}

function isOwed({ owed }: SessionState, commit: string): boolean {
  return owed.some((request) => isOf(request, commit));
}

function isOf(request: ResponseRequest | undefined, commit: string): boolean {
  return request?.kind === 'answer' && request.commit === commit;
}
