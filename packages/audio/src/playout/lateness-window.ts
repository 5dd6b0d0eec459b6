const refreshEvery = 10;

/** Remembers how late the last packets came and says what delay most of them would have been in time for. */
export class LatenessWindow {
  readonly #values: Float64Array;
  readonly #sorted: Float64Array;
  readonly #quantile: number;
  #count = 0;
  #leastMs = Number.POSITIVE_INFINITY;
  /** The quantile, and of how many values it was found. */
  #found = { quantileMs: 0, count: 0 };

  /**
   * @param options.size packets that are remembered.
   * @param options.quantile part of them that shall be in time.
   */
  constructor(options: { readonly size: number; readonly quantile: number }) {
    this.#values = new Float64Array(options.size);
    this.#sorted = new Float64Array(options.size);
    this.#quantile = options.quantile;
  }

  /** @param ms any scale, as long as it is the same for all. */
  add(ms: number): void {
    const at = this.#count % this.#values.length;
    const forgotten = this.#count < this.#values.length ? Number.POSITIVE_INFINITY : this.#values[at];
    this.#values[at] = ms;
    this.#count++;
    if (ms <= this.#leastMs) this.#leastMs = ms;
    else if (forgotten === this.#leastMs) this.#leastMs = least(this.#values);
  }

  /** The least of the values remembered; undefined before the first. */
  get leastMs(): number | undefined {
    return this.#count === 0 ? undefined : this.#leastMs;
  }

  /** The value that the quantile does not exceed; 0 before the first. It is found anew every few packets. */
  get quantileMs(): number {
    const { quantileMs, count } = this.#found;
    const isRecent = this.#count === count || (count > refreshEvery && this.#count < count + refreshEvery);
    if (!isRecent) this.#found = { quantileMs: this.#find(), count: this.#count };
    return isRecent ? quantileMs : this.#found.quantileMs;
  }

  #find(): number {
    const values = this.#remembered();
    const sorted = this.#sorted.subarray(0, values.length);
    sorted.set(values);
    sorted.sort();
    return sorted[Math.min(values.length - 1, Math.floor(values.length * this.#quantile))] ?? 0;
  }

  clear(): void {
    this.#count = 0;
    this.#leastMs = Number.POSITIVE_INFINITY;
    this.#found = { quantileMs: 0, count: 0 };
  }

  #remembered(): Float64Array {
    return this.#values.subarray(0, Math.min(this.#count, this.#values.length));
  }
}

function least(values: Float64Array): number {
  return values.reduce((a, b) => Math.min(a, b));
}
