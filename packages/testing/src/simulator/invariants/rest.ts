import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';

/** Whether the session is where nothing more is due. */
export function isQuiet(world: World): boolean {
  const { state } = world.session;
  if (state.lifecycle.kind === 'closed') return true;
  const view = world.ledger.inUse;
  const restMs =
    world.stage.queue.nowMs - Math.max(view?.lastSentAtMs ?? 0, view?.lastResponseEventAtMs ?? 0);
  return (
    restMs > 1_500 &&
    state.lifecycle.kind === 'running' &&
    state.connection.kind === 'ready' &&
    state.successor.kind === 'none' &&
    state.userTurn.kind === 'silent' &&
    state.response.kind === 'none' &&
    state.owed.length === 0 &&
    state.playout.parts.length === 0 &&
    !state.playout.cut?.itemIds.length &&
    state.tools.calls.size === 0 &&
    state.unsentTexts.length === 0 &&
    !isAtWork(world, state.connection.epoch)
  );
}

/** Whether a server is in the middle of a response. What it is stuck in and was mute about is not known. */
function isAtWork({ ledger, network }: World, epoch: number): boolean {
  const active = network.links.get(epoch)?.server.active;
  return active !== undefined && (active.manner.end !== 'never' || ledger.responses.has(active.id));
}

/** Why the session is not quiet, in a few words. */
export function describeUnrest({ session: { state } }: World): string {
  const parts = [
    `lifecycle ${state.lifecycle.kind}`,
    `connection ${state.connection.kind}`,
    `successor ${state.successor.kind}`,
    `user ${state.userTurn.kind}`,
    `response ${state.response.kind}`,
    `owed ${state.owed.length}`,
    `parts ${state.playout.parts.length}`,
    `calls ${[...state.tools.calls.values()].map((call) => call.phase.kind).join('+')}`,
    `unsent ${state.unsentTexts.length}`,
  ];
  return parts.join(', ');
}

const restTimers: ReadonlySet<string> = new Set([
  'healthy',
  'rollover',
  'rollover.force',
  'idle',
  'limit',
  'meter',
  // Of a tool that works in the background.
  'stale',
]);

/** When all is quiet nothing is pending. */
const nothingPending: Invariant = {
  id: 'I10',
  says: 'when all is quiet no timer runs that guards something, and no event of ours waits for an answer',
  watch(world, fail) {
    return {
      onQuiet() {
        const { state } = world.session;
        if (state.lifecycle.kind === 'closed') return;
        for (const [timer, task] of world.timers) {
          if (task.run !== undefined && !restTimers.has(timer.split(':')[0] ?? ''))
            fail(`timer ${timer} runs though nothing is owed`);
        }
        const link = world.network.links.get(world.ledger.current.epoch);
        const excused = new Set(link?.server.lostRequests);
        // An end that overtakes its beginning settles nothing.
        const disorder = world.stage.profile.levels.reorders !== 'off';
        const disturbed = disorder || world.network.faults.some((fault) => fault.epoch === link?.epoch);
        for (const [eventId, pending] of state.pending) {
          if (pending.epoch !== world.ledger.current.epoch)
            fail(`${eventId} of an old connection is pending`);
          else if (!excused.has(eventId) && !disturbed && !mayBeSilent(world, pending.type))
            fail(`${pending.type} ${eventId} is pending for ever`);
        }
      },
    };
  },
};

/** Errors that do not say what they are about leave it open. */
function mayBeSilent(world: World, type: string): boolean {
  // Where nothing is heard there is nothing to clear.
  if (type === 'output_audio_buffer.clear') return true;
  const link = world.network.links.get(world.ledger.current.epoch);
  return link?.server.refusals.some((refusal) => refusal.event.type === type) ?? false;
}

export const restInvariants: readonly Invariant[] = [nothingPending];
