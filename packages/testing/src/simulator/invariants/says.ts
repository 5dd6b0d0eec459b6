import type { ClientEvent, Effect, SessionEvent } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';
import { cutsIn, isNamed } from './speech.ts';

type Create = Extract<ClientEvent, { readonly type: 'response.create' }>;

function createOf(effect: Effect): Create | undefined {
  return effect.type === 'transport.send' && effect.event.type === 'response.create'
    ? effect.event
    : undefined;
}

/** The response that an event names: where its beginning was not told, what comes of it shows that it has begun. */
function responseOf(event: SessionEvent): string | undefined {
  if (event.type === 'server.audio') return event.responseId;
  if (event.type !== 'server.event') return undefined;
  const { event: told } = event;
  if (told.type === 'response.created' || told.type === 'response.done') return told.response.id;
  return 'response_id' in told ? told.response_id : undefined;
}

/** What the agent is told to say is asked for, unless somebody cuts in. */
const saysAreAsked: Invariant = {
  id: 'R28',
  says: 'greetings, notices, fillers and last words are begun, unless the user cuts in before',
  watch(world, fail) {
    const { levels } = world.stage.profile;
    const owed = new Set<string>();
    const protectedOnly = () => {
      for (const text of owed) if (!world.ledger.isProtected(text)) owed.delete(text);
    };
    return {
      events: [
        'server.event',
        'server.audio',
        'agent.say',
        'user.interrupt',
        'guard.tripped',
        'user.text',
        'user.speech_started',
      ],
      onEvent({ event, before }) {
        if (before.lifecycle.kind === 'closed') return;
        if (!world.ledger.stale && cutsIn(event, world)) {
          // The server of a call lets the user cut everything.
          if (isOnCall(world) && event.type === 'server.event') owed.clear();
          else protectedOnly();
        }
        const text = event.type === 'agent.say' ? event.text.trim() : '';
        if (text !== '') owed.add(text);
        if (event.type === 'guard.tripped' && event.say !== undefined) owed.add(event.say);
        const responseId = world.ledger.stale ? undefined : responseOf(event);
        if (responseId !== undefined) owed.delete(world.network.sayOf(responseId) ?? '');
      },
      effects: ['idle', 'limit', 'ready', 'source.release', 'user_turn', 'warning'],
      onEffect(effect) {
        // Somebody who spoke over protected words cuts what comes after them.
        if (effect.type === 'source.release') protectedOnly();
        if (effect.type !== 'notify') return;
        const { notice } = effect;
        // What was given up is not told.
        if (notice.type === 'warning' && notice.code.startsWith('response.')) owed.clear();
        // What was typed meanwhile cuts in when it is sent.
        if (notice.type === 'user_turn' && notice.itemId.startsWith('item_user_')) protectedOnly();
        const agent = world.ledger.agents[world.ledger.current.agent];
        if (notice.type === 'ready' && agent?.greeting !== undefined) owed.add(agent.greeting.say);
        if (notice.type === 'idle' && agent?.idle !== undefined) owed.add(agent.idle.say);
        if (notice.type === 'limit' && notice.reached) {
          owed.clear();
          const { wrapUp } = world.stage.settings.limits;
          if (wrapUp !== undefined) owed.add(wrapUp);
        }
      },
      onQuiet() {
        if (world.isOver || world.session.state.lifecycle.kind !== 'running') return;
        // What a mute server begins is not known.
        if (world.network.faults.some(({ kind }) => kind === 'mute')) return;
        // What a late response says of which nothing is told is taken for what was asked for last.
        if (levels.slow_answers !== 'off' && levels.forgetful !== 'off') return;
        for (const text of owed) {
          // Nor is it known whether an answer of the server's own is the text whose request came to nothing untold.
          if (levels.forgetful === 'off' || !isRequestUntold(world, text))
            fail(`"${text}" is owed and never begun`);
        }
      },
    };
  },
};

/** Whether a request for a text has gone astray, or was refused without a word of what was refused: that is the same to us. */
function isRequestUntold({ ledger, network }: World, text: string): boolean {
  return [...ledger.connections.values()].some(({ epoch, sent }) => {
    const server = network.links.get(epoch)?.server;
    const refused = server?.refusals.flatMap(({ why, isNamed, event }) =>
      why === 'fault' && !isNamed ? [event.event_id] : [],
    );
    const untold = new Set([...(server?.lostRequests ?? []), ...(refused ?? [])]);
    return sent.some(
      (event) =>
        event.type === 'response.create' &&
        event.response?.metadata?.['antiphon.say'] === text &&
        untold.has(event.event_id ?? ''),
    );
  });
}

/** What was said is not said again. */
const saysAreOnce: Invariant = {
  id: 'R28b',
  says: 'a text that was said to its end is asked for again only when it is to be said again',
  watch(world, fail) {
    const wanted = new Map<string, number>();
    const said = new Map<string, number>();
    const seen = new Set<string>();
    const add = (counts: Map<string, number>, text: string) => counts.set(text, (counts.get(text) ?? 0) + 1);
    return {
      events: ['agent.say', 'response.done'],
      onEvent({ event, before }) {
        if (before.lifecycle.kind === 'closed' || world.ledger.stale) return;
        if (event.type === 'agent.say') add(wanted, event.text.trim());
        if (event.type !== 'server.event' || event.event.type !== 'response.done') return;
        const { id, status } = event.event.response;
        const isInUse = before.connection.kind === 'ready' && before.connection.epoch === event.epoch;
        const text = world.network.sayOf(id);
        if (text === undefined || status !== 'completed' || !isInUse || seen.has(id)) return;
        // Nobody heard what was cut when its server had all of it said.
        if (world.ledger.responses.get(id)?.cutAtMs !== undefined) return;
        // Where nothing shows which text it is, it may be taken for another.
        if (!isNamed(world, id)) return;
        seen.add(id);
        add(said, text);
      },
      effects: ['speech_resumed', 'transport.send'],
      onEffect(effect) {
        // What was cut goes on, and that may be all of it.
        if (effect.type === 'notify' && effect.notice.type === 'speech_resumed') said.clear();
        const text = createOf(effect)?.response?.metadata?.['antiphon.say'];
        if (text === undefined || !wanted.has(text)) return;
        if ((said.get(text) ?? 0) >= (wanted.get(text) ?? 0))
          fail(`"${text}" was said and is asked for again`);
      },
    };
  },
};

/** How a text is asked for. */
const saysAreExact: Invariant = {
  id: 'R29',
  says: 'a text is asked for word for word, without tools, and marked when it must be heard',
  watch(world, fail) {
    return {
      effects: ['transport.send'],
      onEffect(effect) {
        const create = createOf(effect);
        if (create === undefined) return;
        const { instructions, metadata, tool_choice: toolChoice } = create.response ?? {};
        const say = metadata?.['antiphon.say'];
        if (say === undefined) return checkAnswer(world, instructions, fail);
        if (!instructions?.includes(JSON.stringify(say))) fail(`"${say}" is not in its instructions`);
        if (toolChoice !== 'none') fail(`tools may be called while "${say}" is said`);
        const isMarked = metadata?.['antiphon.protected'] === 'yes';
        if (isMarked !== world.ledger.isProtected(say))
          fail(`"${say}" is marked as ${isMarked ? '' : 'not '}protected`);
      },
    };
  },
};

/** An answer that goes on where another was cut goes on behind words that the agent has said. */
function checkAnswer(world: World, instructions: string | undefined, fail: Fail): void {
  const said = /cut off after: (".*?[^\\\\]")/.exec(instructions ?? '')?.[1];
  if (said === undefined) return;
  const words = (JSON.parse(said) as string).split(' ').filter((word) => /^w[bcdfghjkmp]+$/.test(word));
  const texts = [...world.ledger.items.values()].flatMap((item) =>
    item.kind === 'agent' ? [item.text] : [],
  );
  const unknown = words.find((word) => !texts.some((text) => text?.split(' ').includes(word)));
  if (unknown !== undefined) fail(`an answer is to go on behind ${unknown}, which nobody said`);
}

/** Where no answer can be had the user is told so. */
const fallbackIsSaid: Invariant = {
  id: 'R30',
  says: 'when an answer is given up, the fallback is said',
  watch(world, fail) {
    const { fallback } = world.stage.settings;
    return {
      steps: ['warning'],
      onStep({ effects, state }) {
        if (fallback === undefined || state.lifecycle.kind === 'closed') return;
        const isGivenUp = effects.some(
          (effect) =>
            effect.type === 'notify' &&
            effect.notice.type === 'warning' &&
            effect.notice.code.startsWith('response.'),
        );
        if (isGivenUp && !effects.some((effect) => effect.type === 'announce' && effect.text === fallback))
          fail('an answer is given up and nobody says so');
      },
    };
  },
};

export const sayInvariants: readonly Invariant[] = [saysAreAsked, saysAreOnce, saysAreExact, fallbackIsSaid];
