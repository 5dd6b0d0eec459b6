/** How many observe what an application may answer. */
export class Watchers {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Somebody observes it, and answers. Returns what ends that. */
  watch(): () => void {
    let phase: 'watching' | 'gone' = 'watching';
    this.#count += 1;
    return () => {
      if (phase === 'watching') this.#count -= 1;
      phase = 'gone';
    };
  }
}
