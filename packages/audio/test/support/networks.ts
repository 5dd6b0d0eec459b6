/** A packet's way: sent in order every 20 ms, arriving in order or never. */
export interface Arrival {
  readonly index: number;
  readonly atMs: number;
}

export const packetMs = 20;

/** How a network delays: a floor, an exponential tail, and stalls during which nothing arrives. */
export interface Network {
  readonly tailMs: number;
  readonly stallsPerMinute: number;
  readonly stallMs: number;
  readonly lossPercent: number;
}

export const networks: Readonly<Record<'lan' | 'wifi' | 'mobile', Network>> = {
  lan: { tailMs: 0.5, stallsPerMinute: 0, stallMs: 0, lossPercent: 0 },
  wifi: { tailMs: 4, stallsPerMinute: 10, stallMs: 120, lossPercent: 0.9 },
  mobile: { tailMs: 15, stallsPerMinute: 20, stallMs: 250, lossPercent: 0.9 },
};

/** Reproducible uniform numbers in (0, 1]. */
export function uniform(seed: number): () => number {
  let state = seed * 2 + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** The arrivals of `count` packets that are sent at 0, 20, 40 … ms. */
export function travel(network: Network, count: number, seed: number): Arrival[] {
  const next = uniform(seed);
  const stallChance = (network.stallsPerMinute * packetMs) / 60_000;
  const arrivals: Arrival[] = [];
  let free = 0;
  for (let index = 0; index < count; index++) {
    const sentMs = index * packetMs;
    if (next() < stallChance) free = Math.max(free, sentMs + next() * network.stallMs);
    free = Math.max(free, sentMs + 10 - network.tailMs * Math.log(next()));
    if (next() * 100 >= network.lossPercent) arrivals.push({ index, atMs: free });
  }
  return arrivals;
}

/** The part of the packets, in %, that a player with one fixed delay cannot play. */
export function missedAt(arrivals: readonly Arrival[], count: number, delayMs: number): number {
  const transits = arrivals.map(({ index, atMs }) => atMs - index * packetMs);
  const least = transits.reduce((a, b) => Math.min(a, b));
  const inTime = transits.filter((transit) => transit - least <= delayMs).length;
  return (100 * (count - inTime)) / count;
}
