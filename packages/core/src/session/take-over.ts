import { isQuiet } from './activity.ts';
import { isAskingConsent } from './consent-state.ts';
import { limitTimers } from './dialing.ts';
import { closeTransport } from './lifecycle.ts';
import { withShortIds } from './named-items.ts';
import { dropPending, sendOver } from './outbox.ts';
import { oweSpeech } from './owed.ts';
import type { SuccessionCause, SuccessorState } from './regions/connection.ts';
import { isRemote } from './remote-call.ts';
import { rejoinCall, undeliveredItems } from './remote-outage.ts';
import { seedItems } from './seed.ts';
import { serveOver } from './served-agent.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, type Step, sequence, stay } from './step.ts';
import { forgetTries, forgetUnheard, suspendConversation } from './suspension.ts';

/** How soon after the last moment for it a connection is left for one that was not made by then. */
const forceAgainMs = 250;

/** A connection made: the kind of successor that can take over. */
type Standby = Extract<SuccessorState, { kind: 'standby' }>;

/**
 * The successor takes over when nobody is speaking and nothing is owed; at once where there is no connection. While the user
 * is asked for a call it waits: it is given sound of before, and what was said over the question would answer it.
 */
export function takeOverWhenQuiet(state: SessionState): Step {
  const { successor, connection } = state;
  if (successor.kind !== 'standby') return stay(state);
  if (connection.kind === 'offline') return takeOver(state, successor, { left: undefined });
  return isQuiet(state) && !isAskingConsent(state)
    ? takeOver(state, successor, { left: connection.epoch })
    : stay(state);
}

/** The server of the connection in use is about to end it: it is left in the middle of things. */
export function forceTakeOver(state: SessionState, epoch: number): Step {
  const { successor, connection } = state;
  if (connection.kind !== 'ready' || connection.epoch !== epoch) return stay(state);
  if (successor.kind !== 'standby') return successor.kind === 'none' ? stay(state) : forceLater(state, epoch);
  return sequence(suspendConversation(alter(state, { connection: { kind: 'offline', epoch } })), (next) =>
    takeOver(next, successor, { left: epoch }),
  );
}

/** Another connection is still being made, perhaps in the place of one that stood by: it takes over once it does. */
function forceLater(state: SessionState, epoch: number): Step {
  return ask({ type: 'timer.start', timer: `rollover.force:${epoch}`, delayMs: forceAgainMs })(state);
}

/** @param left the connection that is left for this one and is closed now. */
function takeOver(
  state: SessionState,
  successor: Standby,
  { left }: { readonly left: number | undefined },
): Step {
  const { epoch, providerSessionId, why } = successor;
  const { connection } = state;
  // A call that is joined again has its conversation still: it is not given it anew.
  const rejoins = isRemote(state) && why !== 'start';
  const isLost = connection.kind === 'offline' && !rejoins;
  const [known] = isLost && why !== 'start' ? forgetUnheard(state) : stay(state);
  const resumed = rejoins ? known : withShortIds(serveOver(known, successor));
  // Words may be on their way that no server has noticed or ended yet; turns that the conversation holds are not heard again.
  const replay = why === 'start' || resumed.keptTurns.length > 0 ? 'tail' : 'open_turn';
  const items = rejoins
    ? undeliveredItems(resumed)
    : seedItems(resumed).map((item) => ({ item, wants: 'nothing' as const }));
  return sequence(
    become(resumed, {
      connection: {
        kind: 'ready',
        epoch,
        providerSessionId,
        base: items.length === 0 && !rejoins ? lastId(resumed) : null,
        heard: 0,
        lateAnswers: 0,
        doubtful: [],
        requests: rejoins && resumed.dial.tells ? 'told' : 'untold',
        errors: [],
      },
      successor: { kind: 'none' },
      conversation: { ...resumed.conversation, awaited: new Map() },
      // Ids of responses are those of a connection: another one may use them again.
      finishedResponses: rejoins ? resumed.finishedResponses : [],
    }),
    (next) => dropPending(next, connection.epoch),
    ...items.map(
      ({ item, wants }) =>
        (next: SessionState) =>
          sendOver(next, epoch, [{ type: 'conversation.item.create', item }], wants),
    ),
    rejoins ? rejoinCall : forgetTries,
    ask({ type: 'source.route', epoch, replay }),
    left === undefined
      ? ask({ type: 'timer.cancel', timer: 'outage' })
      : ask(closeTransport(left), ...limitTimers(state, left)),
    watchHealth,
    awaitReplay,
    (next) => announceTakeOver(next, why, items.length),
  );
}

/** What the user said is on its way to the new connection: its server is given time to find the turn in it. */
function awaitReplay(state: SessionState): Step {
  const { userTurn } = state;
  if (userTurn.kind !== 'heard_again' || userTurn.deadline === 'running') return stay(state);
  return sequence(
    become(state, { userTurn: { ...userTurn, deadline: 'running' } }),
    ask({ type: 'timer.start', timer: 'commit', delayMs: state.settings.timeouts.responseMs }),
  );
}

function lastId({ conversation }: SessionState): string | null {
  return conversation.pages.at(-1)?.order.at(-1) ?? null;
}

function announceTakeOver(state: SessionState, why: SuccessionCause, items: number): Step {
  if (why === 'start') return sequence(notify({ type: 'ready' })(state), greet);
  const { connection } = state;
  return notify({
    type: 'connection_changed',
    why,
    provider: state.settings.providers[state.dial.provider]?.name ?? '',
    providerSessionId: connection.kind === 'ready' ? connection.providerSessionId : '',
    items,
  })(state);
}

function greet(state: SessionState): Step {
  const greeting = state.settings.agents[state.agent]?.greeting;
  if (greeting === undefined) return stay(state);
  return oweSpeech(state, greeting.say, greeting.protected ? 'protected' : 'none');
}

/** From when on a connection counts as sound. */
function watchHealth(state: SessionState): Step {
  const delayMs = state.settings.reconnect.healthyMs;
  return ask({ type: 'timer.start', timer: 'healthy', delayMs })(state);
}
