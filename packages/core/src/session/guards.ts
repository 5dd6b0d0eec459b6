import type { SessionEvent } from './events.ts';
import { interrupt } from './interruption.ts';
import { dropOwed, oweSpeechFirst } from './owed.ts';
import type { SessionState } from './state.ts';
import { notify, type Step, sequence } from './step.ts';

/** A guardrail holds against a text: what is said or about to be said ends here, and something else is said instead. */
export function tripGuard(state: SessionState, trip: Extract<SessionEvent, { type: 'guard.tripped' }>): Step {
  const { guard, name, itemId, say } = trip;
  return sequence(
    notify({ type: 'guard_tripped', guard, name, itemId })(state),
    (next) => interrupt(next, 'client'),
    (next) => (guard === 'input' ? dropOwed(next, (request) => request.kind !== 'answer') : [next, []]),
    (next) => (say === undefined ? [next, []] : oweSpeechFirst(next, say)),
  );
}
