import type { ToolSession } from '../../define-tool.ts';

/** The time that timers need. */
export interface TimerClock {
  nowMs(): number;
  /** Calls `fire` once after `delayMs`; returns a function that cancels it. */
  setTimer(delayMs: number, fire: () => void): () => void;
}

/** A timer that has not ended. */
export interface RunningTimer {
  readonly id: number;
  readonly label: string | undefined;
  readonly durationMs: number;
  readonly endsMs: number;
  readonly stop: () => void;
}

/** What {@link SessionTimers.add} needs to know of a new timer. */
export interface NewTimer {
  readonly durationMs: number;
  readonly label: string | undefined;
  readonly onEnd: (timer: RunningTimer) => void;
}

/** Timers that one session may have at a time. */
const maxTimers = 20;

/** The running timers of each session; those of a session that closes are cleared. */
export class SessionTimers {
  readonly #bySession = new Map<string, Map<number, RunningTimer>>();
  readonly #clock: TimerClock;
  #lastId = 0;

  constructor(clock: TimerClock) {
    this.#clock = clock;
  }

  /** Starts a timer; undefined when the session has too many. */
  add(session: ToolSession, { durationMs, label, onEnd }: NewTimer): RunningTimer | undefined {
    const timers = this.#timersOf(session);
    if (timers.size >= maxTimers) return undefined;
    this.#lastId += 1;
    const timer: RunningTimer = {
      id: this.#lastId,
      label,
      durationMs,
      endsMs: this.#clock.nowMs() + durationMs,
      stop: this.#clock.setTimer(durationMs, () => {
        timers.delete(timer.id);
        onEnd(timer);
      }),
    };
    timers.set(timer.id, timer);
    return timer;
  }

  /** The running timers of a session, the first to end first. */
  of({ id }: ToolSession): readonly RunningTimer[] {
    return [...(this.#bySession.get(id)?.values() ?? [])].sort((a, b) => a.endsMs - b.endsMs);
  }

  leftMs({ endsMs }: RunningTimer): number {
    return Math.max(0, endsMs - this.#clock.nowMs());
  }

  cancel({ id }: ToolSession, timer: RunningTimer): void {
    timer.stop();
    this.#bySession.get(id)?.delete(timer.id);
  }

  /** Clears the timers of all sessions. */
  clear(): void {
    for (const id of [...this.#bySession.keys()]) this.#clearSession(id);
  }

  #timersOf({ id, signal }: ToolSession): Map<number, RunningTimer> {
    const known = this.#bySession.get(id);
    if (known !== undefined) return known;
    const timers = new Map<number, RunningTimer>();
    this.#bySession.set(id, timers);
    signal.addEventListener('abort', () => this.#clearSession(id), { once: true });
    return timers;
  }

  #clearSession(id: string): void {
    for (const timer of this.#bySession.get(id)?.values() ?? []) timer.stop();
    this.#bySession.delete(id);
  }
}
