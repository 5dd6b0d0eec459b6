import { changedSession, openingSession } from './agents.ts';
import type { Complaint } from './close-verdict.ts';
import type { Effect } from './effects.ts';
import { sendOver } from './outbox.ts';
import { drawRandom } from './random.ts';
import type { SuccessionCause, SuccessorState } from './regions/connection.ts';
import { isRemote } from './remote-call.ts';
import { agreedAgent } from './served-agent.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, type Step, sequence, stay } from './step.ts';

/** Before the server's limit a connection is replaced at a quiet moment; shortly before it, at any. */
const rolloverMarginMs = 5 * 60_000;
const rolloverMarginShare = 0.2;
const forceMarginMs = 60_000;
const forceMarginShare = 0.05;

/** Dials at once. */
export function dial(state: SessionState, why: SuccessionCause): Step {
  const epoch = state.dial.lastEpoch + 1;
  const { attempts, provider } = state.dial;
  return [
    alter(state, {
      successor: { kind: 'opening', epoch, why },
      dial: { ...state.dial, lastEpoch: epoch, attempts: attempts + 1 },
    }),
    [
      { type: 'timer.start', timer: 'connect', delayMs: state.settings.timeouts.connectMs },
      {
        type: 'transport.open',
        epoch,
        provider: state.settings.providers[provider]?.name ?? '',
        agent: state.agent,
      },
    ],
  ];
}

/** Dials after a delay that grows with each try and is drawn at random, so that many sessions do not dial as one. */
export function dialLater(state: SessionState, why: SuccessionCause, retryAfterMs: number | undefined): Step {
  const { minDelayMs, firstDelayMs, maxDelayMs } = state.settings.reconnect;
  const [share, drawn] = drawRandom(state);
  const longestMs = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.max(0, state.dial.attempts - 1));
  const delayMs = Math.round(minDelayMs + share * Math.max(0, longestMs - minDelayMs));
  return sequence(
    become(drawn, { successor: { kind: 'waiting', why } }),
    ask({ type: 'timer.start', timer: 'backoff', delayMs: Math.max(delayMs, retryAfterMs ?? 0) }),
  );
}

/** The `backoff` timer fired. */
export function dialNow(state: SessionState): Step {
  return state.successor.kind === 'waiting' ? dial(state, state.successor.why) : stay(state);
}

/**
 * The connection is open: the server is told what the agent is, without waiting for its introduction, on which nothing of
 * this depends. Nothing else is sent until it has agreed.
 */
export function configure(state: SessionState): Step {
  if (state.successor.kind !== 'opening') return stay(state);
  const { epoch, why } = state.successor;
  const session = isRemote(state) && why !== 'start' ? changedSession(state) : openingSession(state);
  return sequence(become(state, { successor: { kind: 'introducing', epoch, why } }), (next) =>
    sendOver(next, epoch, [{ type: 'session.update', session }]),
  );
}

/** The server has introduced itself. */
export function meetServer(state: SessionState, providerSessionId: string, model: string | undefined): Step {
  if (state.successor.kind !== 'introducing') return stay(state);
  const { epoch, why } = state.successor;
  return sequence(
    become(state, {
      successor: { kind: 'configuring', epoch, why, providerSessionId },
      // What it said before is answered by its introduction.
      ...(complaintOf(state, epoch) && { dial: { ...state.dial, complaint: undefined } }),
    }),
    notify({ type: 'connected', providerSessionId, model }),
    (next) => watchLimit(next, epoch),
  );
}

/** The server counts its limit from now on, whether or not the connection is in use. */
function watchLimit(state: SessionState, epoch: number): Step {
  const limitMs = state.settings.providers[state.dial.provider]?.sessionLimitMs;
  if (limitMs === undefined) return stay(state);
  const rolloverMs = limitMs - Math.min(rolloverMarginMs, limitMs * rolloverMarginShare);
  const forceMs = limitMs - Math.min(forceMarginMs, limitMs * forceMarginShare);
  return ask(
    { type: 'timer.start', timer: `rollover:${epoch}`, delayMs: Math.round(rolloverMs) },
    { type: 'timer.start', timer: `rollover.force:${epoch}`, delayMs: Math.round(forceMs) },
  )(state);
}

/** The timers of a connection that is left: also a server without a limit may have said when it ends it. */
export function limitTimers(state: SessionState, epoch: number): readonly Effect[] {
  const force = { type: 'timer.cancel', timer: `rollover.force:${epoch}` } as const;
  const isLimited = state.settings.providers.some(({ sessionLimitMs }) => sessionLimitMs !== undefined);
  return isLimited ? [{ type: 'timer.cancel', timer: `rollover:${epoch}` }, force] : [force];
}

/** What the server of a connection said that explains the close of it. */
export function complaintOf({ dial: { complaint } }: SessionState, epoch: number): Complaint | undefined {
  return complaint?.epoch === epoch ? complaint : undefined;
}

/** A call that is joined again is as it was: what it says from now on is heard, and it is told things behind the settings. */
export function rejoin(state: SessionState): Step {
  if (state.successor.kind !== 'configuring' || state.successor.why === 'start') return stay(state);
  return become(state, { successor: standing(state, state.successor) });
}

/** The server has agreed: the connection stands by. */
export function standBy(state: SessionState): Step {
  if (state.successor.kind !== 'configuring') return stay(state);
  return sequence(
    become(state, { successor: standing(state, state.successor) }),
    ask({ type: 'timer.cancel', timer: 'connect' }),
  );
}

/** Whether another connection is being made, or can be: of this provider, or of the next. */
export function canDial({ dial, successor, settings }: SessionState): boolean {
  const isLeft = dial.standing !== 'refused' && dial.attempts < settings.reconnect.attempts;
  return successor.kind !== 'none' || isLeft || settings.providers[dial.provider + 1] !== undefined;
}

/** The next provider of the list, or undefined when this was the last. */
export function nextProvider(state: SessionState, reason: string): Step | undefined {
  const provider = state.dial.provider + 1;
  const choice = state.settings.providers[provider];
  if (choice === undefined) return undefined;
  return notify({ type: 'provider_changed', provider: choice.name, reason })(
    alter(state, { dial: { ...state.dial, provider, standing: 'open', attempts: 0 } }),
  );
}

type Configuring = Extract<SuccessorState, { kind: 'configuring' }>;

function standing(state: SessionState, successor: Configuring): SuccessorState {
  return { ...successor, kind: 'standby', served: agreedAgent(state, successor.epoch) };
}
