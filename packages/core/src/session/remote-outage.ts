import { agentOf } from './agents.ts';
import { cancelUnstarted, dropCut } from './call-record.ts';
import { forgetCommits } from './committed-answers.ts';
import { textOf } from './conversation.ts';
import { leaveHosted, rejoinHosted } from './hosted-calls.ts';
import { isOut, send } from './outbox.ts';
import { keepRequest } from './owed.ts';
import type { ActiveResponse, ResponseState } from './regions/response.ts';
import { forgetRemotePlayout, isRemote } from './remote-call.ts';
import { seedItems } from './seed.ts';
import type { SessionState } from './state.ts';
import { ask, become, remember, type Step, sequence, stay } from './step.ts';

const undeliveredLimit = 64;

/**
 * The connection to a call is gone, and the call goes on without us: its server keeps the conversation, speaks and hears.
 * What we had asked for is waited for again over the next connection, and asked for again when it does not come.
 */
export function leaveCall(state: SessionState): Step {
  return sequence(
    keepUnconfirmed(state),
    forgetRemotePlayout,
    leaveResponse,
    forgetCommits,
    leaveBatches,
    leaveTurn,
    leaveHosted,
  );
}

/** What the server of the call is given over a new connection: what it did not confirm, or was never sent. */
export function undeliveredItems(state: SessionState) {
  const { undelivered } = state.tools;
  if (undelivered.length === 0) return [];
  const verdicts = undelivered.flatMap(({ verdict }) => verdict ?? []);
  return [...seedItems(state), ...verdicts].flatMap((item) => {
    const known = undelivered.find(({ itemId }) => itemId === item.id);
    return known === undefined ? [] : [{ item, wants: known.wants }];
  });
}

/** The call is joined again: what was going on is taken up. */
export function rejoinCall(state: SessionState): Step {
  const { response } = state;
  const isWaiting = response.kind === 'awaited' || response.kind === 'requested';
  const announced = [...state.tools.calls.values()].filter(
    ({ phase, hosted }) => phase.kind === 'announced' && hosted === undefined,
  );
  return sequence(
    become(state, { tools: { ...state.tools, undelivered: [] } }),
    isWaiting
      ? ask({ type: 'timer.start', timer: 'response', delayMs: state.settings.timeouts.responseMs })
      : stay,
    // A call that became complete while nobody listened is not announced again.
    ...announced.map((call) => send({ type: 'conversation.item.retrieve', item_id: call.itemId })),
    rejoinHosted,
  );
}

/**
 * The server had not got an item that wants an answer, `before` it was given it anew: nor has it got the request behind that.
 * What it answers meanwhile is something else.
 */
export function askBehindItem(state: SessionState, before: SessionState): Step {
  const { response } = state;
  if (!isRemote(state) || response.kind !== 'requested' || response.request.kind !== 'answer')
    return stay(state);
  if (response.fate === 'cut' || response.followedBy === 'server_answer' || isOut(state, 'response.create'))
    return stay(state);
  const isGiven = [...before.pending].some(([id, { wants }]) => wants === 'answer' && !state.pending.has(id));
  if (!isGiven) return stay(state);
  return sequence(
    become(state, { response: { kind: 'none' } }),
    ask({ type: 'timer.cancel', timer: 'response' }),
    (next) => keepRequest(next, response.request),
  );
}

/** The server does not have the item of a call that was announced: the call will never be complete. */
export function dropAnnounced(state: SessionState, itemId: string | undefined): Step {
  const call = [...state.tools.calls.values()].find(
    (known) => known.itemId === itemId && known.phase.kind === 'announced',
  );
  if (call === undefined) return stay(state);
  return call.hosted === undefined ? cancelUnstarted(state, call) : dropCut(state, call);
}

function keepUnconfirmed(state: SessionState): Step {
  const { epoch } = state.connection;
  let { undelivered } = state.tools;
  for (const pending of state.pending.values()) {
    const isItem = pending.epoch === epoch && pending.type === 'conversation.item.create';
    const { itemId, wants, verdict } = pending;
    if (isItem && itemId !== undefined)
      undelivered = remember(undelivered, { itemId, wants, ...(verdict && { verdict }) }, undeliveredLimit);
  }
  return become(state, { tools: { ...state.tools, undelivered } });
}

function leaveResponse(state: SessionState): Step {
  const { response, tools } = state;
  const next = leftResponse(state);
  const left =
    'responseId' in response
      ? { responseId: response.responseId, agent: response.agent, isAwaited: next.kind !== 'none' }
      : tools.left;
  return sequence(
    become(state, { response: next, tools: left === undefined ? tools : { ...tools, left } }),
    ask({ type: 'timer.cancel', timer: 'response' }, { type: 'timer.cancel', timer: 'stall' }),
    // Its pause may have ended with the process: it is asked for again over the next connection.
    response.kind === 'retrying' ? ask({ type: 'timer.cancel', timer: 'response.retry' }) : stay,
    response.kind === 'retrying' ? (free) => keepRequest(free, response.request) : stay,
  );
}

/** An answer that is being spoken is spoken to its end; one that has no words yet may be lost with a call of a tool. */
function leftResponse(state: SessionState): ResponseState {
  const { response } = state;
  if (response.kind === 'retrying') return { kind: 'none' };
  if (!('responseId' in response)) return response;
  if (response.followedBy === 'server_answer') return { kind: 'awaited', fate: 'wanted' };
  if (response.kind === 'cancelling' || isSpoken(state, response)) return { kind: 'none' };
  return response.request === undefined
    ? { kind: 'awaited', fate: 'wanted' }
    : { kind: 'requested', request: response.request, fate: 'wanted', followedBy: 'nothing' };
}

function isSpoken(state: SessionState, { items }: ActiveResponse): boolean {
  return items.some((itemId) => textOf(state, itemId) !== '');
}

/** The ends of responses with open calls may be missed: their batches are whole when all of their calls have ended. */
function leaveBatches(state: SessionState): Step {
  const open = [...state.tools.calls.values()].map((call) => call.responseId);
  const doneResponses = [...new Set([...state.tools.doneResponses, ...open])];
  return become(state, { tools: { ...state.tools, doneResponses } });
}

/** What the user says is in the server's hands; a commit of ours that was not confirmed is due again. */
function leaveTurn(state: SessionState): Step {
  const { userTurn } = state;
  const isOurs = agentOf(state).turnTaking === 'manual';
  if (userTurn.kind === 'silent') return stay(state);
  if (isOurs && userTurn.kind === 'speaking') {
    if (userTurn.commits.length === 0) return stay(state);
    const delayMs = state.settings.timeouts.speechMs;
    return sequence(
      become(state, { userTurn: { ...userTurn, holds: 'due', commits: [] } }),
      ask({ type: 'timer.start', timer: 'commit', delayMs }),
    );
  }
  const due: SessionState['userTurn'] = {
    kind: 'committing',
    commit: 'due',
    commits: [],
    isOverdue: false,
    heard: 0,
    cut: undefined,
  };
  return sequence(
    become(state, { userTurn: isOurs ? due : { kind: 'silent' } }),
    ask({ type: 'timer.cancel', timer: 'commit' }),
  );
}
