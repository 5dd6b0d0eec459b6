import { agentOf } from './agents.ts';
import { dropCut } from './call-record.ts';
import { forgetCommits } from './committed-answers.ts';
import { putQuestionAgain } from './consent.ts';
import { forgetItem, settleText, textOf } from './conversation.ts';
import { findItem } from './conversation-pages.ts';
import { loseHosted } from './hosted-calls.ts';
import { hasKeptTurns } from './kept-turns.ts';
import { asNew, keepRequest, oweAnswer } from './owed.ts';
import { dropUnheard, endPartsOf } from './playout.ts';
import type { HistoryItem } from './regions/conversation.ts';
import type { ActiveResponse, ResponseRequest } from './regions/response.ts';
import type { CutSpeech } from './regions/user-turn.ts';
import { isRemote } from './remote-call.ts';
import { leaveCall } from './remote-outage.ts';
import type { SessionState } from './state.ts';
import { ask, become, remember, type Step, sequence, stay } from './step.ts';

const finishedLimit = 32;
const replayLimit = 32;

/**
 * The connection is left in the middle of things: what it owed is owed anew over the next. Sound that was received is
 * played out, running tools go on, and the user's turn that nobody has understood yet is heard again.
 */
export function suspendConversation(state: SessionState): Step {
  if (isRemote(state)) return leaveCall(state);
  return sequence(
    suspendResponse(state),
    forgetTries,
    forgetCommits,
    settlePlaying,
    suspendCalls,
    suspendTurn,
  );
}

/** What was asked for in vain over the connection that is left is asked for anew over the next. */
export function forgetTries(state: SessionState): Step {
  if (state.owed.every(({ attempt, again }) => attempt === 0 && again === undefined)) return stay(state);
  return become(state, { owed: state.owed.map((request) => ({ ...asNew(request), attempt: 0 })) });
}

/** Words of what is still to be heard are whole as they are, whoever said so or did not. */
function settlePlaying(state: SessionState): Step {
  const itemIds = [...new Set(state.playout.parts.map((part) => part.itemId))];
  return sequence(state, ...itemIds.map((itemId) => (next: SessionState) => closeText(next, itemId)));
}

function suspendResponse(state: SessionState): Step {
  const { response } = state;
  const free = sequence(
    become(state, { response: { kind: 'none' } }),
    ask(
      { type: 'timer.cancel', timer: 'response' },
      { type: 'timer.cancel', timer: 'response.retry' },
      { type: 'timer.cancel', timer: 'stall' },
    ),
  );
  switch (response.kind) {
    case 'none':
      return stay(state);
    case 'awaited':
      return response.fate === 'cut' ? free : sequence(free, (next) => oweAnswer(next));
    case 'requested':
      return sequence(
        free,
        response.fate === 'cut' ? stay : (next) => keepRequest(next, response.request),
        response.followedBy === 'server_answer' ? (next) => oweAnswer(next) : stay,
      );
    case 'retrying':
      return sequence(free, (next) => keepRequest(next, response.request));
    case 'active':
    case 'cancelling':
      return sequence(free, (next) => breakResponse(next, response));
  }
}

/** The response breaks off: what came of it stands, and the agent owes the rest. */
function breakResponse(state: SessionState, response: ActiveResponse): Step {
  const { responseId } = response;
  const parts = state.playout.parts.filter((part) => part.responseId === responseId);
  const itemIds = [...new Set(parts.map((part) => part.itemId))];
  const text = itemIds.map((itemId) => textOf(state, itemId)).join(' ');
  const said: Said = {
    text,
    sound: parts.every((part) => part.reception === 'complete') ? 'whole' : 'in_part',
  };
  const finishedResponses = remember(state.finishedResponses, responseId, finishedLimit);
  return sequence(
    become(state, { finishedResponses }),
    (next) => endPartsOf(next, responseId),
    (next) => dropUnheard(next, response.items),
    ...itemIds.map((itemId) => (next: SessionState) => closeText(next, itemId)),
    (next) => oweRest(next, response, said),
  );
}

/** What came of a response that broke off. Words run ahead of their sound. */
interface Said {
  readonly text: string;
  readonly sound: 'whole' | 'in_part';
}

/** A text that was being written is whole as it is: no more of it comes. */
function closeText(state: SessionState, itemId: string): Step {
  return state.conversation.writing.has(itemId) ? settleText(state, itemId) : stay(state);
}

/** The rest of a response, and the answer to a turn that the server was to give after it. */
function oweRest(state: SessionState, response: ActiveResponse, said: Said): Step {
  const rest = response.kind === 'cancelling' ? stay(state) : oweUnsaid(state, response, said);
  return response.followedBy === 'server_answer' ? sequence(rest, (next) => oweAnswer(next)) : rest;
}

function oweUnsaid(state: SessionState, response: ActiveResponse, said: Said): Step {
  const request: ResponseRequest = response.request ?? { kind: 'answer', when: 'now', attempt: 0 };
  if (request.kind === 'say') {
    const text = restOf(request, said);
    if (text === '') return stay(state);
    // A question of consent is put as a whole or not at all.
    return keepRequest(state, request.asksFor === undefined ? { ...request, text } : request);
  }
  return said.text === '' ? keepRequest(state, request) : oweAnswer(state, 'now', said.text);
}

/** What is left to say of a text; one that must be heard is said anew where not all of it came. */
function restOf({ text, ...request }: Extract<ResponseRequest, { kind: 'say' }>, said: Said): string {
  if (request.protected === true) return said.sound === 'whole' && said.text.includes(text) ? '' : text;
  return text.startsWith(said.text.trim()) ? text.slice(said.text.trim().length).trim() : '';
}

/** Calls that were not complete are in no conversation any more; the others go on, and their batches are whole. */
function suspendCalls(state: SessionState): Step {
  const calls = [...state.tools.calls.values()];
  const broken = calls.filter((call) => call.phase.kind === 'announced');
  const open = new Set(calls.map((call) => call.responseId));
  const doneResponses = [...new Set([...state.tools.doneResponses, ...open])];
  return sequence(
    become(state, { tools: { ...state.tools, doneResponses } }),
    ...broken.map((call) => (next: SessionState) => dropCut(next, call)),
    loseHosted,
  );
}

/** The user's words that are in no conversation are heard again over the next connection. */
function suspendTurn(state: SessionState): Step {
  const { userTurn } = state;
  const isOurs = agentOf(state).turnTaking === 'manual';
  const isSaid = userTurn.kind === 'committing' || userTurn.kind === 'heard_again' || hasKeptTurns(state);
  // A turn that goes on over a button or a detector goes on, and so does the watch of its length.
  if (isOurs && userTurn.kind === 'speaking') {
    if (userTurn.commits.length === 0 && !hasKeptTurns(state)) return stay(state);
    return sequence(
      become(state, { userTurn: { ...userTurn, holds: 'due', commits: [] } }),
      userTurn.commits.length > 0 ? watchSpeech : stay,
      putQuestionAgain,
    );
  }
  // One that already waits to be heard again does not wait anew with each connection.
  if (userTurn.kind === 'heard_again') return stay(state);
  const isHeardAgain = isSaid || userTurn.kind === 'speaking';
  const cut = 'cut' in userTurn ? userTurn.cut : undefined;
  const turn: SessionState['userTurn'] = isHeardAgain ? turnAgain(isOurs, cut) : { kind: 'silent' };
  return sequence(
    become(state, { userTurn: turn }),
    userTurn.kind === 'silent' ? stay : ask({ type: 'timer.cancel', timer: 'commit' }),
    // What is heard again may have been said before the question was.
    isHeardAgain ? putQuestionAgain : stay,
  );
}

/** The time of a commit that was lost ran: now the length of the speech is watched again. */
function watchSpeech(state: SessionState): Step {
  const { speechMs } = state.settings.timeouts;
  return ask({ type: 'timer.start', timer: 'commit', delayMs: speechMs })(state);
}

function turnAgain(isOurs: boolean, cut: CutSpeech | undefined): SessionState['userTurn'] {
  return isOurs
    ? { kind: 'committing', commit: 'due', commits: [], isOverdue: false, heard: 0, cut }
    : { kind: 'heard_again', deadline: 'none', cut };
}

/** Turns that are about to be heard again leave our record: they come under other ids. */
export function forgetUnheard(state: SessionState): Step {
  const heardAgain = state.keptTurns.map(
    ({ itemId }) => findItem(state.conversation, itemId) ?? unknownTurn(itemId),
  );
  return sequence(
    become(state, {
      keptTurns: [],
      replaying: [...state.replaying, ...heardAgain].slice(-replayLimit),
    }),
    ...state.keptTurns.map(
      ({ itemId }) =>
        (next: SessionState) =>
          forgetItem(next, itemId),
    ),
  );
}

/** A turn whose words are not known. */
function unknownTurn(id: string): HistoryItem {
  return { kind: 'message', id, role: 'user', text: undefined, parts: [], heard: undefined };
}
