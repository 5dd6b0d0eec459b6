import type { Effect, SessionSettings, SessionState } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';

type Delays = (settings: SessionSettings, world: World) => readonly number[];

/** By kind of timer, the times that it may be set to; those that are not here have rules of their own. */
const delays: Readonly<Record<string, Delays>> = {
  connect: ({ timeouts }) => [timeouts.connectMs],
  outage: ({ reconnect }) => [reconnect.outageMs],
  healthy: ({ reconnect }) => [reconnect.healthyMs],
  response: ({ timeouts }) => [timeouts.responseMs],
  stall: ({ timeouts }) => [timeouts.stallMs],
  idle: (_settings, world) => [agentOf(world)?.idle?.afterMs ?? 0],
  dead_air: (_settings, world) => [agentOf(world)?.deadAir?.afterMs ?? 0],
  drain: ({ timeouts }) => [timeouts.drainMs, timeouts.wrapUpMs],
  call: ({ timeouts }) => [timeouts.callItemMs],
};

function agentOf(world: World) {
  return world.ledger.agents[world.ledger.current.agent];
}

function policyOf(world: World, timer: string) {
  return world.ledger.policyOf(timer.slice(timer.indexOf(':') + 1));
}

/** Timers take as long as the settings say. */
const delaysAreSet: Invariant = {
  id: 'I25d',
  says: 'a timer is set to what the settings say of what it guards',
  watch(world, fail) {
    const { settings } = world.stage;
    return {
      effects: ['timer.start'],
      onEffect(effect, { state, effects }) {
        if (effect.type !== 'timer.start') return;
        const { timer, delayMs } = effect;
        const expect = (allowed: readonly (number | undefined)[]) => {
          if (!allowed.includes(delayMs))
            fail(`${timer} is set to ${delayMs} ms, it should be ${allowed.join(' or ')}`);
        };
        if (timer in delays) expect(delays[timer]?.(settings, world) ?? []);
        if (timer.startsWith('call:')) expect([settings.timeouts.callItemMs]);
        if (timer.startsWith('filler:')) expect([policyOf(world, timer)?.filler?.afterMs]);
        if (timer.startsWith('approval:')) expect([policyOf(world, timer)?.confirm?.ttlMs]);
        if (timer === 'commit') expect([turnMs(settings, state, effects)]);
        // A limit that is reached in the step that ends the session in order sets it anew.
        const isLast =
          effects.findLast((other) => other.type === 'timer.start' && other.timer === timer) === effect;
        if (timer === 'drain' && isLast && state.lifecycle.kind === 'draining')
          expect([
            state.lifecycle.manner === 'wrap_up' ? settings.timeouts.wrapUpMs : settings.timeouts.drainMs,
          ]);
      },
    };
  },
};

/** When one of several commits was answered, the answers to the others follow soon. */
const nextCommitMs = 2_000;

/** How long a turn may take: to be spoken, to be made an item, or to be made the next one. */
function turnMs(
  { timeouts }: SessionSettings,
  { userTurn }: SessionState,
  effects: readonly Effect[],
): number {
  const isOut = 'commits' in userTurn && userTurn.commits.length > 0;
  if (!isOut) return userTurn.kind === 'speaking' ? timeouts.speechMs : timeouts.responseMs;
  const isFirst = effects.some(
    (effect) => effect.type === 'transport.send' && effect.event.type === 'input_audio_buffer.commit',
  );
  return isFirst ? timeouts.responseMs : Math.min(nextCommitMs, timeouts.responseMs);
}

/** A connection is given up because a turn is not answered for only where nothing came over it. */
const muteIsMute: Invariant = {
  id: 'R34b',
  says: 'a connection over which something came since the end of a turn is not given up as mute',
  watch(world, fail) {
    let heardAtMs = Number.NEGATIVE_INFINITY;
    let sinceMs = 0;
    return {
      events: ['server.event', 'server.audio'],
      onEvent({ event, before }) {
        const isWord = event.type === 'server.event' || event.type === 'server.audio';
        if (!isWord || world.ledger.stale || before.connection.kind !== 'ready') return;
        if (before.connection.epoch === event.epoch) heardAtMs = world.stage.queue.nowMs;
      },
      effects: ['timer.start', 'warning'],
      onEffect(effect, { event }) {
        const { nowMs } = world.stage.queue;
        if (effect.type === 'timer.start' && effect.timer === 'commit') sinceMs = nowMs;
        if (effect.type !== 'notify' || effect.notice.type !== 'warning') return;
        if (effect.notice.code !== 'provider.stalled') return;
        if (event.type === 'timer.fired' && event.timer === 'commit' && heardAtMs > sinceMs + 1)
          fail(`a connection is given up as mute that was heard ${Math.round(nowMs - heardAtMs)} ms ago`);
      },
    };
  },
};

export const delayInvariants: readonly Invariant[] = [delaysAreSet, muteIsMute];
