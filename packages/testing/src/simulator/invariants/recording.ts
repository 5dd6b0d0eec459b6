import type { Effect, SessionEvent } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';

type Change = 'paused' | 'resumed' | 'allowed';

interface Wish {
  readonly change: Change;
  readonly by: string;
}

/** What somebody wants of whoever records, by what they tell the session. */
function wishOf(event: SessionEvent): Wish | undefined {
  switch (event.type) {
    case 'recording.pause':
      return { change: 'paused', by: event.by };
    case 'recording.resume':
      return { change: 'resumed', by: event.by };
    case 'recording.allow':
      return { change: 'allowed', by: event.by };
    default:
      return undefined;
  }
}

/** What a call wants of it: to pause with its start, the rest with its success. */
function wishOfCall(effect: Effect, world: World): Wish | undefined {
  if (effect.type !== 'notify') return undefined;
  const { notice } = effect;
  if (notice.type !== 'tool_started' && notice.type !== 'tool_settled') return undefined;
  const policy = world.ledger.policyOf(notice.callId);
  if (notice.type === 'tool_started')
    return policy?.recording === 'pause' ? { change: 'paused', by: policy.name } : undefined;
  if (policy?.recording === undefined || notice.outcome.status !== 'completed') return undefined;
  if (policy.recording === 'pause') return undefined;
  return { change: policy.recording === 'resume' ? 'resumed' : 'allowed', by: policy.name };
}

/** Recording stops and goes on when somebody says so, and that is told. */
const recordingObeys: Invariant = {
  id: 'K01',
  says: 'a change of the recording is told once, when somebody wants it and it is one; the state says the same',
  watch(world, fail) {
    if (world.stage.profile.levels.recording === 'off') return {};
    let phase: 'running' | 'paused' = 'running';
    let allowedBy: string | undefined;
    let due: Wish[] = [];
    const want = (wish: Wish | undefined) => {
      if (wish === undefined) return;
      const isOne =
        wish.change === 'allowed'
          ? allowedBy === undefined
          : (wish.change === 'paused') !== (phase === 'paused');
      if (!isOne) return;
      due.push(wish);
      if (wish.change === 'allowed') allowedBy = wish.by;
      else phase = wish.change === 'paused' ? 'paused' : 'running';
    };
    return {
      onEvent({ event, before }) {
        due = [];
        if (before.lifecycle.kind !== 'closed') want(wishOf(event));
      },
      effects: ['recording', 'tool_settled', 'tool_started'],
      onEffect(effect) {
        want(wishOfCall(effect, world));
        if (effect.type !== 'notify' || effect.notice.type !== 'recording') return;
        const { change, by } = effect.notice;
        const next = due.shift();
        if (next?.change !== change || next.by !== by) fail(`the recording is told as ${change} by ${by}`);
      },
      onStep({ state }) {
        const [missing] = due;
        if (missing !== undefined)
          fail(`that the recording is ${missing.change} by ${missing.by} is not told`);
        if (state.lifecycle.kind === 'closed') return;
        if (state.recording.phase !== phase || state.recording.allowedBy !== allowedBy)
          fail(`the recording is ${state.recording.phase}, it should be ${phase}`);
      },
    };
  },
};

export const recordingInvariants: readonly Invariant[] = [recordingObeys];
