import type { Effect, SessionEvent, SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';
import { cutsIn, cuttingEvents, isNamed } from './speech.ts';

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

/** The texts that were cut, with the moment, as long as nobody wants them again. */
class CutSays {
  readonly #world: World;
  readonly #told = new Set<string>();
  readonly atMs = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  hear({ event, before }: SessionStep): void {
    const { ledger, stage } = this.#world;
    if (ledger.stale || before.lifecycle.kind === 'closed') return;
    if (event.type === 'agent.say') {
      this.#told.add(event.text.trim());
      this.atMs.delete(event.text.trim());
    }
    if (this.#told.size === 0 || !cutsAll(event, before, this.#world)) return;
    for (const text of this.#told) if (!ledger.isProtected(text)) this.atMs.set(text, stage.queue.nowMs);
    this.#told.clear();
  }

  /** What cut them had no words: they are said on. */
  see(effect: Effect): void {
    if (effect.type === 'notify' && effect.notice.type === 'speech_resumed') this.atMs.clear();
  }
}

/** Whoever cuts a text does not hear it later. */
const cutIsOver: Invariant = {
  id: 'R28d',
  says: 'a text that was cut is not asked for again, unless what cut it had no words',
  watch(world, fail) {
    const cut = new CutSays(world);
    return {
      events: ['agent.say', ...cuttingEvents],
      onEvent: (step) => cut.hear(step),
      effects: ['speech_resumed', 'transport.send'],
      onEffect(effect) {
        cut.see(effect);
        if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') return;
        const text = effect.event.response?.metadata?.['antiphon.say'];
        if (text !== undefined && cut.atMs.has(text)) fail(`"${text}" was cut and is asked for again`);
      },
    };
  },
};

/** The response whose words or sound an event brings. */
function broughtBy(event: SessionEvent): string | undefined {
  if (event.type === 'server.audio') return event.responseId;
  return event.type === 'server.event' && 'response_id' in event.event ? event.event.response_id : undefined;
}

/** A text that was cut before it began may come all the same: nobody hears it. */
const cutIsSilent: Invariant = {
  id: 'R28e',
  says: 'of a text that was cut before it began nothing is played or told, where its server says which text it is',
  watch(world, fail) {
    const cut = new CutSays(world);
    // Responses that were heard before they were told of: nobody knew which text they are.
    const unknown = new Set<string>();
    return {
      events: ['agent.say', ...cuttingEvents],
      onEvent: (step) => cut.hear(step),
      effects: ['sink.write', 'speech_resumed', 'transcript'],
      onEffect(effect, { event }) {
        cut.see(effect);
        if (cut.atMs.size === 0) return;
        if (effect.type === 'notify' && (effect.notice.type !== 'transcript' || effect.notice.final)) return;
        const responseId = broughtBy(event);
        const text = responseId === undefined ? undefined : world.network.sayOf(responseId);
        if (responseId === undefined || text === undefined) return;
        if (!isNamed(world, responseId)) unknown.add(responseId);
        if (unknown.has(responseId)) return;
        const startedAtMs = world.ledger.responses.get(responseId)?.startedAtMs ?? 0;
        if (startedAtMs > (cut.atMs.get(text) ?? Number.POSITIVE_INFINITY))
          fail(`"${text}" was cut before it began, and ${responseId} is heard`);
      },
    };
  },
};

export const cutSayInvariants: readonly Invariant[] = [cutIsOver, cutIsSilent];
