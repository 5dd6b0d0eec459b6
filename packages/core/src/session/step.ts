import type { Effect } from './effects.ts';
import type { SessionNotice } from './notices.ts';
import type { SessionCounters, SessionState } from './state.ts';

/** The outcome of a transition: the next state and what is asked for, in order. */
export type Step = readonly [state: SessionState, effects: readonly Effect[]];

const nothing: readonly Effect[] = [];

/** What follows from a state. */
export type Rule = (state: SessionState) => Step;

/** Nothing happens. */
export function stay(state: SessionState): Step {
  return [state, nothing];
}

/**
 * The state with some regions changed. All states are made here, field by field: objects of one shape are copied and
 * read many times faster than those that spread syntax makes.
 */
export function alter(state: SessionState, change: Partial<SessionState>): SessionState {
  return Object.assign(copyOf(state), change);
}

function copyOf(state: SessionState): SessionState {
  return {
    settings: state.settings,
    lifecycle: state.lifecycle,
    connection: state.connection,
    successor: state.successor,
    dial: state.dial,
    agent: state.agent,
    served: state.served,
    variables: state.variables,
    userTurn: state.userTurn,
    input: state.input,
    announcement: state.announcement,
    keptTurns: state.keptTurns,
    replaying: state.replaying,
    confirmedTurns: state.confirmedTurns,
    answeredCommits: state.answeredCommits,
    response: state.response,
    owed: state.owed,
    finishedResponses: state.finishedResponses,
    playout: state.playout,
    tools: state.tools,
    consent: state.consent,
    conversation: state.conversation,
    pending: state.pending,
    unsentTexts: state.unsentTexts,
    usage: state.usage,
    silence: state.silence,
    recording: state.recording,
    nextId: state.nextId,
    random: state.random,
    counters: state.counters,
  };
}

/** The state changes; nothing is asked for. */
export function become(state: SessionState, change: Partial<SessionState>): Step {
  return [alter(state, change), nothing];
}

/** Runs the rules one after the other, each on what the one before left. */
export function sequence(start: SessionState | Step, ...rules: readonly Rule[]): Step {
  return follow(isStep(start) ? start : stay(start), rules);
}

/** {@link sequence} with a list of rules. */
export function follow(start: Step, rules: readonly Rule[]): Step {
  let step = start;
  for (const rule of rules) {
    const next = rule(step[0]);
    step = joined(step, next);
  }
  return step;
}

/** What two steps in a row come to. Most of them ask for nothing: no list is made for those. */
function joined(first: Step, second: Step): Step {
  if (first[1].length === 0) return second;
  if (second[1].length > 0) return [second[0], [...first[1], ...second[1]]];
  return second[0] === first[0] ? first : [second[0], first[1]];
}

/** A rule that asks for effects and leaves the state as it is. */
export function ask(...effects: readonly Effect[]): (state: SessionState) => Step {
  return (state) => [state, effects];
}

/** A rule that tells the observers. */
export function notify(notice: SessionNotice): (state: SessionState) => Step {
  return ask({ type: 'notify', notice });
}

/** A rule that adds one to a counter. */
export function count(counter: keyof SessionCounters): (state: SessionState) => Step {
  return (state) =>
    become(state, { counters: { ...state.counters, [counter]: state.counters[counter] + 1 } });
}

/** `list` with `value` added, at most `limit` long: the oldest leave first. */
export function remember<Value>(list: readonly Value[], value: Value, limit: number): readonly Value[] {
  const kept = list.slice(Math.max(0, list.length - limit + 1));
  kept.push(value);
  return kept;
}

function isStep(value: SessionState | Step): value is Step {
  return Array.isArray(value);
}
