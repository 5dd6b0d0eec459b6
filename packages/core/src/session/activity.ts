import type { AgentActivity } from './notices.ts';
import { isPlaying } from './playout.ts';
import type { SessionState } from './state.ts';
import { hasOpenCalls, hasRunningCalls } from './tool-calls.ts';

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

function isAnswering(state: SessionState): boolean {
  return state.response.kind !== 'none' || state.owed.length > 0 || state.unsentTexts.length > 0;
}
