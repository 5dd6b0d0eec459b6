import type { Clock, JsonValue } from '@antiphon/core';
import type { Cut } from './call-cut.ts';
import { isHeld } from './held-calls.ts';

/** How a tool itself ended, whether or not anyone still waited for it. */
export interface ToolEnding {
  readonly status: 'completed' | 'failed';
  readonly output: JsonValue;
  readonly outputText: string;
  /** What only the application is shown. */
  readonly ui?: JsonValue;
}

/** How waiting for an execution ended. */
export type WaitEnding =
  | { readonly kind: 'ended'; readonly ending: ToolEnding }
  | { readonly kind: 'timed_out' }
  /** There was no place for it within the time-out: nothing was done. */
  | { readonly kind: 'not_started' }
  /** What it needs could not be had within the time-out: nothing was done. */
  | { readonly kind: 'not_ready' }
  | { readonly kind: 'cancelled' };

/** What tells a tool to stop. */
export type StopRun = Pick<AbortController, 'signal'>;

/** What an execution needs. */
export interface ExecutionOptions {
  /** Calls `start` when the run may begin, perhaps at once. Returns what gives the place up, waiting or held. */
  readonly enter: (start: () => void) => () => void;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Runs the tool; never rejects. Its signal is made when it is first asked for, as hardly any tool does. */
  readonly run: (stop: StopRun) => Promise<ToolEnding>;
  /** Does what tells the tool to stop: listeners of its signal are code of the tool. */
  readonly tellStop: (abort: () => void) => void;
  /** Told when the tool ends after everyone has stopped waiting. */
  readonly onLate: (ending: ToolEnding) => void;
}

/**
 * One run of a tool, waited for by one call, or by several that are the same idempotent call. Each waiter has its
 * own time-out, for the place and again for the tool once that has started; when the last one leaves, the tool is told to stop and its place
 * among the running calls is given up, whether or not it obeys.
 */
export class Execution {
  readonly #options: ExecutionOptions;
  readonly #controller = new AbortController();
  readonly #waiters = new Set<Waiter>();
  /** What gives its place up; undefined before it has asked for one. */
  #leavePlace: (() => void) | undefined;
  #phase: Phase = { kind: 'queued' };

  constructor(options: ExecutionOptions) {
    this.#options = options;
  }

  /** The run as everyone sees it who does not wait: still going, or how it ended. */
  get phase(): Phase['kind'] {
    return this.#phase.kind;
  }

  /** Takes its place in the queue. To be called once, after the first {@link wait}. */
  start(): void {
    this.#leavePlace = this.#options.enter(() => void this.#run());
    const isGivenUp = this.phase === 'abandoned' || this.phase === 'dropped';
    if (isGivenUp) this.#leavePlace();
    // Most have their place at once: no time is set for a wait that there is not.
    if (this.phase === 'queued') for (const waiter of this.#waiters) this.#startTimer(waiter, 'not_started');
  }

  /** Waits for the end, the time-out or the cut, whichever comes first. */
  wait(cut: Cut): Promise<WaitEnding> {
    if (this.#phase.kind === 'ended') return Promise.resolve({ kind: 'ended', ending: this.#phase.ending });
    if (cut.aborted) return Promise.resolve({ kind: 'cancelled' });
    return new Promise((resolve) => {
      const onAbort = () => waiter.settle({ kind: 'cancelled' });
      const waiter: Waiter = {
        stopTimer: () => undefined,
        settle: (ending) => {
          if (!this.#waiters.delete(waiter)) return;
          waiter.stopTimer();
          cut.removeEventListener('abort', onAbort);
          resolve(ending);
          if (this.#waiters.size === 0 && ending.kind !== 'ended') this.#abandon(ending.kind);
        },
      };
      this.#waiters.add(waiter);
      cut.addEventListener('abort', onAbort, { once: true });
      if (this.#phase.kind !== 'queued') this.#startTimer(waiter, 'timed_out');
      else if (this.#leavePlace !== undefined) this.#startTimer(waiter, 'not_started');
    });
  }

  #startTimer(waiter: Waiter, kind: 'timed_out' | 'not_started'): void {
    const { clock, timeoutMs } = this.#options;
    waiter.stopTimer();
    waiter.stopTimer = clock.setTimer(timeoutMs, () =>
      waiter.settle({
        kind: this.phase === 'running' && isHeld(this.#controller.signal) ? 'not_ready' : kind,
      }),
    );
  }

  async #run(): Promise<void> {
    this.#phase = { kind: 'running' };
    for (const waiter of this.#waiters) this.#startTimer(waiter, 'timed_out');
    const ending = await this.#options.run(this.#controller);
    const isLate = this.phase === 'abandoned';
    this.#phase = { kind: 'ended', ending };
    this.#leavePlace?.();
    if (isLate && this.#waiters.size === 0) this.#options.onLate(ending);
    for (const waiter of [...this.#waiters]) waiter.settle({ kind: 'ended', ending });
  }

  #abandon(reason: keyof typeof abortMessages): void {
    const wasQueued = this.#phase.kind === 'queued';
    this.#phase = wasQueued ? { kind: 'dropped' } : { kind: 'abandoned' };
    const name = reason === 'cancelled' ? 'AbortError' : 'TimeoutError';
    this.#options.tellStop(() => this.#controller.abort(new DOMException(abortMessages[reason], name)));
    this.#leavePlace?.();
  }
}

type Phase =
  | { readonly kind: 'queued' }
  | { readonly kind: 'running' }
  /** Still running, with nobody waiting, or only those who came after it was told to stop. */
  | { readonly kind: 'abandoned' }
  /** Given up before it ran. */
  | { readonly kind: 'dropped' }
  | { readonly kind: 'ended'; readonly ending: ToolEnding };

interface Waiter {
  stopTimer: () => void;
  settle: (ending: WaitEnding) => void;
}

const abortMessages = {
  timed_out: 'The call of the tool timed out.',
  not_started: 'There was no place for the call of the tool.',
  not_ready: 'What the call of the tool needs was not there.',
  cancelled: 'The call of the tool was cancelled.',
} as const;
