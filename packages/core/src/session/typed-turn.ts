import { noteAnswer, noteSpokenOver, takesTurn } from './consent-state.ts';
import { finishText, reserveUserItem } from './conversation.ts';
import { interrupt } from './interruption.ts';
import { countUserTurn } from './limits.ts';
import { send } from './outbox.ts';
import { oweAnswerToTurn } from './owed.ts';
import { noteNextTurn } from './stale-calls.ts';
import type { SessionState } from './state.ts';
import { alter, become, notify, type Step, sequence, stay } from './step.ts';

/** Texts that may wait for a connection. */
const unsentLimit = 32;
/** A whole turn of the user, typed. It waits for the connection where there is none. */
export function typeTurn(state: SessionState, text: string): Step {
  if (text.trim() === '') return stay(state);
  if (state.connection.kind !== 'ready') {
    const unsentTexts = [...state.unsentTexts, text].slice(-unsentLimit);
    // It is read later, and by then the question may have been heard to its end.
    return noteSpokenOver(alter(state, { unsentTexts }));
  }
  const itemId = `item_user_${state.nextId}`;
  return sequence(
    interrupt(alter(state, { nextId: state.nextId + 1 }), 'client'),
    countUserTurn,
    noteNextTurn,
    (next) => reserveUserItem(next, itemId, undefined),
    (next) => finishText(next, 'user', { itemId, contentIndex: 0 }, text),
    send(
      {
        type: 'conversation.item.create',
        item: { id: itemId, type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
      },
      takesTurn(state) ? 'nothing' : 'answer',
    ),
    notify({ type: 'user_turn', itemId }),
    (next) => (takesTurn(next) ? noteAnswer(next, itemId) : oweAnswerToTurn(next)),
  );
}

/** Texts that waited for the connection are sent now. */
export function typeUnsent(state: SessionState): Step {
  if (state.unsentTexts.length === 0 || state.connection.kind !== 'ready') return stay(state);
  const texts = state.unsentTexts;
  return sequence(
    become(state, { unsentTexts: [] }),
    ...texts.map((text) => (next: SessionState) => typeTurn(next, text)),
  );
}
