import { isCutOff } from './activity.ts';
import { policyOf } from './agents.ts';
import { dropUnconfirmed } from './approvals.ts';
import { ownOutcome } from './call-record.ts';
import { startOf } from './call-start.ts';
import { forgetClientCalls } from './client-calls.ts';
import { recordOwnItem } from './conversation.ts';
import { findItem } from './conversation-pages.ts';
import { dial } from './dialing.ts';
import { resumeCut } from './interruption.ts';
import { startLimits } from './limits.ts';
import { oweAnswer } from './owed.ts';
import { cutParts } from './playout.ts';
import type { ToolCall } from './regions/tool-calls.ts';
import { isRemote } from './remote-call.ts';
import { watchAge } from './stale-calls.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, type Step, sequence, stay } from './step.ts';
import { suspendConversation } from './suspension.ts';
import { settleCall, watchItem } from './tool-calls.ts';

const unknownOutcome = {
  error:
    'The outcome of this call is unknown: it was started, and the process ended before it answered. It may have taken effect.',
};

/**
 * Takes up a session whose process is gone, from the state its log gives. What was heard stands; what was not is owed
 * anew. A tool that had started and has no result is not run again, unless it says that it may be.
 */
export function resumeSession(state: SessionState): Step {
  if (state.lifecycle.kind === 'closed' || state.lifecycle.kind === 'new') return stay(state);
  const { epoch } = state.connection;
  // A call that is over is not joined again: what had started ends.
  const isOver = isRemote(state) && isCutOff(state);
  const cut = 'cut' in state.userTurn ? state.userTurn.cut : undefined;
  const alone: SessionState = alter(state, {
    connection: { kind: 'offline', epoch },
    successor: { kind: 'none' },
    dial: { ...state.dial, attempts: 0, stalls: 0, complaint: undefined },
    // The sound of what was said and not understood went with the process.
    keptTurns: [],
    userTurn: { kind: 'silent' },
    input: 'flowing',
    silence: { ...state.silence, watching: 'nothing' },
  });
  return sequence(
    suspendConversation(alone),
    (next) => become(next, { pending: new Map() }),
    forgetClientCalls,
    cutSound,
    // The speech that cut an answer went with the process.
    (next) => resumeCut(next, cut),
    restoreTurns,
    resumeCalls,
    startLimits,
    goOnDraining,
    isOver ? stay : dialAgain,
  );
}

function dialAgain(state: SessionState): Step {
  const { outageMs } = state.settings.reconnect;
  return sequence(ask({ type: 'timer.start', timer: 'outage', delayMs: outageMs })(state), (next) =>
    dial(next, 'resume'),
  );
}

/** A session that was winding down is given its time anew: after a limit only that for last words. */
function goOnDraining(state: SessionState): Step {
  const { lifecycle, settings } = state;
  if (lifecycle.kind !== 'draining') return stay(state);
  const { drainMs, wrapUpMs } = settings.timeouts;
  const delayMs = lifecycle.manner === 'wrap_up' ? wrapUpMs : drainMs;
  return ask({ type: 'timer.start', timer: 'drain', delayMs })(state);
}

/** Turns that were on their way to be heard again are not any more: what is known of them is kept. */
function restoreTurns(state: SessionState): Step {
  return sequence(
    become(state, { replaying: [] }),
    ...state.replaying.map((turn) => (next: SessionState) => recordOwnItem(next, turn)),
  );
}

/** What was received went with the process: of what was not heard of it the agent owes the rest. */
function cutSound(state: SessionState): Step {
  const { parts } = state.playout;
  const itemIds = [...new Set(parts.filter(({ origin }) => origin === 'server').map(({ itemId }) => itemId))];
  return sequence(
    parts.length === 0 ? stay(state) : cutParts(state),
    (next) => become(next, { playout: { kind: 'playing', parts: [] } }),
    (next) => oweUnheard(next, itemIds),
  );
}

function oweUnheard(state: SessionState, itemIds: readonly string[]): Step {
  const heard = itemIds.flatMap((itemId) => {
    const item = findItem(state.conversation, itemId);
    return item?.kind === 'message' && item.heard !== undefined ? [item.heard] : [];
  });
  const isAskedAgain = state.owed.some((request) => request.kind === 'answer' && request.asksAgain === true);
  if (isAskedAgain || heard.every(({ unheard }) => unheard === '')) return stay(state);
  const said = heard
    .map(({ text }) => text)
    .join(' ')
    .trim();
  return oweAnswer(state, 'now', said === '' ? undefined : said);
}

function resumeCalls(state: SessionState): Step {
  // What the provider calls itself goes on with a call that is joined again, and has ended with any other connection.
  const calls = [...state.tools.calls.values()].filter(({ hosted }) => hosted === undefined);
  const running = calls.filter((call) => call.phase.kind === 'running');
  const inBackground = [...state.tools.background.values()];
  return sequence(
    dropUnconfirmed(state, 'the process ended'),
    ...[...running, ...inBackground].map((call) => (next: SessionState) => resumeCall(next, call)),
    ...calls.map((call) => (next: SessionState) => watchItem(next, call)),
  );
}

function resumeCall(state: SessionState, call: ToolCall): Step {
  if (call.phase.kind !== 'running') return stay(state);
  const { argumentsJson, approved } = call.phase;
  return policyOf(state, call)?.idempotent === true
    ? sequence(
        ask({ type: 'tool.start', ...startOf(call, argumentsJson), ...(approved && { approved }) })(state),
        (next) => watchAge(next, call),
      )
    : settleCall(state, call.callId, ownOutcome('failed', unknownOutcome));
}
