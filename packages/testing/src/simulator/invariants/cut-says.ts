import type { SessionEvent, SessionState } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';
import { cutsIn } from './speech.ts';

/** Whether what the agent says now must be heard: then nothing is cut. */
function mustBeHeard({ response, playout }: SessionState): boolean {
  const request = 'request' in response ? response.request : undefined;
  const isSaid = request?.kind === 'say' && request.protected === true;
  return isSaid || playout.parts.some((part) => part.speech === 'protected');
}

/** Whether all that was told to be said until now is cut by an event. */
function cutsAll(event: SessionEvent, before: SessionState, world: World): boolean {
  // The beginning of a turn may be told twice.
  const isToldAgain = event.type === 'server.event' && before.userTurn.kind === 'speaking';
  return cutsIn(event, world) && !isToldAgain && !mustBeHeard(before);
}

/** Whoever cuts a text does not hear it later. */
const cutIsOver: Invariant = {
  id: 'R28d',
  says: 'a text that was cut is not asked for again, unless what cut it had no words',
  watch(world, fail) {
    const told = new Set<string>();
    const cut = new Set<string>();
    return {
      onEvent({ event, before }) {
        if (world.ledger.stale || before.lifecycle.kind === 'closed') return;
        if (event.type === 'agent.say') {
          told.add(event.text.trim());
          cut.delete(event.text.trim());
        }
        if (told.size === 0 || !cutsAll(event, before, world)) return;
        for (const text of told) if (!world.ledger.isProtected(text)) cut.add(text);
        told.clear();
      },
      effects: ['notify', 'transport.send'],
      onEffect(effect) {
        if (effect.type === 'notify' && effect.notice.type === 'speech_resumed') cut.clear();
        if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') return;
        const text = effect.event.response?.metadata?.['antiphon.say'];
        if (text !== undefined && cut.has(text)) fail(`"${text}" was cut and is asked for again`);
      },
    };
  },
};

export const cutSayInvariants: readonly Invariant[] = [cutIsOver];
