/** Calls `act` when a signal is aborted; a watch does not count it. */
export function whenAborted(signal: AbortSignal, act: () => void): void {
  EventTarget.prototype.addEventListener.call(signal, 'abort', act, { once: true });
}

type ListenerArguments = Parameters<EventTarget['addEventListener']>;

/** The listeners that wait for an abort, by signal. */
export class AbortWatch {
  readonly #waiting = new Map<AbortSignal, number>();

  /** Counts, from now on, who begins and who ends to listen to any signal. */
  begin(): void {
    const count = (signal: AbortSignal, change: number) => this.#change(signal, change);
    AbortSignal.prototype.addEventListener = function (...args: ListenerArguments) {
      count(this, 1);
      EventTarget.prototype.addEventListener.apply(this, args);
    };
    AbortSignal.prototype.removeEventListener = function (...args: ListenerArguments) {
      count(this, -1);
      EventTarget.prototype.removeEventListener.apply(this, args);
    };
  }

  end(): void {
    // What is inherited is seen again.
    Reflect.deleteProperty(AbortSignal.prototype, 'addEventListener');
    Reflect.deleteProperty(AbortSignal.prototype, 'removeEventListener');
    this.#waiting.clear();
  }

  /** Whoever listens until now does not count. */
  forget(): void {
    this.#waiting.clear();
  }

  /** Those who listen to signals that nobody has aborted. */
  get count(): number {
    let sum = 0;
    for (const [signal, count] of this.#waiting) if (!signal.aborted) sum += Math.max(0, count);
    return sum;
  }

  #change(signal: AbortSignal, change: number): void {
    this.#waiting.set(signal, (this.#waiting.get(signal) ?? 0) + change);
  }
}
