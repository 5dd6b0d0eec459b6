import { owesNothing } from './activity.ts';
import { changedSession } from './agents.ts';
import {
  asksForPatience,
  type Complaint,
  type ConnectionClose,
  canRedial,
  describeClose,
  refusalCode,
} from './close-verdict.ts';
import { complaintOf, dial, dialLater, limitTimers, nextProvider } from './dialing.ts';
import type { Effect } from './effects.ts';
import { triage } from './error-triage.ts';
import { loseHosted } from './hosted-calls.ts';
import { closeTransport, failSession } from './lifecycle.ts';
import type { ConnectionChange, SessionFailure } from './notices.ts';
import { dropPending, isOut, send, sendOver } from './outbox.ts';
import type { SuccessionCause } from './regions/connection.ts';
import { forgetRemotePlayout, isRemote } from './remote-call.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, type Step, sequence, stay } from './step.ts';
import { suspendConversation } from './suspension.ts';

const normalClosure = 1000;
/** Of the time that a server leaves, this share is waited for a quiet moment. */
const leaveShare = 0.8;
const callOver = 'the call is over';

/** Failures after which another try may do. */
const passingFailures: ReadonlySet<string> = new Set([
  'provider.timeout',
  'provider.busy',
  'provider.unavailable',
]);

/** The server of a connection ends it soon: another is made; one that only stands by is replaced by a fresh one. */
export function rollOver(state: SessionState, epoch: number): Step {
  const { connection, successor } = state;
  if (connection.kind === 'ready' && connection.epoch === epoch) {
    return successor.kind === 'none' ? prepareSuccessor(state, 'rollover') : stay(state);
  }
  if (!('epoch' in successor) || successor.epoch !== epoch) return stay(state);
  const { why } = successor;
  return sequence(dropSuccessor(state), (next) => dial(next, why));
}

/** The server of the connection in use has said that it should be left, and perhaps when it ends it. */
export function leave(state: SessionState, epoch: number, leftMs: number | undefined): Step {
  if (leftMs === undefined) return rollOver(state, epoch);
  const delayMs = Math.round(leftMs * leaveShare);
  return sequence(
    rollOver(state, epoch),
    ask({ type: 'timer.start', timer: `rollover.force:${epoch}`, delayMs }),
  );
}

/** Another connection is to be made beside the one in use; it takes over at a quiet moment. */
export function prepareSuccessor(state: SessionState, why: ConnectionChange): Step {
  if (state.connection.kind !== 'ready') return stay(state);
  // A call is where it is: it has one voice, and no other connection leads anywhere else.
  if (isRemote(state)) return why === 'handoff' ? updateSession(state) : stay(state);
  if (state.dial.standing === 'refused') return keepConnection(state, why);
  return sequence(dropSuccessor(state), (next) =>
    dial(alter(next, { dial: { ...next.dial, attempts: 0 } }), why),
  );
}

/**
 * What a connection cannot be told any more holds with another one. One that is being made and was told what held before is
 * made anew.
 */
export function renewConnection(state: SessionState, why: ConnectionChange): Step {
  const { connection, successor } = state;
  if (connection.kind === 'ready') return prepareSuccessor(state, why);
  if (!('epoch' in successor) || successor.kind === 'opening') return stay(state);
  if (isRemote(state)) return updateSession(state);
  return sequence(dropSuccessor(state), (next) =>
    dial(alter(next, { dial: { ...next.dial, attempts: next.dial.attempts - 1 } }), successor.why),
  );
}

/** The provider takes no other connection: the one that stands is used as long as it does. */
function keepConnection(state: SessionState, why: ConnectionChange): Step {
  const message = 'the provider refused another connection before';
  const kept = notify({ type: 'warning', code: 'provider.no_successor', message })(state);
  return why === 'handoff' ? sequence(kept, updateSession) : kept;
}

/** The connection in use is given up though it stands: nothing comes over it. */
export function giveUpConnection(state: SessionState, reason: string): Step {
  if (state.connection.kind !== 'ready') return stay(state);
  const close = ask(closeTransport(state.connection.epoch));
  return sequence(
    close(alter(state, { dial: { ...state.dial, stalls: state.dial.stalls + 1 } })),
    notify({ type: 'warning', code: 'provider.stalled', message: reason }),
    (next) => goOffline(next, reason),
    (next) => succeed(next, 'stalled', { code: 'provider.lost', reason }),
  );
}

/**
 * The connection in use is gone without our doing. A server that ends it in order while it owes nothing has ended the
 * session: what is left is played out. Otherwise the conversation goes on over another connection.
 */
export function loseConnection(state: SessionState, close: ConnectionClose): Step {
  const { epoch } = state.connection;
  const complaint = complaintOf(state, epoch);
  const isOver = isRemote(state) || owesNothing(state);
  if (close.code === normalClosure && complaint === undefined && isOver) {
    const reason = close.reason || (isRemote(state) ? callOver : 'the server ended the session');
    return sequence(
      dropSuccessor(state),
      forgetRemotePlayout,
      (next) => windDown(alter(next, { connection: { kind: 'offline', epoch } }), reason),
      leaveSource(state, epoch),
    );
  }
  const said = describeClose(close, complaint);
  return sequence(goOffline(state, said), (next) => {
    const error = failure(state, close, complaint);
    const mayRedial = canRedial(close, complaint);
    if ('epoch' in next.successor || mayRedial) {
      const standing = mayRedial ? next.dial.standing : 'refused';
      return succeed(alter(next, { dial: { ...next.dial, standing } }), 'lost', error, close.retryAfterMs);
    }
    return sequence(dropSuccessor(next), (free) => tryNextProvider(free, 'lost', error));
  });
}

/** No connection comes any more: tools that run end first. One that winds down already does so for its own reason: after a limit no answer is owed. */
function windDown(state: SessionState, reason: string): Step {
  if (state.lifecycle.kind === 'draining') return loseHosted(state);
  return sequence(loseHosted(state), (next) =>
    become(next, { lifecycle: { kind: 'draining', reason, manner: 'in_order' } }),
  );
}

/** The connection being made is gone or was refused. */
export function loseSuccessor(state: SessionState, close: ConnectionClose): Step {
  const { successor, connection } = state;
  if (successor.kind === 'none') return stay(state);
  const complaint = 'epoch' in successor ? complaintOf(state, successor.epoch) : undefined;
  const said = describeClose(close, complaint);
  const error = failure(state, close, complaint);
  const free = sequence(clearSuccessor(state), ask({ type: 'timer.cancel', timer: 'connect' }));
  const { why } = successor;
  if (connection.kind === 'ready') {
    const retry = canRedial(close, complaint) ? { retryAfterMs: close.retryAfterMs } : undefined;
    return sequence(free, (next) => retryBeside(next, why, retry, said));
  }
  if (isRemote(state) && why !== 'start' && refusalCode(close, complaint) === 'provider.not_found') {
    return sequence(free, ask({ type: 'timer.cancel', timer: 'outage' }), (next) =>
      windDown(next, `${callOver}: ${said}`),
    );
  }
  return sequence(free, (next) => {
    const mayRetry = why === 'start' ? asksForPatience(close, complaint) : canRedial(close, complaint);
    return mayRetry ? replace(next, why, error, close.retryAfterMs) : tryNextProvider(next, why, error);
  });
}

/** The successor did not become one in time, or its server did not take the settings. */
export function refuseSuccessor(state: SessionState, error: SessionFailure): Step {
  const { successor, connection } = state;
  if (!('epoch' in successor)) return stay(state);
  const { why, epoch } = successor;
  const free = sequence(
    clearSuccessor(state),
    ask({ type: 'timer.cancel', timer: 'connect' }, closeTransport(epoch)),
  );
  const isLate = passingFailures.has(error.code);
  return sequence(free, (next) => {
    if (connection.kind === 'ready') return retryBeside(next, why, isLate ? {} : undefined, error.reason);
    const mayRetry = isLate && why !== 'start';
    return mayRetry ? replace(next, why, error) : tryNextProvider(next, why, error);
  });
}

/** A call was joined again, and nothing comes of it. */
function leaveMute(state: SessionState, error: SessionFailure): Step {
  const { connection } = state;
  if (!isRemote(state) || connection.kind !== 'ready' || connection.heard > 0) return stay(state);
  if (!isOut(state, 'session.update')) return stay(state);
  return sequence(
    ask(closeTransport(connection.epoch))(state),
    (next) => goOffline(next, error.reason),
    (next) => succeed(next, 'lost', error),
  );
}

/** The `connect` timer fired: the connection being made has not agreed in time. */
export function giveUpConnecting(state: SessionState): Step {
  if (state.successor.kind === 'none')
    return leaveMute(state, { code: 'provider.timeout', reason: late(state, 'session.updated') });
  if (state.successor.kind === 'standby') return stay(state);
  const phase = state.successor.kind === 'configuring' ? 'session.updated' : 'session.created';
  const complaint = 'epoch' in state.successor ? complaintOf(state, state.successor.epoch) : undefined;
  if (complaint !== undefined) {
    const { failure } = triage(complaint.code, complaint.type);
    return refuseSuccessor(state, { code: failure, reason: complaint.text });
  }
  return refuseSuccessor(state, { code: 'provider.timeout', reason: late(state, phase) });
}

function late({ settings }: SessionState, event: string): string {
  return `no ${event} within ${Math.round(settings.timeouts.connectMs / 1000)} s`;
}

/** The `outage` timer fired: the session has been without a connection for too long. */
export function endOutage(state: SessionState): Step {
  if (state.connection.kind === 'ready') return stay(state);
  const why = state.successor.kind === 'none' ? 'lost' : state.successor.why;
  const reason = 'no connection could be made in time';
  return sequence(dropSuccessor(state), (next) =>
    tryNextProvider(next, why, { code: 'provider.lost', reason }),
  );
}

/** The session of the model is told what has changed of the agent. */
export function updateSession(state: SessionState): Step {
  const { successor } = state;
  const session = changedSession(state);
  const order = { type: 'session.update' as const, session };
  return sequence(send(order)(state), (next) =>
    'epoch' in successor && successor.kind !== 'opening'
      ? sendOver(next, successor.epoch, [order])
      : stay(next),
  );
}

/** Closes the connection being made, if any. */
export function dropSuccessor(state: SessionState): Step {
  const { successor } = state;
  if (successor.kind === 'none') return stay(state);
  const effects: readonly Effect[] =
    successor.kind === 'waiting'
      ? [{ type: 'timer.cancel', timer: 'backoff' }]
      : [{ type: 'timer.cancel', timer: 'connect' }, closeTransport(successor.epoch)];
  return sequence(clearSuccessor(state), ask(...effects));
}

function goOffline(state: SessionState, reason: string): Step {
  const { epoch } = state.connection;
  return sequence(
    suspendConversation(
      alter(state, {
        connection: { kind: 'offline', epoch },
      }),
    ),
    (next) => dropPending(next, epoch),
    leaveSource(state, epoch),
    ask({ type: 'timer.start', timer: 'outage', delayMs: state.settings.reconnect.outageMs }),
    notify({ type: 'connection_lost', reason }),
  );
}

/** Nothing is given to a connection that is gone, and nothing waits for its age. */
function leaveSource(state: SessionState, epoch: number): (next: SessionState) => Step {
  return ask(
    { type: 'source.detach' },
    { type: 'timer.cancel', timer: 'healthy' },
    // A call that was joined again may not have agreed yet.
    ...(isRemote(state) ? [{ type: 'timer.cancel', timer: 'connect' } as const] : []),
    ...limitTimers(state, epoch),
  );
}

/** The connection being made takes over when it can; where there is none, one is made. */
function succeed(
  state: SessionState,
  why: 'lost' | 'stalled',
  error: SessionFailure,
  retryAfterMs?: number,
): Step {
  if (state.successor.kind !== 'none') return become(state, { successor: { ...state.successor, why } });
  return replace(state, why, error, retryAfterMs);
}

/** Another connection of the same provider, as long as its dials are not used up. */
function replace(
  state: SessionState,
  why: SuccessionCause,
  error: SessionFailure,
  retryAfterMs?: number,
): Step {
  const { attempts, standing } = state.dial;
  const { attempts: mostAttempts, outageMs } = state.settings.reconnect;
  const isTooLong = (retryAfterMs ?? 0) > outageMs;
  if (standing === 'refused' || attempts >= mostAttempts || isTooLong) {
    return tryNextProvider(state, why, error);
  }
  return dialLater(state, why, retryAfterMs);
}

/** Beside a connection that stands another try does no harm; when there are no more, the one that stands is kept. */
function retryBeside(
  state: SessionState,
  why: SuccessionCause,
  retry: { readonly retryAfterMs?: number | undefined } | undefined,
  reason: string,
): Step {
  if (retry !== undefined && state.dial.attempts < state.settings.reconnect.attempts) {
    return dialLater(state, why, retry.retryAfterMs);
  }
  const standing = retry === undefined ? 'refused' : state.dial.standing;
  return sequence(
    become(state, { dial: { ...state.dial, standing } }),
    notify({ type: 'warning', code: 'provider.no_successor', message: reason }),
    why === 'handoff' ? updateSession : stay,
  );
}

function tryNextProvider(state: SessionState, why: SuccessionCause, error: SessionFailure): Step {
  const next = nextProvider(state, error.reason);
  if (next === undefined) return failSession(state, error);
  return sequence(
    next,
    why === 'start'
      ? stay
      : ask({ type: 'timer.start', timer: 'outage', delayMs: state.settings.reconnect.outageMs }),
    (after) => dial(after, why),
  );
}

function failure(
  state: SessionState,
  close: ConnectionClose,
  complaint: Complaint | undefined,
): SessionFailure {
  const reason = describeClose(close, complaint);
  const isFirst = state.successor.kind !== 'none' && state.successor.why === 'start';
  if (isFirst) return { code: refusalCode(close, complaint), reason };
  const said = complaint && triage(complaint.code, complaint.type);
  return { code: said?.verdict === 'fatal' ? said.failure : 'provider.lost', reason };
}

function clearSuccessor(state: SessionState): Step {
  const { successor } = state;
  const free = become(state, { successor: { kind: 'none' } });
  if (!('epoch' in successor)) return free;
  return sequence(
    free,
    (next) => dropPending(next, successor.epoch),
    ask(...limitTimers(state, successor.epoch)),
  );
}
