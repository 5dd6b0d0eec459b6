import { allItems, type ClientEvent, type Effect, type SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';
import { noticeIn } from './step-reading.ts';

/** The number in [0, 1) that a session drew last (mulberry32). */
function drawnLast({ random }: SessionState): number {
  let bits = Math.imul(random ^ (random >>> 15), random | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000;
}

/** The pause before a dial is drawn below a bound that doubles. */
const pausesGrow: Invariant = {
  id: 'I11c',
  says: 'the pause before a dial is drawn between the least and a bound that doubles with each dial, and is as long as the server asks for, where that is no longer than an outage may be',
  watch(world, fail) {
    const { minDelayMs, firstDelayMs, maxDelayMs, outageMs } = world.stage.settings.reconnect;
    return {
      effects: ['timer.start'],
      onEffect(effect, { event, state }) {
        if (effect.type !== 'timer.start' || effect.timer !== 'backoff') return;
        const mostMs = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.max(0, state.dial.attempts - 1));
        const drawnMs = Math.round(minDelayMs + drawnLast(state) * Math.max(0, mostMs - minDelayMs));
        const askedMs = event.type === 'transport.closed' ? (event.retryAfterMs ?? 0) : 0;
        const dueMs = Math.max(drawnMs, askedMs);
        if (effect.delayMs !== dueMs)
          fail(`dial ${state.dial.attempts + 1} waits ${effect.delayMs} ms, it should be ${dueMs} ms`);
        if (state.connection.kind === 'offline' && dueMs > outageMs)
          fail(`a server is waited for ${dueMs} ms, and the most of an outage is ${outageMs} ms`);
      },
    };
  },
};

/** Events by which another connection is made though the one in use does not fail. */
const wishes: ReadonlySet<string> = new Set(['session.reseat', 'agent.handoff']);

/** Providers are tried in the order of their list. */
const providersInOrder: Invariant = {
  id: 'I11d',
  says: 'the providers of the list are tried in their order, each with all its dials, for the agent in charge',
  watch(world, fail) {
    const names = world.stage.settings.providers.map(({ name }) => name);
    let last = 0;
    return {
      effects: ['provider_changed', 'transport.close', 'transport.open'],
      onEffect(effect, { event, before, state }) {
        if (effect.type === 'transport.close' && effect.code !== 1000)
          fail(`a connection is closed with ${effect.code}`);
        if (effect.type === 'notify' && effect.notice.type === 'provider_changed') {
          const { attempts, standing } = state.dial;
          const isOpen = state.lifecycle.kind !== 'closed';
          if (isOpen && (attempts > 1 || standing !== 'open'))
            fail(`${effect.notice.provider} begins with ${attempts} dials, and is ${standing}`);
        }
        if (effect.type !== 'transport.open') return;
        const at = names.indexOf(effect.provider);
        if (at !== last && at !== last + 1) fail(`${effect.provider} is dialled after ${names[last] ?? ''}`);
        last = at;
        if (effect.agent !== state.agent)
          fail(`${effect.provider} is dialled for ${effect.agent}, in charge is ${state.agent}`);
        const isWish =
          wishes.has(event.type) && before.connection.kind === 'ready' && before.successor.kind === 'none';
        if (isWish && state.dial.attempts !== 1)
          fail(`another connection is made with ${state.dial.attempts} dials counted`);
      },
    };
  },
};

const passingCodes: ReadonlySet<number> = new Set([
  1001, 1005, 1006, 1011, 1012, 1013, 1014, 3008, 4029, 4429,
]);

/** Whether the end of a connection is one after which the same provider is to be dialled again. */
function isPassing(world: World, { event, before }: SessionStep): boolean {
  if (event.type !== 'transport.closed') return false;
  if (before.dial.complaint?.epoch === event.epoch) {
    const faults = world.network.faults.filter(({ epoch }) => epoch === event.epoch).map(({ kind }) => kind);
    // Of two errors the last explains the end.
    return faults.includes('expired') && !faults.includes('fatal');
  }
  if (event.status !== undefined) return event.status === 429 || event.status >= 500;
  return passingCodes.has(event.code);
}

/** What broke is made again. */
const breaksArePassing: Invariant = {
  id: 'I11e',
  says: 'a provider whose connection breaks, expires or is busy is dialled again, as long as it may be',
  watch(world, fail) {
    const { attempts, outageMs } = world.stage.settings.reconnect;
    return {
      steps: ['transport.closed'],
      onStep(step) {
        const { event, before, state, effects } = step;
        if (event.type !== 'transport.closed' || before.lifecycle.kind !== 'running') return;
        const isInUse = before.connection.kind === 'ready' && before.connection.epoch === event.epoch;
        const isMade = 'epoch' in before.successor && before.successor.epoch === event.epoch;
        if (!isInUse && !isMade) return;
        const isUsedUp = before.dial.attempts >= attempts || before.dial.standing !== 'open';
        if (isUsedUp || (event.retryAfterMs ?? 0) > outageMs || !isPassing(world, step)) return;
        // A session that begins is not made to wait by a connection that breaks.
        const isStart = 'why' in before.successor && before.successor.why === 'start';
        if (isStart && event.status === undefined) return;
        // The connection that takes over may be that of a session at its limit.
        const isAtLimit = noticeIn(effects, 'limit')?.reached === true;
        if (state.lifecycle.kind === 'closed' && !isAtLimit)
          fail(`the session ends with ${event.code} ${event.status ?? ''}`);
        if (noticeIn(effects, 'provider_changed') !== undefined)
          fail(`another provider is tried after ${event.code} ${event.status ?? ''}`);
      },
    };
  },
};

/** A connection that stands is left between two words. */
const leftInSilence: Invariant = {
  id: 'I28b',
  says: 'a connection that stands is left when nobody speaks and nothing is under way, unless its time is over',
  watch(world, fail) {
    return {
      steps: ['source.route'],
      onStep({ event, before, state, effects }) {
        if (before.connection.epoch === state.connection.epoch) return;
        if (!effects.some(({ type }) => type === 'source.route')) return;
        const isForced = event.type === 'timer.fired' && event.timer.startsWith('rollover.force:');
        if (isForced || before.connection.kind !== 'ready' || state.connection.kind !== 'ready') return;
        if (
          before.connection.epoch === state.connection.epoch ||
          noticeIn(effects, 'connection_lost') !== undefined
        )
          return;
        if (state.userTurn.kind !== 'silent')
          fail(`connection ${before.connection.epoch} is left while the user speaks`);
        if (state.playout.parts.length > 0)
          fail(`connection ${before.connection.epoch} is left while sound is heard`);
        const active = world.ledger.connections.get(before.connection.epoch)?.activeResponse;
        const isUnderWay = 'responseId' in before.response && before.response.responseId === active;
        if (isUnderWay && state.response.kind !== 'none' && 'responseId' in state.response)
          fail(`connection ${before.connection.epoch} is left while ${active ?? ''} is under way`);
        for (const { callId, phase } of state.tools.calls.values())
          if (phase.kind === 'announced')
            fail(`connection ${before.connection.epoch} is left while ${callId} is announced`);
      },
    };
  },
};

const marginMs = { rollover: 5 * 60_000, force: 60_000 };
const marginShare = { rollover: 0.2, force: 0.05 };

/** The time that a connection has is known when it is made. */
const timeIsWatched: Invariant = {
  id: 'I28c',
  says: 'a connection whose server ends it at a known time is left from a fifth of it before, and at the latest a twentieth before',
  watch(world, fail) {
    return {
      steps: ['connected'],
      onStep({ state, effects }) {
        const { successor } = state;
        const epoch = 'epoch' in successor ? successor.epoch : state.connection.epoch;
        const limitMs = world.stage.settings.providers[state.dial.provider]?.sessionLimitMs;
        if (limitMs === undefined || state.lifecycle.kind === 'closed') return;
        for (const kind of ['rollover', 'force'] as const) {
          const timer = kind === 'force' ? `rollover.force:${epoch}` : `rollover:${epoch}`;
          const dueMs = Math.round(limitMs - Math.min(marginMs[kind], limitMs * marginShare[kind]));
          const isSet = effects.some(
            (effect) => effect.type === 'timer.start' && effect.timer === timer && effect.delayMs === dueMs,
          );
          if (!isSet) fail(`${timer} is not set to ${dueMs} ms`);
        }
      },
    };
  },
};

/** Who is told that a connection ends goes before that. */
const leftInTime: Invariant = {
  id: 'I28d',
  says: 'a connection whose server says when it leaves is left before that, and not long before',
  watch(world, fail) {
    return {
      steps: ['server.leaving'],
      onStep({ event, before, state, effects }) {
        if (event.type !== 'server.leaving' || event.leftMs === undefined || world.ledger.stale) return;
        const isInUse = before.connection.kind === 'ready' && before.connection.epoch === event.epoch;
        if (!isInUse || state.lifecycle.kind === 'closed') return;
        const timer = `rollover.force:${event.epoch}`;
        const set = effects.findLast((effect) => effect.type === 'timer.start' && effect.timer === timer);
        const inMs = set?.type === 'timer.start' ? set.delayMs : Number.POSITIVE_INFINITY;
        if (inMs >= event.leftMs || inMs < event.leftMs / 2)
          fail(`connection ${event.epoch} ends in ${event.leftMs} ms, and is left in ${inMs} ms`);
      },
    };
  },
};

/** Why there is another connection is told as it is. */
const reasonsAreTrue: Invariant = {
  id: 'N06b',
  says: 'a connection that follows on one that was lost is told as such',
  watch(_world, fail) {
    let lost: 'lost' | 'taken_up' | 'no' = 'no';
    return {
      steps: ['connection_changed', 'connection_lost', 'session.resume'],
      onStep({ event, effects }) {
        if (event.type === 'session.resume') lost = 'taken_up';
        if (lost === 'no' && noticeIn(effects, 'connection_lost') !== undefined) lost = 'lost';
        const changed = noticeIn(effects, 'connection_changed');
        if (changed === undefined) return;
        if (lost === 'lost' && changed.why !== 'lost' && changed.why !== 'stalled')
          fail(`a connection that was lost is followed by one for another reason: ${changed.why}`);
        if (lost === 'no' && (changed.why === 'lost' || changed.why === 'stalled'))
          fail(`no connection was lost, and one is told as ${changed.why}`);
        lost = 'no';
      },
    };
  },
};

function checkRole(text: string, role: string, fail: Fail): void {
  if (text.startsWith('[background]') !== (role === 'system')) fail(`"${text}" is given as said by ${role}`);
}

/** What a tool reports is not said by anybody. */
const reportsAreNobodys: Invariant = {
  id: 'I14c',
  says: 'what a tool in the background reports is given to the model as said by nobody',
  watch(world, fail) {
    if (world.stage.settings.history !== undefined) return {};
    return {
      effects: ['transport.send'],
      onEffect(effect) {
        if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.create') return;
        const { item } = effect.event;
        if (item.type !== 'message') return;
        const [part] = item.content;
        if (part !== undefined && 'text' in part) checkRole(part.text, item.role, fail);
      },
    };
  },
};

type GivenItem = Extract<ClientEvent, { readonly type: 'conversation.item.create' }>['item'];

/** Where nobody knows what was said, the model is told that something was. */
const givenHasWords: Invariant = {
  id: 'I14d',
  says: 'no message without a word is given to a connection, one of the agent as far as it was heard, and all in their order',
  watch(world, fail) {
    return {
      effects: ['transport.send'],
      onEffect(effect) {
        if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.create') return;
        const { item } = effect.event;
        if (item.type !== 'message') return;
        if (item.content.every((part) => !('text' in part) || part.text === ''))
          fail(`${item.id ?? ''} is given as a message of ${item.role} without a word`);
      },
      steps: ['source.route'],
      onStep({ state, effects }) {
        for (const effect of effects)
          if (effect.type === 'transport.send' && effect.event.type === 'conversation.item.create')
            checkAsHeard(state, effect.event.item, fail);
        if (!isOnCall(world)) checkOrder(state, effects, fail);
      },
    };
  },
};

/** What a connection is given stands there as it stands in the history. */
function checkOrder(
  { connection, conversation }: SessionState,
  effects: readonly Effect[],
  fail: Fail,
): void {
  const places = new Map(allItems(conversation).map(({ id }, at) => [id, at]));
  let last = { id: '', at: -1 };
  for (const effect of effects) {
    if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.create') continue;
    const { item, previous_item_id: previous } = effect.event;
    const at = places.get(item.id ?? '');
    if (effect.epoch !== connection.epoch || at === undefined || previous !== undefined) continue;
    if (at < last.at) fail(`${item.id ?? ''} is given behind ${last.id}, and stands before it`);
    last = { id: item.id ?? '', at };
  }
}

/** Of an item that was heard part by part, each part is given as far as it was heard. */
function checkAsHeard({ conversation }: SessionState, given: GivenItem, fail: Fail): void {
  const id = given.id ?? '';
  const item = conversation.pages.findLast(({ items }) => items.has(id))?.items.get(id);
  if (given.type !== 'message' || given.role !== 'assistant' || item?.kind !== 'message') return;
  const { heard, parts } = item;
  if (heard === undefined || conversation.writing.has(id)) return;
  if (parts.some((_, at) => heard.shares[at] === undefined)) return;
  const text = given.content.map((part) => ('text' in part ? part.text : '')).join('');
  if (text !== heard.text) fail(`${id} is given as "${text}", heard of it was "${heard.text}"`);
}

/** Turns that are heard again are remembered until they are. */
const heardAgainIsKept: Invariant = {
  id: 'I29d',
  says: 'a turn that is heard again over another connection is remembered until its server has found it',
  watch(_world, fail) {
    return {
      steps: ['source.route'],
      onStep({ before, state, effects }) {
        if (state.lifecycle.kind !== 'running' || !effects.some(({ type }) => type === 'source.route'))
          return;
        const wasRunning = before.userTurn.kind === 'heard_again' && before.userTurn.deadline === 'running';
        if (
          wasRunning &&
          effects.some((effect) => effect.type === 'timer.start' && effect.timer === 'commit')
        )
          fail('a turn that is heard again is waited for anew with each connection');
        if (before.keptTurns.length === 0 || state.keptTurns.length > 0) return;
        const { pages, forgottenIds } = state.conversation;
        for (const { itemId } of before.keptTurns) {
          const isKnown = forgottenIds.includes(itemId) || pages.some(({ items }) => items.has(itemId));
          if (!isKnown && !state.replaying.some(({ id }) => id === itemId))
            fail(`${itemId} is heard again and remembered nowhere`);
        }
      },
    };
  },
};

export const dialledInvariants: readonly Invariant[] = [
  pausesGrow,
  providersInOrder,
  breaksArePassing,
  leftInSilence,
  timeIsWatched,
  leftInTime,
  reasonsAreTrue,
  reportsAreNobodys,
  givenHasWords,
  heardAgainIsKept,
];
