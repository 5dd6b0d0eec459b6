/** Lets at most `width` holders in at a time; the others wait in order. */
export class Lanes {
  readonly #width: number;
  readonly #waiting: (() => void)[] = [];
  #held = 0;

  constructor(width: number) {
    this.#width = width;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Calls `enter` when there is room, perhaps at once. Returns what gives the place up, waiting or held. */
  enter(enter: () => void): () => void {
    let state: 'waiting' | 'held' | 'gone' = 'waiting';
    const start = () => {
      state = 'held';
      this.#held += 1;
      enter();
    };
    const leave = () => {
      if (state === 'waiting') {
        const index = this.#waiting.indexOf(start);
        if (index >= 0) this.#waiting.splice(index, 1);
      } else if (state === 'held') {
        this.#held -= 1;
        this.#waiting.shift()?.();
      }
      state = 'gone';
    };
    if (this.#held >= this.#width) this.#waiting.push(start);
    else start();
    return leave;
  }
}
