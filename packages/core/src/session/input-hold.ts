import { noteSpokenOver } from './consent-state.ts';
import { isPlayingProtected } from './playout.ts';
import { isRemote } from './remote-call.ts';
import { isProtected } from './response.ts';
import type { SessionState } from './state.ts';
import { ask, become, type Step, sequence, stay } from './step.ts';

/** While protected speech is on its way, the user's voice is kept back: nothing of it is lost and nothing is cut. */
export function holdInput(state: SessionState): Step {
  // The voice of a caller does not come by here: it cannot be kept back.
  const isDue = !isRemote(state) && (isProtected(state) || isPlayingProtected(state));
  if (isDue && state.input === 'flowing') {
    // What is said over a question meanwhile may be told when that is over.
    return sequence(become(state, { input: 'held' }), ask({ type: 'source.hold' }), noteSpokenOver);
  }
  if (!isDue && state.input === 'held') {
    return sequence(become(state, { input: 'flowing' }), ask({ type: 'source.release' }));
  }
  return stay(state);
}
