import type { ClientEvent } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';

type Update = Extract<ClientEvent, { readonly type: 'session.update' }>;

/** Every server is told all of the agent in charge. */
const agentIsTold: Invariant = {
  id: 'I23d',
  says: 'a session object has the instructions of now, the tools of the agent in charge, and the voice of the provider once',
  watch(world, fail) {
    const { settings } = world.stage;
    let caller = settings.variables['caller'] ?? '';
    const opened = new Set<number>();
    return {
      events: ['variables.set'],
      onEvent({ event, before }) {
        if (event.type === 'variables.set' && before.lifecycle.kind !== 'closed')
          caller = event.values['caller'] ?? caller;
      },
      effects: ['transport.send'],
      onEffect(effect) {
        if (effect.type !== 'transport.send' || effect.event.type !== 'session.update') return;
        const provider = world.ledger.connections.get(effect.epoch)?.provider;
        const voice = settings.providers.find(({ name }) => name === provider)?.voice;
        checkUpdate(world, effect.event, { caller, voice: opened.has(effect.epoch) ? 'none' : voice }, fail);
        opened.add(effect.epoch);
      },
      steps: ['session.reseat'],
      onStep({ event, before, state, effects }) {
        if (event.type !== 'session.reseat' || isOnCall(world) || before.connection.kind !== 'ready') return;
        if (state.lifecycle.kind === 'closed') return;
        const isDone = effects.some(
          (effect) =>
            effect.type === 'transport.open' ||
            (effect.type === 'notify' &&
              effect.notice.type === 'warning' &&
              effect.notice.code === 'provider.no_successor'),
        );
        if (!isDone) fail('the conversation is to move and no connection is made');
      },
    };
  },
};

function checkUpdate(
  world: World,
  { session }: Update,
  { caller, voice: providerVoice }: { readonly caller: string; readonly voice: string | undefined },
  fail: Fail,
): void {
  if (session.type !== 'realtime') return fail('the session object is of another type');
  const { agent } = world.ledger.current;
  const instructions = world.ledger.instructionsWith({ caller });
  if (session.instructions !== instructions)
    fail(`the instructions are "${session.instructions ?? ''}", they should be "${instructions}"`);
  const named = (tools: typeof session.tools) =>
    (tools ?? []).map((tool) => (tool.type === 'function' ? tool.name : tool.type)).join(' ');
  const own = world.ledger.agents[agent]?.session;
  if (own?.type === 'realtime' && named(session.tools) !== named(own.tools))
    fail(`the tools are ${named(session.tools)}, those of ${agent} are ${named(own.tools)}`);
  const ownVoice = own?.type === 'realtime' ? own.audio?.output?.voice : undefined;
  const voice = providerVoice === 'none' ? undefined : (ownVoice ?? providerVoice);
  if (session.audio?.output?.voice !== voice)
    fail(`the voice is not ${JSON.stringify(voice) ?? 'left as it is'}`);
}

/** A connection is left before its server ends it. */
const leftInTime: Invariant = {
  id: 'I28',
  says: 'a connection whose server ends it at a known time is left before',
  watch(world, fail) {
    return {
      events: ['transport.closed'],
      onEvent({ event, before }) {
        if (event.type !== 'transport.closed' || before.connection.epoch !== event.epoch) return;
        if (before.connection.kind !== 'ready' || before.dial.standing === 'refused') return;
        const link = world.network.links.get(event.epoch);
        const isExpired = world.network.faults.some(
          (fault) => fault.epoch === event.epoch && fault.kind === 'expired',
        );
        const limitMs = world.stage.settings.providers.find(
          ({ name }) => name === link?.provider,
        )?.sessionLimitMs;
        const isCalm = (link?.openedAtMs ?? 0) >= world.stage.calmFromMs;
        if (isExpired && isCalm && (limitMs ?? 0) >= 15_000)
          fail(`connection ${event.epoch} is used until its server ends it`);
      },
      steps: ['server.leaving'],
      onStep({ event, before, state, effects }) {
        if (event.type !== 'server.leaving' || isOnCall(world) || before.connection.epoch !== event.epoch)
          return;
        const { connection, successor, dial } = before;
        const canMove = connection.kind === 'ready' && successor.kind === 'none' && dial.standing === 'open';
        if (!canMove || state.lifecycle.kind === 'closed') return;
        if (!effects.some((effect) => effect.type === 'transport.open'))
          fail(`connection ${event.epoch} is to be left and no other is made`);
        const isTimed = effects.some(
          (effect) => effect.type === 'timer.start' && effect.timer === `rollover.force:${event.epoch}`,
        );
        if (isTimed !== (event.leftMs !== undefined))
          fail(`when connection ${event.epoch} is left at the latest is not what its server said`);
      },
    };
  },
};

export const settingsInvariants: readonly Invariant[] = [agentIsTold, leftInTime];
