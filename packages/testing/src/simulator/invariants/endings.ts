import type { Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';
import { noticeIn } from './step-reading.ts';

/** A session ends when it may. */
const endsInOrder: Invariant = {
  id: 'I12e',
  says: 'a session that ends in order owes nothing, and has no sound and no tool left; one that is told to end does; a server that owes something ends none',
  watch(world, fail) {
    return {
      steps: ['session.close', 'transport.closed'],
      reads: ['lifecycle'],
      onStep({ event, before, state, effects }) {
        if (before.lifecycle.kind === 'closed') return;
        const isClosed = state.lifecycle.kind === 'closed';
        if (event.type === 'session.close' && event.mode === 'cancel' && !isClosed)
          fail('the session is told to end and does not');
        if (event.type === 'transport.closed' && event.code === 1000 && before.lifecycle.kind === 'running') {
          const isInUse = before.connection.kind === 'ready' && before.connection.epoch === event.epoch;
          const open = before.owed.length + before.tools.calls.size + before.unsentTexts.length;
          const owes = before.userTurn.kind !== 'silent' || before.response.kind !== 'none' || open > 0;
          const isAtLimit = noticeIn(effects, 'limit')?.reached === true;
          const isDraining = state.lifecycle.kind === 'draining' && !isAtLimit;
          if (isInUse && owes && isDraining && !isOnCall(world))
            fail('a server ends the session that owes something');
        }
        const isCancelled = event.type === 'session.close' && event.mode === 'cancel';
        if (!isClosed || isCancelled || before.lifecycle.kind === 'new') return;
        if (event.type === 'timer.fired' && ['drain', 'outage', 'connect'].includes(event.timer)) return;
        const { outcome } = state.lifecycle as Extract<typeof state.lifecycle, { kind: 'closed' }>;
        if (outcome.status !== 'completed') return;
        if (world.sink.remainingMs > 1) fail('the session ends in order while sound is heard');
        if (effects.some(({ type }) => type === 'tool.cancel'))
          fail('the session ends in order while a tool runs');
        if (before.connection.kind !== 'ready' || event.type === 'transport.closed') return;
        if (state.owed.length > 0 || state.response.kind !== 'none' || state.userTurn.kind !== 'silent')
          fail('the session ends in order and owes something');
      },
    };
  },
};

export const endingInvariants: readonly Invariant[] = [endsInOrder];
