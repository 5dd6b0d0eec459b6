import { findItem } from './conversation-pages.ts';
import type { ConsentTurn } from './regions/consent.ts';
import type { SessionState } from './state.ts';
import { become, type Step, stay } from './step.ts';

/** Whether answers have to wait, because the user is being asked something. */
export function isAskingConsent({ consent }: SessionState): boolean {
  return consent.kind !== 'none';
}

/** Whether the user's next turn is an answer to the question: it is not given to the model to be answered. */
export function takesTurn({ consent }: SessionState): boolean {
  return consent.kind === 'asking' || consent.kind === 'listening';
}

/** Whether the words of an answer are still to come. */
export function awaitsWords(state: SessionState): boolean {
  const { consent } = state;
  return consent.kind !== 'none' && consent.turns.some((turn) => isUnknown(state, turn));
}

/** The user has answered, in words that are known or come later. */
export function noteAnswer(state: SessionState, itemId: string): Step {
  const { consent } = state;
  if (!takesTurn(state) || consent.kind === 'none') return stay(state);
  const turns: readonly ConsentTurn[] = [...consent.turns, { itemId, words: 'expected' }];
  // What is said before the question is over answers less than all of it.
  const noted =
    consent.kind === 'asking' ? { ...consent, turns, said: 'disturbed' as const } : { ...consent, turns };
  return become(state, { consent: noted });
}

/** The words of a turn will not be known. */
export function loseWords(state: SessionState, itemId: string): Step {
  const { consent } = state;
  if (consent.kind === 'none') return stay(state);
  const turns = consent.turns.map((turn) =>
    turn.itemId === itemId ? { itemId, words: 'lost' as const } : turn,
  );
  return become(state, { consent: { ...consent, turns } });
}

/** The user speaks while the question is being said: without cutting it, or it is not known yet how far it was heard. */
export function noteSpokenOver(state: SessionState): Step {
  const { consent } = state;
  return consent.kind === 'asking'
    ? become(state, { consent: { ...consent, said: 'disturbed' } })
    : stay(state);
}

/** Whether the words of a turn are still to come. */
export function isUnknown(state: SessionState, { itemId, words }: ConsentTurn): boolean {
  const item = findItem(state.conversation, itemId);
  return words === 'expected' && item?.kind === 'message' && item.text === undefined;
}
