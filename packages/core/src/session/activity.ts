import { awaitsWords } from './consent-state.ts';
import type { AgentActivity } from './notices.ts';
import { isPlaying } from './playout.ts';
import type { SessionState } from './state.ts';

/** What the agent is doing, from what is going on: sound before tools, tools before thought. */
export function activityOf(state: SessionState): AgentActivity {
  if (isPlaying(state)) return 'speaking';
  if (hasRunningCalls(state)) return 'working';
  return isAnswering(state) ? 'thinking' : 'listening';
}

/** Whether the conversation is complete so far: nothing is owed and no sound is left. */
export function isSettled(state: SessionState): boolean {
  return owesNothing(state) && !isPlaying(state);
}

/** Whether nothing is owed: no turn is open, no response is under way or due, no call is without output. */
export function owesNothing(state: SessionState): boolean {
  return state.userTurn.kind === 'silent' && !isAnswering(state) && !hasOpenCalls(state);
}

/**
 * Whether the conversation may move to another connection unheard. Tools may run, their results follow it; what is owed
 * and not asked for is asked for there.
 */
export function isQuiet(state: SessionState): boolean {
  const isSilent = state.userTurn.kind === 'silent' && state.response.kind === 'none';
  return isSilent && !isPlaying(state) && !hasFreshCalls(state) && !awaitsWords(state);
}

/**
 * Whether nothing is under way or owed, and nothing is to change either: no session is being ended, and no connection waits
 * to take over.
 */
export function isAtRest(state: SessionState): boolean {
  const { lifecycle, tools, playout } = state;
  return (
    (lifecycle.kind === 'running' || lifecycle.kind === 'new') &&
    state.successor.kind !== 'standby' &&
    state.response.kind === 'none' &&
    state.userTurn.kind === 'silent' &&
    state.input === 'flowing' &&
    state.consent.kind === 'none' &&
    tools.calls.size === 0 &&
    tools.doneResponses.length === 0 &&
    playout.parts.length === 0 &&
    playout.watched === undefined &&
    state.owed.length === 0 &&
    state.unsentTexts.length === 0
  );
}

/** Whether there is no connection, and none is being made. */
export function isCutOff({ connection, successor }: SessionState): boolean {
  return connection.kind === 'offline' && successor.kind === 'none';
}

/** Whether a call is without its output. */
export function hasOpenCalls(state: SessionState): boolean {
  return state.tools.calls.size > 0;
}

/** Whether a tool is running, or the application is asked whether it may. */
export function hasRunningCalls(state: SessionState): boolean {
  for (const { phase } of state.tools.calls.values()) {
    if (phase.kind === 'running') return true;
    if (phase.kind === 'unconfirmed' && phase.awaits.kind !== 'user') return true;
  }
  return false;
}

/** Whether a tool goes on in the background that the model was told has started. */
export function hasBackgroundCalls({ tools }: SessionState): boolean {
  return tools.background.size > 0;
}

function hasFreshCalls(state: SessionState): boolean {
  for (const { phase, hosted } of state.tools.calls.values()) {
    // What the provider calls itself ends with the connection.
    if (phase.kind === 'announced' || (hosted !== undefined && phase.kind !== 'settled')) return true;
  }
  return false;
}

function isAnswering(state: SessionState): boolean {
  if (state.userTurn.kind === 'heard_again') return true;
  return state.response.kind !== 'none' || state.owed.length > 0 || state.unsentTexts.length > 0;
}
