import { endPart, receiveAudio } from './playout.ts';
import type { SessionState } from './state.ts';
import { alter, notify, type Step, sequence, stay } from './step.ts';

/** The process itself says a text, in a voice of its own: no server is asked for it and none is told. */
export function announce(state: SessionState, text: string): Step {
  const itemId = `item_own_${state.nextId}`;
  return sequence(
    [alter(state, { nextId: state.nextId + 1, announcement: itemId }), [{ type: 'announce', itemId, text }]],
    notify({ type: 'transcript', role: 'agent', itemId, text, final: true }),
  );
}

/** Speech of the process itself is ready: it is played like an agent's. */
export function playAnnouncement(state: SessionState, itemId: string, byteLength: number): Step {
  if (state.announcement !== itemId) return stay(state);
  const heard: SessionState = alter(state, { announcement: undefined });
  if (state.userTurn.kind === 'speaking' || state.playout.kind === 'flushing') return stay(heard);
  return sequence(
    receiveAudio(heard, {
      itemId,
      contentIndex: 0,
      responseId: '',
      origin: 'own',
      epoch: 0,
      speech: 'interruptible',
      byteLength,
    }),
    (next) => endPart(next, itemId, 0),
  );
}
