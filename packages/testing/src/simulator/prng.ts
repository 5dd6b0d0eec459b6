/** Deterministic random numbers (mulberry32): the only source of chance in a simulation. */
export class Prng {
  readonly #seed: number;
  #state: number;

  constructor(seed: number) {
    this.#seed = seed | 0;
    this.#state = scramble(this.#seed);
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** One of `list`, which must not be empty. */
  pick<Value>(list: readonly Value[]): Value {
    const value = list[Math.floor(this.next() * list.length)];
    if (value === undefined) throw new Error('prng: nothing to pick from');
    return value;
  }

  /** Numbers of their own for one actor: they do not depend on how many were drawn here. */
  fork(label: string | number): Prng {
    let hash = this.#seed;
    for (const character of String(label))
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    return new Prng(hash);
  }
}

/** The seed of schedule `index` of a run that starts from `seed`. */
export function seedOfSchedule(seed: number, index: number): number {
  return scramble((seed + Math.imul(index + 1, 0x9e3779b1)) | 0) >>> 0;
}

function scramble(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) | 0;
}
