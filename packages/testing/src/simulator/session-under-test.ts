import {
  type Effect,
  initialState,
  type SessionEvent,
  type SessionSettings,
  type SessionState,
  transition,
} from '@antiphon/core';

/** One step of a session. */
export interface SessionStep {
  readonly event: SessionEvent;
  readonly before: SessionState;
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}

/** A session that a world can drive: it is told events, and every step it takes is seen before the next begins. */
export interface SessionUnderTest {
  readonly state: SessionState;
  /** Takes the event up at once, or after the step that is under way. */
  dispatch(event: SessionEvent): void;
  /** Another process rebuilds the session from its journal. */
  recover(): void;
}

/** Makes the session of a schedule; `onStep` performs the effects, unless the session does that itself. */
export type SessionDriver = (
  settings: SessionSettings,
  onStep: (step: SessionStep) => void,
  journal: readonly SessionEvent[],
) => SessionUnderTest;

/** What the session is folded with. */
export type Transition = typeof transition;

/** The session as the pure function that it is. */
export function pureDriver(fold: Transition = transition): SessionDriver {
  return (settings, onStep, journal) => {
    let state = initialState(settings);
    const mailbox: SessionEvent[] = [];
    let draining = false;
    const take = (event: SessionEvent): void => {
      const before = state;
      const [next, effects] = fold(before, event);
      state = next;
      onStep({ event, before, state, effects });
    };
    return {
      get state() {
        return state;
      },
      dispatch(event) {
        mailbox.push(event);
        if (draining) return;
        draining = true;
        try {
          for (let next = mailbox.shift(); next !== undefined; next = mailbox.shift()) take(next);
        } finally {
          draining = false;
        }
      },
      recover() {
        mailbox.length = 0;
        state = replayJournal(settings, journal, fold);
      },
    };
  };
}

/** The state after the events of a journal. */
export function replayJournal(
  settings: SessionSettings,
  journal: readonly SessionEvent[],
  fold: Transition = transition,
): SessionState {
  let state = initialState(settings);
  for (const event of journal) [state] = fold(state, event);
  return state;
}
