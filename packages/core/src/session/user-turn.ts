import { agentOf } from './agents.ts';
import { awaitServerAnswer } from './arbiter.ts';
import { isAnswered, isTaken, oweWithCommit, settleCommit, withdrawAnswer } from './committed-answers.ts';
import { isAskingConsent, loseWords, noteAnswer, noteSpokenOver, takesTurn } from './consent-state.ts';
import { reserveUserItem } from './conversation.ts';
import { canDial } from './dialing.ts';
import { cutBy, cutIn, cutOf, interrupt, mustBeHeard, resumeCut } from './interruption.ts';
import { forgetSound, forgetUnderstood, keepTurn } from './kept-turns.ts';
import { countUserTurn } from './limits.ts';
import { send } from './outbox.ts';
import { askAgain, oweAnswerToTurn } from './owed.ts';
import type { UserTurnState } from './regions/user-turn.ts';
import { noteNextTurn } from './stale-calls.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, remember, type Step, sequence, stay } from './step.ts';
import { giveUpConnection } from './succession.ts';
import {
  commitLimit,
  commitsOut,
  endOfTurn,
  isOutOfTime,
  noteTelling,
  withoutCommit,
} from './turn-commits.ts';

/** When a commit was answered, the answers to those that were out with it follow soon. */
const nextCommitMs = 2_000;
/** Connections in a row that may be mute: the one that takes the place of the first may have stood by. */
const muteLimit = 2;
/** Turns that are remembered, so that one that is told twice is one. */
const confirmedLimit = 32;

/** The user began to speak, as the server says: the agent falls silent, where it may be interrupted. */
export function startSpeech(state: SessionState, itemId: string, audioStartMs: number): Step {
  const isOpen = state.userTurn.kind === 'speaking' && state.userTurn.itemId === itemId;
  if (itemId !== '' && (isOpen || state.confirmedTurns.includes(itemId))) return stay(state);
  return sequence(notify({ type: 'speech_started', itemId, audioStartMs })(state), noteTelling, (next) =>
    beginTurn(next, itemId, 'server'),
  );
}

/** The user began to speak, as a local detector or a button says. */
export function startLocalSpeech(state: SessionState): Step {
  if (state.userTurn.kind === 'speaking') {
    return cutIn(state);
  }
  return sequence(notify({ type: 'speech_started', itemId: '', audioStartMs: 0 })(state), (next) =>
    beginTurn(next, '', 'client'),
  );
}

/** The user stopped speaking: the server commits what it heard. */
export function stopSpeech(state: SessionState, itemId: string, audioEndMs: number): Step {
  if (itemId !== '' && state.confirmedTurns.includes(itemId)) return stay(state);
  return sequence(
    become(state, {
      userTurn: {
        kind: 'committing',
        commit: 'server',
        audioEndMs,
        ...(isOutOfTime(state) && { isOutOfTime: true as const }),
        commits: [],
        isOverdue: false,
        heard: heardBy(state),
        cut: cutOf(state),
      },
    }),
    startCommitTimer,
    notify({ type: 'speech_stopped', itemId, audioEndMs }),
  );
}

/** The sound that began was no turn: what it cut goes on. What was said before it is still to be committed. */
export function dropSpeech(state: SessionState): Step {
  const { userTurn } = state;
  if (userTurn.kind !== 'speaking') return stay(state);
  const { holds, commits, isOverdue, heard, cut } = userTurn;
  const clear = send({ type: 'input_audio_buffer.clear' });
  if (holds === 'nothing' && commits.length === 0) return sequence(clear(state), forgetTurn);
  const commit = holds === 'due' ? 'due' : 'sent';
  return sequence(
    become(state, { userTurn: { kind: 'committing', commit, commits, isOverdue, heard, cut } }),
    commits.length === 0 ? ask({ type: 'timer.cancel', timer: 'commit' }) : stay,
    commit === 'sent' ? clear : stay,
  );
}

/** What the user said is an item of the conversation now: an answer is owed, unless it is one itself. */
export function confirmTurn(
  state: SessionState,
  itemId: string,
  previousItemId: string | null | undefined,
): Step {
  if (state.confirmedTurns.includes(itemId)) return stay(state);
  const confirmedTurns = remember(state.confirmedTurns, itemId, confirmedLimit);
  const [commit] = commitsOut(state.userTurn);
  const end = endOfTurn(state.userTurn);
  return sequence(
    reserveUserItem(alter(state, { confirmedTurns }), itemId, previousItemId),
    forgetCut,
    (next) => endCommit(next, commit),
    (next) => keepTurn(alter(next, { replaying: [] }), itemId, end),
    countUserTurn,
    noteNextTurn,
    notify({ type: 'user_turn', itemId }),
    (next) => (takesTurn(next) ? withdrawAnswer(next, commit) : oweTurn(next, commit)),
    (next) => (takesTurn(next) ? noteAnswer(next, itemId) : stay(next)),
    isOutOfTime(state) ? (next) => loseWords(next, itemId) : stay,
  );
}

/** An answer to the turn is owed, by the server or by us, unless it was owed with its commit. */
function oweTurn(state: SessionState, commit: string | undefined): Step {
  if (isAnswered(state, commit)) return settleCommit(state, commit);
  return agentOf(state).turnTaking === 'server_answers' ? awaitServerAnswer(state) : oweAnswerToTurn(state);
}

/** The user has said something: what that cut is not said on. */
function forgetCut(state: SessionState): Step {
  const { userTurn } = state;
  if (userTurn.kind !== 'committing') return stay(state);
  return become(state, { userTurn: { ...userTurn, cut: undefined } });
}

/** The server has answered a commit: what was said since is still to be. */
function endCommit(state: SessionState, commit: string | undefined): Step {
  const userTurn = withoutCommit(state.userTurn, commit);
  return userTurn.kind === 'silent' ? endTurn(state) : watchTurn(alter(state, { userTurn }), nextCommitMs);
}

/** Starts the timer of a turn anew: it is for the oldest commit that is out, or else for the length of the speech. */
function watchTurn(state: SessionState, commitMs: number): Step {
  const { userTurn } = state;
  const { speechMs, responseMs } = state.settings.timeouts;
  const isOut = commitsOut(userTurn).length > 0;
  if (!isOut && userTurn.kind !== 'speaking') return ask({ type: 'timer.cancel', timer: 'commit' })(state);
  const delayMs = isOut ? Math.min(commitMs, responseMs) : speechMs;
  return ask({ type: 'timer.start', timer: 'commit', delayMs })(state);
}

/** A commit of ours was refused, since there was too little to commit. */
export function refuseCommit(state: SessionState, eventId: string | null | undefined): Step {
  const { userTurn } = state;
  const commits = commitsOut(userTurn);
  const commit = eventId ? commits.find((other) => other === eventId) : commits[0];
  const isDue = userTurn.kind === 'committing' && userTurn.commit === 'due';
  if (commit === undefined) return isDue ? stay(state) : forgetTurn(state);
  if (withoutCommit(userTurn, commit).kind === 'silent') return forgetTurn(state);
  return sequence(withdrawAnswer(state, commit), (next) => endCommit(next, commit));
}

/** The input buffer was emptied, or was too short to be a turn: nothing was said, and what was cut goes on. */
export function forgetTurn(state: SessionState): Step {
  const cut = cutOf(state);
  return sequence(withdrawAnswers(state), endTurn, forgetUnderstood, (next) => resumeCut(next, cut));
}

/** Nothing that was committed was a turn. */
function withdrawAnswers(state: SessionState): Step {
  const commits = commitsOut(state.userTurn);
  return sequence(state, ...commits.map((commit) => (next: SessionState) => withdrawAnswer(next, commit)));
}

/** The `commit` timer fired: the server stopped listening and never made an item of what it heard. */
export function giveUpTurn(state: SessionState): Step {
  const { userTurn } = state;
  const isOut = commitsOut(userTurn).length > 0;
  if (userTurn.kind === 'silent' || (!isOut && userTurn.kind === 'committing' && userTurn.commit === 'due'))
    return stay(state);
  if (!isOut && userTurn.kind === 'speaking' && agentOf(state).turnTaking === 'manual')
    return commitTurn(state);
  if (userTurn.kind === 'heard_again') return giveUpHearing(state);
  const isMute = state.connection.kind === 'ready' && userTurn.heard === heardBy(state);
  // Who speaks for long gives a server nothing to say: without a dial left, the connection that stands is kept.
  if (isMute && state.dial.stalls < muteLimit && canDial(state))
    return giveUpConnection(state, 'the server said nothing to a turn');
  if (isOut && !isMute && !userTurn.isOverdue && !userTurn.commits.some((commit) => isTaken(state, commit)))
    return listenOn(state, userTurn);
  const goesOn = isOut && (userTurn.kind === 'speaking' || userTurn.commit === 'due');
  return sequence(
    goesOn
      ? sequence(withdrawAnswers(state), (next) =>
          watchTurn(alter(next, { userTurn: { ...userTurn, commits: [] } }), nextCommitMs),
        )
      : forgetTurn(state),
    notify({
      type: 'warning',
      code: 'turn.missing',
      message: 'the server did not commit what the user said in time',
    }),
  );
}

/** What came since a commit may have been on its way before the line broke: from a line that stands more comes, or its item. */
function listenOn(state: SessionState, userTurn: Extract<UserTurnState, { isOverdue: boolean }>): Step {
  return watchTurn(
    alter(state, { userTurn: { ...userTurn, isOverdue: true, heard: heardBy(state) } }),
    nextCommitMs,
  );
}

/** The turn that was to be heard again did not come: the user is asked to say it again. */
function giveUpHearing(state: SessionState): Step {
  return sequence(
    endTurn(state),
    isAskingConsent(state) ? forgetSound : stay,
    notify({
      type: 'warning',
      code: 'turn.missing',
      message: 'what the user said was lost with the connection',
    }),
    askAgain,
  );
}

/** The user's turn is over because the application or a local detector says so. */
export function commitTurn(state: SessionState): Step {
  if (state.lifecycle.kind === 'new') return stay(state);
  const { userTurn } = state;
  if (userTurn.kind === 'heard_again') return stay(state);
  const commits = commitsOut(userTurn);
  // Another turn may end before the server has made an item of the last one.
  const isEnding = userTurn.kind === 'committing' && userTurn.commit !== 'sent';
  if (isEnding || commits.length >= commitLimit) return stay(state);
  const { heard, isOverdue } = 'heard' in userTurn ? userTurn : { heard: 0, isOverdue: false };
  const cut = cutOf(state);
  return sequence(
    become(state, { userTurn: { kind: 'committing', commit: 'due', commits, isOverdue, heard, cut } }),
    // Who began to speak before was noticed then.
    userTurn.kind === 'speaking' ? stay : noteSpokenOver,
  );
}

/** A commit that is due is sent once audio can flow. */
export function sendDueCommit(state: SessionState): Step {
  const { userTurn } = state;
  const isDue = userTurn.kind === 'committing' && userTurn.commit === 'due';
  if (!isDue || state.connection.kind !== 'ready' || state.input === 'held') return stay(state);
  const commit = `evt_${state.nextId}`;
  const isFirst = userTurn.commits.length === 0;
  const heard = isFirst ? heardBy(state) : userTurn.heard;
  return sequence(
    become(state, {
      userTurn: { ...userTurn, commit: 'sent', commits: [...userTurn.commits, commit], heard },
    }),
    send({ type: 'input_audio_buffer.commit' }),
    ask({ type: 'source.commit', commit }),
    isFirst ? startCommitTimer : stay,
    (next) => oweWithCommit(next, commit),
  );
}

function beginTurn(state: SessionState, itemId: string, by: 'server' | 'client'): Step {
  const { interruptible } = agentOf(state);
  const cut = interruptible ? cutBy(state) : cutOf(state);
  const { userTurn } = state;
  const commits = commitsOut(userTurn);
  const isOut = 'heard' in userTurn && commits.length > 0;
  const { heard, isOverdue } = isOut ? userTurn : { heard: heardBy(state), isOverdue: false };
  return sequence(
    become(state, {
      userTurn: { kind: 'speaking', itemId, heard, holds: heldBy(userTurn), commits, isOverdue, cut },
    }),
    isOut ? stay : (next) => watchTurn(next, nextCommitMs),
    interruptible && !mustBeHeard(state, by) ? (next) => interrupt(next, by) : noteSpokenOver,
  );
}

function heldBy(userTurn: UserTurnState): 'nothing' | 'due' {
  if (userTurn.kind === 'speaking') return userTurn.holds;
  return userTurn.kind === 'committing' && userTurn.commit === 'due' ? 'due' : 'nothing';
}

/** How much has come over the connection in use so far. */
function heardBy({ connection }: SessionState): number {
  return connection.kind === 'ready' ? connection.heard : 0;
}

function endTurn(state: SessionState): Step {
  const wasOpen = state.userTurn.kind !== 'silent';
  const silent = become(state, { userTurn: { kind: 'silent' } });
  return wasOpen ? sequence(silent, ask({ type: 'timer.cancel', timer: 'commit' })) : silent;
}

function startCommitTimer(state: SessionState): Step {
  return [state, [{ type: 'timer.start', timer: 'commit', delayMs: state.settings.timeouts.responseMs }]];
}
