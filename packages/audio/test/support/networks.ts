/** A packet's way: sent every 20 ms, arriving once or never. */
export interface Arrival {
  readonly index: number;
  readonly atMs: number;
}

export const packetMs = 20;

/** How a network delays: a floor, an exponential tail, and stalls during which nothing arrives. */
export interface Network {
  readonly floorMs?: (sentMs: number) => number;
  readonly tailMs: number | ((sentMs: number) => number);
  readonly stallsPerMinute?: number;
  readonly stallMs?: number;
  readonly lossPercent?: number;
  /** Packets take ways of their own and may overtake; when left out, they queue. */
  readonly reorders?: boolean;
}

const isBusy = (sentMs: number, everyMs: number, forMs: number): boolean => sentMs % everyMs < forMs;

export const networks = {
  lan: { tailMs: 0.5 },
  wifi: { tailMs: 4, stallsPerMinute: 10, stallMs: 120, lossPercent: 0.9 },
  mobile: { tailMs: 15, stallsPerMinute: 20, stallMs: 250, lossPercent: 0.9 },
  'even jitter': { tailMs: 20 },
  'ways that differ': { tailMs: 12, lossPercent: 1, reorders: true },
  'two bad seconds of ten': {
    tailMs: (sentMs) => (isBusy(sentMs, 10_000, 2_000) ? 60 : 3),
    lossPercent: 0.5,
  },
  'minutes of load': { tailMs: (sentMs) => (isBusy(sentMs, 120_000, 60_000) ? 3 : 40), lossPercent: 0.5 },
  'a longer way halfway': { floorMs: (sentMs) => (sentMs < 150_000 ? 10 : 150), tailMs: 5 },
  'a shorter way halfway': { floorMs: (sentMs) => (sentMs < 150_000 ? 150 : 10), tailMs: 5 },
  'a clock that drifts': { floorMs: (sentMs) => 10 + sentMs / 5_000, tailMs: 5 },
} satisfies Readonly<Record<string, Network>>;

/** Reproducible uniform numbers in (0, 1]. */
export function uniform(seed: number): () => number {
  let state = seed * 2 + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** The arrivals, in their order, of `count` packets that are sent at 0, 20, 40 … ms. */
export function travel(network: Network, count: number, seed: number): Arrival[] {
  const { floorMs = () => 10, tailMs, stallsPerMinute = 0, stallMs = 0, lossPercent = 0 } = network;
  const next = uniform(seed);
  const stallChance = (stallsPerMinute * packetMs) / 60_000;
  const arrivals: Arrival[] = [];
  let free = 0;
  for (let index = 0; index < count; index++) {
    const sentMs = index * packetMs;
    if (next() < stallChance) free = Math.max(free, sentMs + next() * stallMs);
    const tail = typeof tailMs === 'number' ? tailMs : tailMs(sentMs);
    const aloneMs = sentMs + floorMs(sentMs) - tail * Math.log(next());
    free = Math.max(free, aloneMs);
    const atMs = network.reorders === true ? aloneMs : free;
    if (next() * 100 >= lossPercent) arrivals.push({ index, atMs });
  }
  return arrivals.sort((a, b) => a.atMs - b.atMs);
}

/** The least that a packet took. */
export function quickestMs(arrivals: readonly Arrival[]): number {
  return arrivals.reduce((least, { index, atMs }) => Math.min(least, atMs - index * packetMs), Infinity);
}

/** The part of the packets, in %, that a player with one fixed delay cannot play. */
export function missedAt(arrivals: readonly Arrival[], count: number, delayMs: number): number {
  const leastMs = quickestMs(arrivals);
  const inTime = arrivals.filter(({ index, atMs }) => atMs - index * packetMs - leastMs <= delayMs).length;
  return (100 * (count - inTime)) / count;
}
