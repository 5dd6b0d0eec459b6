import type { SessionState } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';
import { isWarned, noticeIn } from './step-reading.ts';

function voiceOf({ settings }: SessionState, agent: string): string {
  return JSON.stringify(settings.agents[agent]?.session.audio?.output?.voice ?? null);
}

/** The voice that a connection was made with. */
function voiceOn({ ledger }: World, epoch: number): string {
  for (const sent of ledger.connections.get(epoch)?.sent ?? []) {
    if (sent.type !== 'session.update' || sent.session.type !== 'realtime') continue;
    return JSON.stringify(sent.session.audio?.output?.voice ?? null);
  }
  return 'null';
}

/** Another agent is heard with its own voice. */
const voicesAreTheirOwn: Invariant = {
  id: 'I23f',
  says: 'a connection that takes over has the voice of the agent in charge, and an agent with another voice gets another connection',
  watch(world, fail) {
    return {
      steps: ['agent_changed', 'source.route'],
      onStep({ before, state, effects }) {
        if (state.lifecycle.kind === 'closed' || state.connection.kind !== 'ready') return;
        const isTaking =
          state.connection.epoch !== before.connection.epoch || before.connection.kind !== 'ready';
        if (!isTaking && before.agent === state.agent) return;
        const wanted = voiceOf(state, state.agent);
        const { epoch } = state.connection;
        if (
          wanted !== 'null' &&
          effects.some(({ type }) => type === 'source.route') &&
          voiceOn(world, epoch) !== wanted
        )
          fail(`connection ${epoch} takes over with voice ${voiceOn(world, epoch)}, the agent has ${wanted}`);
        const changed = noticeIn(effects, 'agent_changed');
        if (changed === undefined || before.connection.kind !== 'ready') return;
        if (voiceOf(state, changed.from) === wanted || isWarned(effects, 'provider.no_successor')) return;
        if (state.successor.kind === 'none' && epoch === before.connection.epoch)
          fail(`${changed.agent} has the voice ${wanted}, and no connection is made for it`);
      },
    };
  },
};

export const voiceInvariants: readonly Invariant[] = [voicesAreTheirOwn];
