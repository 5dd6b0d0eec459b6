import type { Clock } from '@antiphon/core';

/** What a call needs before it may start, beside all others of its kind. */
export interface Gate {
  /** Milliseconds until another may enter: 0 for now, undefined when that depends on those inside. */
  opensInMs(nowMs: number): number | undefined;
  enter(nowMs: number): void;
  leave(): void;
}

/** Lets at most `width` in at a time. */
export class PlaceGate implements Gate {
  /** A gate that becomes narrower lets those who are inside stay. */
  width: number;
  #held = 0;

  constructor(width: number) {
    this.width = width;
  }

  opensInMs(): number | undefined {
    return this.#held < this.width ? 0 : undefined;
  }

  enter(): void {
    this.#held += 1;
  }

  leave(): void {
    this.#held -= 1;
  }
}

/** Lets at most `calls` in within any stretch of `perMs`. */
export class RateGate implements Gate {
  readonly #calls: number;
  readonly #perMs: number;
  /** When the last `calls` entered, oldest first. */
  readonly #entries: number[] = [];

  constructor(calls: number, perMs: number) {
    this.#calls = calls;
    this.#perMs = perMs;
  }

  opensInMs(nowMs: number): number {
    const [oldest] = this.#entries;
    if (oldest === undefined || this.#entries.length < this.#calls) return 0;
    return Math.max(0, oldest + this.#perMs - nowMs);
  }

  enter(nowMs: number): void {
    this.#entries.push(nowMs);
    if (this.#entries.length > this.#calls) this.#entries.shift();
  }

  leave(): void {
    // Having been in counts as long as the stretch lasts.
  }

  /** Whether all that entered is longer ago than the stretch: the gate may be made anew. */
  isIdle(nowMs: number): boolean {
    const newest = this.#entries.at(-1);
    return newest === undefined || newest + this.#perMs <= nowMs;
  }
}

interface Waiting {
  readonly gates: readonly Gate[];
  readonly start: () => void;
}

/**
 * Lets calls start when every gate before them is open, in the order they came; a call whose gates are open is not kept
 * back by earlier ones that wait for others. Taking all gates is one step, so a call that waits holds none.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #cancelTimer: () => void = () => undefined;
  #phase: 'resting' | 'admitting' | 'again' = 'resting';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `start` when the gates are open, perhaps at once. Returns what gives the place up, waiting or held. */
  enter(gates: readonly Gate[], start: () => void): () => void {
    let state: 'waiting' | 'held' | 'gone' = 'waiting';
    const waiting: Waiting = {
      gates,
      start: () => {
        state = 'held';
        start();
      },
    };
    this.#waiting.add(waiting);
    this.#admit();
    return () => {
      const before = state;
      state = 'gone';
      if (before === 'waiting') this.#waiting.delete(waiting);
      if (before === 'held') for (const gate of gates) gate.leave();
      if (before !== 'gone') this.#admit();
    };
  }

  /** A call that starts may end another: then those that wait are gone over again. */
  #admit(): void {
    if (this.#phase !== 'resting') {
      this.#phase = 'again';
      return;
    }
    do {
      this.#phase = 'admitting';
      this.#admitAll();
    } while (this.#isDueAgain());
    this.#phase = 'resting';
  }

  #isDueAgain(): boolean {
    return this.#phase === 'again';
  }

  #admitAll(): void {
    this.#cancelTimer();
    this.#cancelTimer = () => undefined;
    const nowMs = this.#clock.nowMs();
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) {
      const opensInMs = opening(waiting.gates, nowMs);
      if (opensInMs === 0) {
        this.#waiting.delete(waiting);
        for (const gate of waiting.gates) gate.enter(nowMs);
        waiting.start();
      } else if (opensInMs !== undefined) {
        soonestMs = Math.min(soonestMs, opensInMs);
      }
    }
    if (Number.isFinite(soonestMs)) this.#cancelTimer = this.#clock.setTimer(soonestMs, () => this.#admit());
  }
}

/** Milliseconds until all gates are open; undefined when one of them does not know. */
function opening(gates: readonly Gate[], nowMs: number): number | undefined {
  let longest = 0;
  for (const gate of gates) {
    const opensInMs = gate.opensInMs(nowMs);
    if (opensInMs === undefined) return undefined;
    longest = Math.max(longest, opensInMs);
  }
  return longest;
}
