const signals = ['SIGINT', 'SIGTERM'] as const;

/** What the user asks for with Ctrl-C: the first ends the program in order, a second one at once. */
export class Interrupts {
  readonly #interrupted = new AbortController();
  readonly #abort = (): void => this.#interrupted.abort();

  constructor() {
    this.#listen();
  }

  get signal(): AbortSignal {
    return this.#interrupted.signal;
  }

  /**
   * Does what runs code of others that may hold the thread for ever, or never end: no listener would be asked then, so that
   * an interrupt ends the process at once.
   */
  readonly atOnceDuring = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    for (const signal of signals) process.off(signal, this.#abort);
    try {
      return await work();
    } finally {
      if (!this.signal.aborted) this.#listen();
    }
  };

  #listen(): void {
    for (const signal of signals) process.once(signal, this.#abort);
  }
}
