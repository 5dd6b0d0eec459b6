import { activityOf, isSettled } from './activity.ts';
import { agentOf } from './agents.ts';
import { announce } from './announcement.ts';
import { closeSession } from './lifecycle.ts';
import { oweSpeech, oweSpeechFirst } from './owed.ts';
import { isPlaying } from './playout.ts';
import { isRemote } from './remote-call.ts';
import type { SessionState, SilenceState } from './state.ts';
import { ask, become, notify, type Step, sequence, stay } from './step.ts';

/** Starts and ends the timers of silence as it begins, changes its kind, and ends. */
export function watchSilence(state: SessionState): Step {
  const before = state.silence.watching;
  const watching = silenceOf(state);
  if (watching === before) return stay(state);
  return sequence(
    become(state, { silence: { ...state.silence, watching } }),
    before === 'nothing' ? stay : ask({ type: 'timer.cancel', timer: before }),
    (next) => startTimer(next),
  );
}

/** The `idle` timer fired: the agent asks whether anybody is there, and in the end does what it was told to. */
export function passIdle(state: SessionState): Step {
  const { idle } = agentOf(state);
  const { watching, idlePrompts } = state.silence;
  if (watching !== 'idle' || idle === undefined) return stay(state);
  if (idlePrompts >= idle.times) {
    return idle.lastly === 'close' ? closeSession(state, 'drain', 'nobody was there') : stay(state);
  }
  const time = idlePrompts + 1;
  return sequence(
    become(state, { silence: { watching: 'nothing', idlePrompts: time } }),
    notify({ type: 'idle', time }),
    (next) => oweSpeech(next, idle.say),
  );
}

/** The `dead_air` timer fired: something is owed and nothing was heard for a while. */
export function breakDeadAir(state: SessionState): Step {
  const { deadAir } = agentOf(state);
  if (state.silence.watching !== 'dead_air' || deadAir === undefined) return stay(state);
  // What is owed while the user's turn is open would be said after it, and with each such silence once more.
  const canAsk =
    state.connection.kind === 'ready' && state.response.kind === 'none' && state.userTurn.kind === 'silent';
  return sequence(
    become(state, { silence: { ...state.silence, watching: 'nothing' } }),
    notify({ type: 'dead_air', activity: activityOf(state) }),
    (next) =>
      canAsk ? oweSpeechFirst(next, deadAir.say) : isRemote(next) ? stay(next) : announce(next, deadAir.say),
  );
}

/** Silence of the user and of the agent: with nothing owed it is idle, else it is dead air. */
function silenceOf(state: SessionState): SilenceState['watching'] {
  const { idle, deadAir } = agentOf(state);
  if (state.lifecycle.kind !== 'running' || isPlaying(state) || state.userTurn.kind === 'speaking')
    return 'nothing';
  // The user was asked something: the wait for the answer has a timer of its own.
  if (state.consent.kind === 'listening') return 'nothing';
  if (
    state.connection.kind === 'offline' &&
    state.successor.kind !== 'none' &&
    state.successor.why === 'start'
  )
    return 'nothing';
  if (!isSettled(state) || state.connection.kind === 'offline')
    return deadAir === undefined ? 'nothing' : 'dead_air';
  if (idle === undefined) return 'nothing';
  return state.silence.idlePrompts < idle.times || idle.lastly === 'close' ? 'idle' : 'nothing';
}

function startTimer(state: SessionState): Step {
  const { idle, deadAir } = agentOf(state);
  switch (state.silence.watching) {
    case 'idle':
      return ask({ type: 'timer.start', timer: 'idle', delayMs: idle?.afterMs ?? 0 })(state);
    case 'dead_air':
      return ask({ type: 'timer.start', timer: 'dead_air', delayMs: deadAir?.afterMs ?? 0 })(state);
    default:
      return stay(state);
  }
}
