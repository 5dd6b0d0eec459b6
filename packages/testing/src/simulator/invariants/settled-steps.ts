import { type SessionEvent, type SessionState, transition } from '@antiphon/core';
import type { Invariant } from './invariant.ts';

/** It is about a call that nobody has heard of. */
const nothingNew: SessionEvent = { type: 'timer.fired', timer: 'call:none' };
/** One of so many steps is looked at: each look is a step more. */
const lookedAtShare = 3;

/** Whether a call of a response has no output yet. */
function isOpen({ tools }: SessionState, responseId: string): boolean {
  return [...tools.calls.values()].some(
    (call) => call.responseId === responseId && call.phase.kind !== 'settled',
  );
}

/** Whatever follows from an event follows at once: the next event may be long in coming. */
const nothingIsLeft: Invariant = {
  id: 'B06',
  says: 'what follows from an event is done with it, and not left for the next one',
  watch(_world, fail) {
    let steps = 0;
    return {
      onStep({ event, before, state }) {
        if (state === before || state.lifecycle.kind === 'closed') return;
        const over = state.tools.doneResponses.find((id) => !isOpen(state, id));
        if (over !== undefined) fail(`no call of ${over} is open, and it is waited for`);
        steps += 1;
        if (steps % lookedAtShare !== 0) return;
        const [next, effects] = transition(state, nothingNew);
        if (effects.length > 0)
          fail(`${event.type} leaves to be done: ${effects.map(({ type }) => type).join(', ')}`);
        if (next !== state) fail(`${event.type} leaves the state to be changed by the next event`);
      },
    };
  },
};

export const settledStepInvariants: readonly Invariant[] = [nothingIsLeft];
