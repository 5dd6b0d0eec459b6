import { agentOf } from './agents.ts';
import type { EndOfTurn } from './effects.ts';
import type { KeptTurn } from './regions/user-turn.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, type Step, sequence, stay } from './step.ts';

/** Turns whose sound is kept at once. */
const keptLimit = 16;

/** A turn is part of the conversation; its sound is kept until it is understood. */
export function keepTurn(state: SessionState, itemId: string, end: EndOfTurn): Step {
  const ended = end.commit === undefined ? 'by_server' : 'by_us';
  const behind = 'responseId' in state.response ? state.response.responseId : undefined;
  const keptTurns: readonly KeptTurn[] = [
    ...state.keptTurns,
    { itemId, ended, understood: 'not_yet', behind },
  ];
  const kept = sequence(become(state, { keptTurns }), ask({ type: 'source.mark', itemId, ...end }));
  return keptTurns.length > keptLimit ? sequence(kept, (next) => forgetFirst(next, 1)) : kept;
}

/** What was said in a turn is known. */
export function understandTurn(state: SessionState, itemId: string): Step {
  const keptTurns = state.keptTurns.map((turn) =>
    turn.itemId === itemId ? { ...turn, understood: 'yes' as const } : turn,
  );
  return forgetUnderstood(alter(state, { keptTurns }));
}

/** The agent answers: it has understood all that ended before its response began. */
export function understandBefore(state: SessionState, responseId: string): Step {
  const { keptTurns } = state;
  const first = keptTurns.findIndex(({ behind }) => behind === responseId);
  return forgetFirst(state, first < 0 ? keptTurns.length : first);
}

/** Whether turns are heard again when the connection is lost now. */
export function hasKeptTurns(state: SessionState): boolean {
  return state.keptTurns.length > 0;
}

/**
 * The sound of a turn is needed as long as it, or one before it, is not understood; and as long as it may hold that of
 * another, which may be one that the user is saying.
 */
export function forgetUnderstood(state: SessionState): Step {
  const { keptTurns } = state;
  const notYet = keptTurns.findIndex((turn) => turn.understood === 'not_yet');
  const first = notYet < 0 ? keptTurns.length : notYet;
  if (notYet < 0 && !isHeardByServer(state)) return forgetFirst(state, first);
  return forgetFirst(state, keptTurns.findLastIndex(({ ended }, at) => at < first && ended === 'by_us') + 1);
}

/** Whether the server hears a turn, or has heard one that is no item yet. */
function isHeardByServer(state: SessionState): boolean {
  const { userTurn } = state;
  if (userTurn.kind === 'speaking') return agentOf(state).turnTaking !== 'manual';
  return userTurn.kind === 'committing' && userTurn.commit === 'server';
}

function forgetFirst(state: SessionState, count: number): Step {
  const last = state.keptTurns[count - 1];
  if (last === undefined) return stay(state);
  return sequence(
    become(state, { keptTurns: state.keptTurns.slice(count) }),
    ask({ type: 'source.forget', itemId: last.itemId }),
  );
}

/**
 * All sound that was given so far is let go: a question that is put now is not answered by what was said before it. The record
 * keeps the turns as they were understood, for none is heard again.
 */
export function forgetSound(state: SessionState): Step {
  const itemId = `item_lost_${state.nextId}`;
  return sequence(
    become(state, { nextId: state.nextId + 1, keptTurns: [] }),
    ask({ type: 'source.mark', itemId }, { type: 'source.forget', itemId }),
  );
}
