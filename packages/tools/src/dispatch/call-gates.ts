import type { Clock } from '@antiphon/core';
import type { RegisteredTool } from '../registered-tool.ts';
import { Admission, type Gate, PlaceGate, RateGate } from './admission.ts';
import type { ToolCallLimits, ToolRate } from './call-limits.ts';

/** Calls that may run at once in all sessions of a process, when nobody says otherwise. */
export const defaultProcessCalls = 64;

/** Rates of callers that are kept at once; those that nobody used for longest go first. */
const maxSharedRates = 10_000;

/** The limits that all sessions of a process share. To be made once, and given to every tool host. */
export class ProcessCalls {
  readonly clock: Clock;
  readonly admission: Admission;
  readonly places: PlaceGate;
  readonly #tools = new Map<string, PlaceGate>();
  readonly #rates = new Map<string, RateGate>();

  constructor(clock: Clock, parallelCalls: number = defaultProcessCalls) {
    this.clock = clock;
    this.admission = new Admission(clock);
    this.places = new PlaceGate(parallelCalls);
  }

  /** Lets this many calls run at once from now on. */
  limitTo(parallelCalls: number): void {
    this.places.width = parallelCalls;
  }

  /** The places of a tool, as many as it has now. */
  placesOf(tool: string, width: number): Gate {
    const gate = this.#tools.get(tool) ?? new PlaceGate(width);
    gate.width = width;
    this.#tools.set(tool, gate);
    return gate;
  }

  /** A rate that several sessions share, by whose it is. */
  rateOf(key: string, { calls, perMs }: ToolRate): RateGate {
    const gate = this.#rates.get(key) ?? new RateGate(calls, perMs);
    this.#rates.delete(key);
    this.#rates.set(key, gate);
    if (this.#rates.size > maxSharedRates) this.#forgetRates();
    return gate;
  }

  /** Those that count nothing go; when all count, the one that was asked for longest ago. */
  #forgetRates(): void {
    const nowMs = this.clock.nowMs();
    for (const [key, gate] of this.#rates) if (gate.isIdle(nowMs)) this.#rates.delete(key);
    const [oldest] = this.#rates.keys();
    if (this.#rates.size > maxSharedRates && oldest !== undefined) this.#rates.delete(oldest);
  }
}

/** What is known of a tool whose call wants to start. */
export interface LimitedTool {
  readonly name: string;
  readonly limits: ToolCallLimits | undefined;
}

/** What the limits need to know of a tool. */
export function limitedTool({ spec, limits }: RegisteredTool): LimitedTool {
  return { name: spec.name, limits };
}

/** Why a call cannot start. */
export type Obstacle =
  | { readonly kind: 'rate'; readonly opensInMs: number; readonly rate: ToolRate }
  | { readonly kind: 'places' };

/** The calls of one session before the gates of the process, of the session and of their tools. */
export class SessionCalls {
  readonly #process: ProcessCalls;
  readonly #caller: Readonly<Record<string, string>>;
  readonly #places: Gate;
  readonly #tools = new Map<string, Gate>();
  readonly #rates = new Map<string, RateGate>();
  #waiting = 0;

  constructor(process: ProcessCalls, parallelCalls: number, caller: Readonly<Record<string, string>>) {
    this.#process = process;
    this.#caller = caller;
    this.#places = new PlaceGate(parallelCalls);
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Calls `start` when the call may start, perhaps at once. Returns what gives its place up, waiting or held. */
  enter(tool: LimitedTool, start: () => void): () => void {
    let isWaiting = true;
    const settle = () => {
      if (isWaiting) this.#waiting -= 1;
      isWaiting = false;
    };
    this.#waiting += 1;
    const leave = this.#process.admission.enter(this.#gatesOf(tool), () => {
      settle();
      start();
    });
    return () => {
      settle();
      leave();
    };
  }

  /** What a call would wait for now: the rate that takes longest to open, else places. */
  obstacle(tool: LimitedTool): Obstacle {
    const nowMs = this.#process.clock.nowMs();
    const [closed] = ratesOf(tool)
      .map((rate, index) => ({ rate, opensInMs: this.#rate(tool, rate, index).opensInMs(nowMs) }))
      .filter(({ opensInMs }) => opensInMs > 0)
      .sort((a, b) => b.opensInMs - a.opensInMs);
    return closed === undefined ? { kind: 'places' } : { kind: 'rate', ...closed };
  }

  /** The name of a value of the caller by which calls are counted and which was not given. */
  missingCaller(tool: LimitedTool): string | undefined {
    return ratesOf(tool)
      .map(({ of = 'session' }) => callerName(of))
      .find((name) => name !== undefined && !Object.hasOwn(this.#caller, name));
  }

  #gatesOf(tool: LimitedTool): readonly Gate[] {
    const { parallel, parallelPerSession } = tool.limits ?? {};
    return [
      this.#places,
      this.#process.places,
      ...(parallel === undefined ? [] : [this.#process.placesOf(tool.name, parallel)]),
      ...(parallelPerSession === undefined ? [] : [this.#placesOf(tool.name, parallelPerSession)]),
      ...ratesOf(tool).map((rate, index) => this.#rate(tool, rate, index)),
    ];
  }

  #placesOf(tool: string, width: number): Gate {
    const gate = this.#tools.get(tool) ?? new PlaceGate(width);
    this.#tools.set(tool, gate);
    return gate;
  }

  #rate({ name }: LimitedTool, rate: ToolRate, index: number): RateGate {
    const { of = 'session', calls, perMs } = rate;
    const key = JSON.stringify([name, index, calls, perMs]);
    const caller = callerName(of);
    if (of === 'process') return this.#process.rateOf(key, rate);
    if (caller !== undefined)
      return this.#process.rateOf(JSON.stringify([key, caller, this.#caller[caller] ?? '']), rate);
    const gate = this.#rates.get(key) ?? new RateGate(calls, perMs);
    this.#rates.set(key, gate);
    return gate;
  }
}

function ratesOf({ limits }: LimitedTool): readonly ToolRate[] {
  return limits?.rates ?? [];
}

function callerName(of: string): string | undefined {
  return of.startsWith('caller.') ? of.slice('caller.'.length) : undefined;
}
