import type { SessionState } from '@antiphon/core';
import { seedOfSchedule } from './prng.ts';
import { runSchedule } from './simulate.ts';
import { labelOf } from './trace.ts';

/** The regions of a session whose changes are observed. */
export const observedRegions = [
  'lifecycle',
  'connection',
  'successor',
  'userTurn',
  'response',
  'playout',
  'toolCall',
  'silence',
] as const;

export type ObservedRegion = (typeof observedRegions)[number];

/** A change that was seen. */
export interface ObservedTransition {
  readonly from: string;
  /** The kind of the event that led to it. */
  readonly event: string;
  readonly to: string;
}

/** What was seen of each region, in alphabetical order. */
export type ObservedTransitions = Readonly<Record<ObservedRegion, readonly ObservedTransition[]>>;

type PlainRegion = Exclude<ObservedRegion, 'toolCall'>;

const kindOf: Readonly<Record<PlainRegion, (state: SessionState) => string>> = {
  lifecycle: (state) => state.lifecycle.kind,
  connection: (state) => state.connection.kind,
  successor: (state) => state.successor.kind,
  userTurn: (state) => state.userTurn.kind,
  response: (state) => state.response.kind,
  playout: (state) => (state.playout.parts.length === 0 ? 'silent' : state.playout.kind),
  silence: (state) => state.silence.watching,
};
const plainRegions = Object.keys(kindOf) as PlainRegion[];

/** Runs schedules and collects every change of state that happens in them, by region. */
export function observeTransitions(options: {
  readonly schedules: number;
  readonly seed: number;
}): ObservedTransitions {
  const seen = new Map<ObservedRegion, Map<string, ObservedTransition>>(
    observedRegions.map((region) => [region, new Map()]),
  );
  const note = (region: ObservedRegion, transition: ObservedTransition): void => {
    if (transition.from === transition.to) return;
    seen.get(region)?.set(`${transition.from} ${transition.event} ${transition.to}`, transition);
  };
  for (let index = 0; index < options.schedules; index++) {
    runSchedule({
      seed: seedOfSchedule(options.seed, index),
      invariants: [],
      onStep: ({ event, before, state }) => {
        if (before === state) return;
        const label = labelOf(event);
        for (const region of plainRegions) {
          note(region, { from: kindOf[region](before), event: label, to: kindOf[region](state) });
        }
        if (before.tools !== state.tools)
          noteCalls(before, state, (from, to) => note('toolCall', { from, event: label, to }));
      },
    });
  }
  const sorted = (region: ObservedRegion) =>
    [...(seen.get(region) ?? new Map<string, ObservedTransition>())]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([, transition]) => transition);
  return Object.fromEntries(
    observedRegions.map((region) => [region, sorted(region)]),
  ) as unknown as ObservedTransitions;
}

/** Calls come and go: before they are announced and after they are followed up they are `absent`. */
function noteCalls(
  before: SessionState,
  after: SessionState,
  note: (from: string, to: string) => void,
): void {
  for (const callId of new Set([...before.tools.calls.keys(), ...after.tools.calls.keys()])) {
    note(
      before.tools.calls.get(callId)?.phase.kind ?? 'absent',
      after.tools.calls.get(callId)?.phase.kind ?? 'absent',
    );
  }
}
