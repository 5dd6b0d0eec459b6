import type { ServerEvent, SessionNotice, SessionSettings, UnknownServerEvent } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';

type Bill = Extract<SessionNotice, { readonly type: 'usage' }>;
type Prices = NonNullable<SessionSettings['providers'][number]['prices']>;
type Tokens = Bill['tokens'];
type Direction = keyof Tokens;

const directions: readonly Direction[] = ['input', 'cached', 'output'];
const nothing = { usd: undefined, unpriced: 0 };

function sumOf(tokens: Tokens): number {
  return directions.reduce((sum, direction) => {
    const { text, audio, image, other } = tokens[direction];
    return sum + text + audio + image + other;
  }, 0);
}

/** What tokens cost, in dollars, and how many have no price. */
function costOf(
  tokens: Tokens,
  prices: Prices | undefined,
): { readonly usd: number | undefined; readonly unpriced: number } {
  if (prices === undefined) return { ...nothing, unpriced: sumOf(tokens) };
  let [usd, priced, unpriced] = [0, 0, 0];
  for (const direction of directions) {
    const priceOf = (kind: 'text' | 'audio' | 'image') =>
      direction === 'cached' ? (prices[kind].cached ?? prices[kind].input) : prices[kind][direction];
    const dearest = Math.max(priceOf('text') ?? 0, priceOf('audio') ?? 0);
    for (const kind of ['text', 'audio', 'image', 'other'] as const) {
      const count = tokens[direction][kind];
      const price = kind === 'other' ? dearest : priceOf(kind);
      if (price === undefined) unpriced += count;
      else {
        priced += count;
        usd += (count * price) / 1_000_000;
      }
    }
  }
  return { usd: priced === 0 ? undefined : usd, unpriced };
}

const isSame = (a: number | undefined, b: number | undefined): boolean =>
  (a === undefined) === (b === undefined) && Math.abs((a ?? 0) - (b ?? 0)) < 2e-9;

function pricesInUse(world: World): Prices | undefined {
  const provider = world.ledger.connections.get(world.ledger.current.epoch)?.provider;
  return world.stage.settings.providers.find(({ name }) => name === provider)?.prices;
}

/** What an event says was used, and for what. */
function usedIn(event: ServerEvent | UnknownServerEvent) {
  if (event.type === 'response.done') return event.response;
  return event.type === 'conversation.item.input_audio_transcription.completed'
    ? { id: event.item_id, usage: event.usage }
    : { id: '', usage: undefined };
}

/** What was used is told, once, with its price, and adds up. */
const billsAddUp: Invariant = {
  id: 'M01',
  says: 'what a response, a turn and a tool took is told once, with what it costs, and the totals are their sum',
  watch(world, fail) {
    const told = new Set<string>();
    const sums = { responses: 0, transcription: 0, seconds: 0, usd: 0, unpriced: 0 };
    let due: { readonly id: string; readonly tokens: number } | undefined;
    const isMetered = world.stage.settings.providers.some(({ prices }) => prices?.minute !== undefined);
    return {
      events: ['response.done', 'conversation.item.input_audio_transcription.completed'],
      onEvent({ event, before }) {
        due = undefined;
        if (event.type !== 'server.event' || world.ledger.stale || before.lifecycle.kind === 'closed') return;
        const isInUse = before.connection.kind === 'ready' && before.connection.epoch === event.epoch;
        if (!isInUse) return;
        const { id, usage } = usedIn(event.event);
        if (usage && !told.has(id)) due = { id, tokens: usage.total_tokens ?? 0 };
      },
      effects: ['usage'],
      onEffect(effect) {
        if (effect.type !== 'notify' || effect.notice.type !== 'usage') return;
        const bill = effect.notice;
        const { of, id, tokens, seconds = 0, usd, total } = bill;
        if (of !== 'tool' && told.has(id)) fail(`what ${id} took is told twice`);
        told.add(id);
        if (due?.id === id && sumOf(tokens) !== due.tokens)
          fail(`${id} took ${due.tokens} tokens, told are ${sumOf(tokens)}`);
        if (due?.id === id) due = undefined;
        checkPrice(world, bill, fail);
        if (of === 'transcription') sums.transcription += sumOf(tokens);
        else sums.responses += sumOf(tokens);
        sums.seconds += seconds;
        sums.usd += usd ?? 0;
        if (sumOf(total.responses) !== sums.responses || sumOf(total.transcription) !== sums.transcription)
          fail(`the totals after ${id} are not the sum of what was told`);
        if (total.transcriptionSeconds !== sums.seconds)
          fail(`${total.transcriptionSeconds} s were written down, not ${sums.seconds}`);
        const extra = (total.usd ?? 0) - sums.usd;
        if (extra < -1e-7 || (!isMetered && extra > 1e-7))
          fail(`${total.usd} USD were spent, told were ${sums.usd}`);
      },
      steps: ['response.done', 'conversation.item.input_audio_transcription.completed'],
      onStep({ state }) {
        if (due !== undefined && state.lifecycle.kind !== 'closed') fail(`what ${due.id} took is not told`);
      },
    };
  },
};

function checkPrice(world: World, { of, id, tokens, seconds, usd }: Bill, fail: Fail): void {
  if (of === 'tool') return;
  const prices =
    of === 'response'
      ? pricesInUse(world)
      : world.ledger.agents[world.ledger.current.agent]?.transcriptionPrices;
  const cost = costOf(tokens, prices);
  const minutes =
    seconds === undefined || prices?.minute === undefined ? undefined : (seconds * prices.minute) / 60;
  const expected = cost.usd === undefined ? minutes : cost.usd + (minutes ?? 0);
  if (!isSame(expected, usd)) fail(`${id} costs ${expected} USD, told are ${usd}`);
}

/** Connections that are billed by the minute are. */
const timeIsBilled: Invariant = {
  id: 'M02',
  says: 'each second begun on a connection that is billed by the minute is counted once, and no other',
  watch(world, fail) {
    if (world.stage.profile.levels.costs === 'off') return {};
    let billed = 0;
    let sinceMs: number | undefined;
    return {
      onStep({ state }) {
        if (state.lifecycle.kind === 'closed') return;
        const { nowMs } = world.stage.queue;
        const price = world.stage.settings.providers[state.dial.provider]?.prices?.minute;
        const isDue = state.connection.kind === 'ready' && price !== undefined;
        if (sinceMs !== undefined && !isDue) {
          // A second that begins with this instant may be counted or not.
          billed = state.usage.spent.connectedSeconds;
          sinceMs = undefined;
        } else if (isDue) sinceMs ??= nowMs;
        const passed = sinceMs === undefined ? 0 : (nowMs - sinceMs) / 1_000;
        const expected = billed + (sinceMs === undefined ? 0 : Math.floor(passed + 1e-6) + 1);
        const { connectedSeconds } = state.usage.spent;
        const isOnTheTick = Math.abs(passed - Math.round(passed)) < 1e-6;
        if (connectedSeconds !== expected && !(isOnTheTick && connectedSeconds === expected - 1))
          fail(`${connectedSeconds} s of connection are counted, it should be ${expected}`);
      },
    };
  },
};

/** A budget in dollars ends the session. */
const budgetEnds: Invariant = {
  id: 'M03',
  says: 'the session ends when it has spent what it may',
  watch(world, fail) {
    const { usd } = world.stage.settings.limits;
    let isReached = false;
    if (usd === undefined) return {};
    return {
      effects: ['limit'],
      onEffect(effect) {
        if (effect.type === 'notify' && effect.notice.type === 'limit' && effect.notice.reached)
          isReached = true;
      },
      reads: ['usage', 'lifecycle'],
      onStep({ state }) {
        if (isReached || state.lifecycle.kind !== 'running') return;
        const spentUsd = (state.usage.spent.nanoUsd ?? 0) / 1e9;
        if (spentUsd >= usd + 1e-9) fail(`${spentUsd} USD were spent, the limit is ${usd}`);
      },
    };
  },
};

export const costInvariants: readonly Invariant[] = [billsAddUp, timeIsBilled, budgetEnds];
