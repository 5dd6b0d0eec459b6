/** What tells that a call is not waited for any more: an `AbortSignal`, or what takes less time to make than one. */
export interface Cut {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options: { readonly once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The cut of one call: when its caller's signal is aborted, or when all calls of a session are cut. */
export class CallCut implements Cut {
  readonly #signal: AbortSignal;
  readonly #calls: Set<CallCut>;
  readonly #listeners = new Set<() => void>();
  readonly #onAbort = (): void => this.abort();
  #isAborted: boolean;

  /**
   * @param ended when it is aborted already, so is the cut.
   * @param calls where whoever cuts all of them at once finds it, until it is released.
   */
  constructor(signal: AbortSignal, ended: AbortSignal, calls: Set<CallCut>) {
    this.#signal = signal;
    this.#calls = calls;
    this.#isAborted = signal.aborted || ended.aborted;
    if (this.#isAborted) return;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    calls.add(this);
  }

  get aborted(): boolean {
    return this.#isAborted;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }

  /** The call has ended: nothing cuts it any more. */
  release(): void {
    this.#calls.delete(this);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
