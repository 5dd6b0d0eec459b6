import { owesNothing } from './activity.ts';
import type { SessionFailure, SessionOutcome } from './notices.ts';
import { send } from './outbox.ts';
import { oweSpeech } from './response.ts';
import type { SessionState } from './state.ts';
import { ask, become, notify, type Step, sequence, stay } from './step.ts';
import { abandonCalls } from './tool-calls.ts';
import { typeTurn } from './user-turn.ts';

const normalClosure = 1000;

/** Dials. */
export function openConnection(state: SessionState): Step {
  if (state.lifecycle.kind !== 'new') return stay(state);
  const epoch = state.connection.epoch + 1;
  return sequence(
    become(state, { lifecycle: { kind: 'running' }, connection: { kind: 'opening', epoch } }),
    ask(
      { type: 'timer.start', timer: 'connect', delayMs: state.settings.timeouts.connectMs },
      { type: 'transport.open', epoch },
    ),
  );
}

/** The server has introduced itself: it is told what the agent is. Nothing else is sent until it has agreed. */
export function configureSession(
  state: SessionState,
  providerSessionId: string,
  model: string | undefined,
): Step {
  if (state.connection.kind !== 'opening') return stay(state);
  const { epoch } = state.connection;
  return sequence(
    become(state, { connection: { kind: 'configuring', epoch, providerSessionId } }),
    notify({ type: 'connected', providerSessionId, model }),
    send({ type: 'session.update', session: state.settings.session }),
  );
}

/** The server has agreed: the conversation begins, with the greeting and what was typed while waiting. */
export function beginConversation(state: SessionState): Step {
  if (state.connection.kind !== 'configuring') return stay(state);
  const { epoch, providerSessionId } = state.connection;
  const { greeting } = state.settings;
  return sequence(
    become(state, { connection: { kind: 'ready', epoch, providerSessionId }, unsentTexts: [] }),
    ask({ type: 'timer.cancel', timer: 'connect' }, { type: 'source.resume' }),
    notify({ type: 'ready' }),
    (next) => (greeting === undefined ? stay(next) : oweSpeech(next, greeting)),
    ...state.unsentTexts.map((text) => (next: SessionState) => typeTurn(next, text)),
  );
}

/** The server refused the session: without its settings the agent is not the agent. */
export function refuseSession(state: SessionState, reason: string): Step {
  return failSession(state, { code: 'provider.session_refused', reason });
}

/** The `connect` timer fired. */
export function giveUpConnecting(state: SessionState): Step {
  const phase = state.connection.kind === 'opening' ? 'session.created' : 'session.updated';
  const seconds = Math.round(state.settings.timeouts.connectMs / 1000);
  return failSession(state, { code: 'provider.timeout', reason: `no ${phase} within ${seconds} s` });
}

/**
 * The connection is gone without our doing. A server that ends it in order while it owes nothing has ended the session:
 * what is left is played out.
 */
export function loseConnection(
  state: SessionState,
  close: { code: number; reason: string; cause: string | undefined },
): Step {
  if (close.code === normalClosure && state.connection.kind === 'ready' && owesNothing(state)) {
    const reason = close.reason || 'the server ended the session';
    return become(state, { lifecycle: { kind: 'draining', reason }, connection: offline(state) });
  }
  const said =
    state.fatalError ?? close.cause ?? (close.reason || `the connection closed with code ${close.code}`);
  return failSession({ ...state, connection: offline(state) }, { code: failureCode(state), reason: said });
}

/** The application ends the session: at once, or when what is under way is complete. */
export function closeSession(state: SessionState, mode: 'drain' | 'cancel', reason: string): Step {
  if (mode === 'cancel' || state.lifecycle.kind === 'new')
    return endSession(state, { status: 'completed', reason });
  if (state.lifecycle.kind === 'draining') return stay(state);
  return sequence(
    become(state, { lifecycle: { kind: 'draining', reason } }),
    ask({ type: 'timer.start', timer: 'drain', delayMs: state.settings.timeouts.drainMs }),
  );
}

/** Ends the session: every call gets its output, the connection is closed, and nothing is left running. */
export function endSession(state: SessionState, outcome: SessionOutcome): Step {
  const connected = state.connection.kind !== 'offline';
  return sequence(
    state.connection.kind === 'ready' ? abandonCalls(state) : stay(state),
    (next) => become(next, { lifecycle: { kind: 'closed', outcome }, connection: offline(next) }),
    connected ? ask({ type: 'transport.close', code: normalClosure, reason: '' }) : stay,
    notify({ type: 'closed', outcome }),
  );
}

function failSession(state: SessionState, error: SessionFailure): Step {
  return endSession(state, { status: 'failed', error });
}

function failureCode(state: SessionState): SessionFailure['code'] {
  if (state.fatalError !== undefined) return 'provider.rejected';
  return state.connection.kind === 'opening' ? 'provider.connect_failed' : 'provider.lost';
}

function offline(state: SessionState): SessionState['connection'] {
  return { kind: 'offline', epoch: state.connection.epoch };
}
