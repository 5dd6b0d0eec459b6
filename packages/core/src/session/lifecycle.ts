import { abandonBackground } from './background-calls.ts';
import { abandonCalls } from './call-record.ts';
import { abandonClientCalls } from './client-calls.ts';
import type { Effect } from './effects.ts';
import type { SessionFailure, SessionOutcome } from './notices.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, type Step, sequence, stay } from './step.ts';

const normalClosure = 1000;

/** The application ends the session: at once, or when what is under way is complete. */
export function closeSession(state: SessionState, mode: 'drain' | 'cancel', reason: string): Step {
  if (mode === 'cancel' || state.lifecycle.kind === 'new')
    return endSession(state, { status: 'completed', reason });
  if (state.lifecycle.kind === 'draining') return stay(state);
  return sequence(
    become(state, { lifecycle: { kind: 'draining', reason, manner: 'in_order' } }),
    ask({ type: 'timer.start', timer: 'drain', delayMs: state.settings.timeouts.drainMs }),
  );
}

/** Ends the session: every call gets its output, the connections are closed, and nothing is left running. */
export function endSession(state: SessionState, outcome: SessionOutcome): Step {
  return sequence(
    abandonCalls(state),
    abandonBackground,
    abandonClientCalls,
    (next) => [
      alter(next, {
        lifecycle: { kind: 'closed', outcome },
        connection: { kind: 'offline', epoch: next.connection.epoch },
        successor: { kind: 'none' },
      }),
      closings(next),
    ],
    notify({ type: 'closed', outcome }),
  );
}

/** Ends the session because it cannot go on. */
export function failSession(state: SessionState, error: SessionFailure): Step {
  return endSession(state, { status: 'failed', error });
}

/** Closes the connection of an epoch in order. */
export function closeTransport(epoch: number): Effect {
  return { type: 'transport.close', epoch, code: normalClosure, reason: '' };
}

function closings({ connection, successor }: SessionState): readonly Effect[] {
  return [
    ...(connection.kind === 'ready' ? [closeTransport(connection.epoch)] : []),
    ...('epoch' in successor ? [closeTransport(successor.epoch)] : []),
  ];
}
