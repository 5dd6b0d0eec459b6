import { finishText, reserveUserItem } from './conversation.ts';
import { send } from './outbox.ts';
import { flushPlayout } from './playout.ts';
import { awaitServerAnswer, cancelResponse, oweAnswer } from './response.ts';
import type { SessionState } from './state.ts';
import { ask, become, notify, type Step, sequence, stay } from './step.ts';
import { interruptCalls } from './tool-calls.ts';

/** The user began to speak: the agent falls silent, where it may be interrupted. */
export function startSpeech(state: SessionState, itemId: string, audioStartMs: number): Step {
  return sequence(
    become(state, { userTurn: { kind: 'speaking', itemId } }),
    notify({ type: 'speech_started', itemId, audioStartMs }),
    (next) => (next.settings.interruptible ? interrupt(next, 'server') : stay(next)),
  );
}

/** The user stopped speaking: the server commits what it heard. */
export function stopSpeech(state: SessionState, itemId: string, audioEndMs: number): Step {
  return sequence(
    become(state, { userTurn: { kind: 'committing' } }),
    startCommitTimer,
    notify({ type: 'speech_stopped', itemId, audioEndMs }),
  );
}

/** What the user said is an item of the conversation now: an answer is owed, by the server or by us. */
export function confirmTurn(
  state: SessionState,
  itemId: string,
  previousItemId: string | null | undefined,
): Step {
  return sequence(
    reserveUserItem(state, itemId, previousItemId),
    endTurn,
    notify({ type: 'user_turn', itemId }),
    (next) => (next.settings.turnTaking === 'server_answers' ? awaitServerAnswer(next) : oweAnswer(next)),
  );
}

/** The input buffer was emptied, or was too short to be a turn: nothing was said. */
export function forgetTurn(state: SessionState): Step {
  return endTurn(state);
}

/** The `commit` timer fired: the server stopped listening and never made an item of what it heard. */
export function giveUpTurn(state: SessionState): Step {
  if (state.userTurn.kind !== 'committing') return stay(state);
  return sequence(
    endTurn(state),
    notify({
      type: 'warning',
      code: 'turn.missing',
      message: 'the server did not commit what the user said',
    }),
  );
}

/** The user's turn is over because the application says so. */
export function commitTurn(state: SessionState): Step {
  if (state.connection.kind !== 'ready' || state.userTurn.kind === 'committing') return stay(state);
  return sequence(
    become(state, { userTurn: { kind: 'committing' } }),
    send({ type: 'input_audio_buffer.commit' }),
    startCommitTimer,
  );
}

/** A whole turn of the user, typed. It waits for the connection where there is none yet. */
export function typeTurn(state: SessionState, text: string): Step {
  if (state.connection.kind !== 'ready') return become(state, { unsentTexts: [...state.unsentTexts, text] });
  const itemId = `item_user_${state.nextId}`;
  return sequence(
    interrupt(state, 'client'),
    (next) => reserveUserItem(next, itemId, undefined),
    (next) => finishText(next, 'user', itemId, text),
    send({
      type: 'conversation.item.create',
      item: { id: itemId, type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    }),
    notify({ type: 'user_turn', itemId }),
    oweAnswer,
  );
}

/** Cuts what the agent says and is about to say. Results of tools are kept. */
export function interrupt(state: SessionState, by: 'server' | 'client'): Step {
  return sequence(flushPlayout(state), (next) => cancelResponse(next, by), interruptCalls);
}

function endTurn(state: SessionState): Step {
  const wasCommitting = state.userTurn.kind === 'committing';
  const silent = become(state, { userTurn: { kind: 'silent' } });
  return wasCommitting ? sequence(silent, ask({ type: 'timer.cancel', timer: 'commit' })) : silent;
}

function startCommitTimer(state: SessionState): Step {
  return [state, [{ type: 'timer.start', timer: 'commit', delayMs: state.settings.timeouts.responseMs }]];
}
