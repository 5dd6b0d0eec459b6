import { agentOf } from './agents.ts';
import type { EndOfTurn } from './effects.ts';
import type { UserTurnState } from './regions/user-turn.ts';
import type { SessionState } from './state.ts';
import { become, type Step, stay } from './step.ts';

/** Commits that may be on their way at once: ends of turns beyond it are those of the last one. */
export const commitLimit = 16;

/** Commits of ours that the server has not answered, by their event ids, oldest first. */
export function commitsOut(userTurn: UserTurnState): readonly string[] {
  return 'commits' in userTurn ? userTurn.commits : [];
}

/** What is known of the end of the turn that becomes an item now. */
export function endOfTurn(userTurn: UserTurnState): EndOfTurn {
  const [commit] = commitsOut(userTurn);
  if (commit !== undefined) return { commit };
  const audioEndMs = userTurn.kind === 'committing' ? userTurn.audioEndMs : undefined;
  return audioEndMs === undefined ? {} : { audioEndMs };
}

/** What is left of the user's turn when the server has answered this commit, or made an item by itself. */
export function withoutCommit(userTurn: UserTurnState, commit: string | undefined): UserTurnState {
  if (!('commits' in userTurn) || commit === undefined) return { kind: 'silent' };
  const commits = userTurn.commits.filter((other) => other !== commit);
  const isOpen = userTurn.kind === 'speaking' || userTurn.commit === 'due' || commits.length > 0;
  return isOpen ? { ...userTurn, commits, isOverdue: true } : { kind: 'silent' };
}

/** The server tells when the user begins to speak. */
export function noteTelling(state: SessionState): Step {
  const { dial } = state;
  if (dial.tellsSpeech === dial.provider) return stay(state);
  return become(state, { dial: { ...dial, tellsSpeech: dial.provider } });
}

/**
 * Whether nobody knows when the turn was said that becomes an item now, as of one that was given up: it may have been before the
 * question that it seems to answer.
 */
export function isOutOfTime(state: SessionState): boolean {
  const { dial, userTurn } = state;
  if (userTurn.kind === 'committing') return userTurn.isOutOfTime === true;
  const isToldOf = agentOf(state).turnTaking === 'manual' || dial.tellsSpeech === dial.provider;
  return userTurn.kind === 'silent' && isToldOf;
}
