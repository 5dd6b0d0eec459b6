import { activityOf, isSettled } from './activity.ts';
import { closeSession, endSession, giveUpConnecting, loseConnection, openConnection } from './connection.ts';
import type { TimerId } from './effects.ts';
import type { SessionEvent } from './events.ts';
import { completeFlush, dropAudio, progressPlayout, receiveAudio } from './playout.ts';
import { giveUpWaiting, grantOwed, isWanted, noteResponse, oweSpeech, retryResponse } from './response.ts';
import { applyServerEvent } from './server-event.ts';
import { splitSpeech } from './split-speech.ts';
import type { SessionState } from './state.ts';
import { count, notify, type Step, sequence, stay } from './step.ts';
import { followUpBatches, releaseUndeclared, settleCall, startWaiting } from './tool-calls.ts';
import { commitTurn, giveUpTurn, interrupt, typeTurn } from './user-turn.ts';

/**
 * The session: what becomes of it by an event, and what is asked for in answer. Pure and synchronous; total over all
 * states and events. What answers an older connection, and anything after the end, changes nothing.
 */
export function transition(state: SessionState, event: SessionEvent): Step {
  if (state.lifecycle.kind === 'closed') return stay(state);
  if ('epoch' in event && event.epoch !== state.connection.epoch) return stay(state);
  return sequence(react(state, event), startWaiting, followUpBatches, grantOwed, finishDraining, (next) =>
    announce(state, next),
  );
}

function react(state: SessionState, event: SessionEvent): Step {
  switch (event.type) {
    case 'session.start':
      return openConnection(state);
    case 'session.close':
      return closeSession(state, event.mode, event.reason);
    case 'user.text':
      return typeTurn(state, event.text);
    case 'user.commit':
      return commitTurn(state);
    case 'user.interrupt':
      return interrupt(state, 'client');
    case 'agent.say':
      return sequence(
        state,
        ...splitSpeech(event.text).map((text) => (next: SessionState) => oweSpeech(next, text)),
      );
    case 'transport.opened':
      return stay(state);
    case 'transport.closed':
      return loseConnection(state, event);
    case 'server.event':
      return applyServerEvent(state, event.event);
    case 'server.invalid':
      return sequence(
        count('invalidMessages')(state),
        notify({ type: 'warning', code: 'provider.invalid_message', message: event.reason }),
      );
    case 'server.audio':
      return hear(state, event);
    case 'playout.progress':
      return progressPlayout(state, event);
    case 'playout.flushed':
      return completeFlush(state);
    case 'tool.settled':
      return settleCall(state, event.callId, event.outcome);
    case 'timer.fired':
      return onTimer(state, event.timer);
  }
}

function hear(state: SessionState, audio: Extract<SessionEvent, { type: 'server.audio' }>): Step {
  if (!isWanted(state, audio.responseId) || state.playout.kind === 'flushing') return dropAudio(state);
  return sequence(noteResponse(state, audio.responseId), (next) => receiveAudio(next, audio));
}

function onTimer(state: SessionState, timer: TimerId): Step {
  switch (timer) {
    case 'connect':
      return state.connection.kind === 'ready' ? stay(state) : giveUpConnecting(state);
    case 'response':
      return giveUpWaiting(state);
    case 'response.retry':
      return retryResponse(state);
    case 'commit':
      return giveUpTurn(state);
    case 'drain':
      return endSession(state, { status: 'completed', reason: 'drained in part: the time for it was over' });
    default:
      return releaseUndeclared(state, timer.slice('call:'.length));
  }
}

function finishDraining(state: SessionState): Step {
  if (state.lifecycle.kind !== 'draining' || !isSettled(state)) return stay(state);
  return endSession(state, { status: 'completed', reason: state.lifecycle.reason });
}

/** Tells the observers what follows from the change as a whole. */
function announce(before: SessionState, after: SessionState): Step {
  if (before === after || after.lifecycle.kind === 'closed') return stay(after);
  const activity = activityOf(after);
  return sequence(
    after,
    activity === activityOf(before) ? stay : notify({ type: 'activity', activity }),
    isSettled(after) && !isSettled(before) ? notify({ type: 'settled' }) : stay,
  );
}
