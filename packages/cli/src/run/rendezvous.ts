/** A meeting point: what one side gives, the other takes, one value at a time and in order. */
export class Rendezvous<Value> {
  readonly #givers: { readonly value: Value; readonly taken: () => void }[] = [];
  readonly #takers: ((value: Value | undefined) => void)[] = [];
  #phase: 'open' | 'closed' = 'open';

  /** Settles when the value was taken, or when the meeting point is closed. */
  give(value: Value): Promise<void> {
    if (this.#phase === 'closed') return Promise.resolve();
    const taker = this.#takers.shift();
    if (taker) {
      taker(value);
      return Promise.resolve();
    }
    return new Promise((taken) => this.#givers.push({ value, taken }));
  }

  /** The next value; undefined once the meeting point is closed. */
  take(): Promise<Value | undefined> {
    const giver = this.#givers.shift();
    if (giver) {
      giver.taken();
      return Promise.resolve(giver.value);
    }
    if (this.#phase === 'closed') return Promise.resolve(undefined);
    return new Promise((taker) => this.#takers.push(taker));
  }

  /** Lets everyone go who waits, now and later. What was given and not taken is dropped. */
  close(): void {
    this.#phase = 'closed';
    for (const { taken } of this.#givers.splice(0)) taken();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }
}
