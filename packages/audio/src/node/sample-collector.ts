/**
 * Gathers the samples of a whole file in one stretch of memory that is taken once, by what the file can hold at most:
 * its real length, not what its header claims.
 */
export class SampleCollector {
  #samples: Float32Array = new Float32Array(0);
  #length = 0;

  /** @param expected samples that can still come after these; only when there come more, memory is taken again. */
  push(samples: Float32Array, expected: number): void {
    const needed = this.#length + samples.length;
    if (needed > this.#samples.length) this.#grow(needed + Math.max(expected, this.#length));
    this.#samples.set(samples, this.#length);
    this.#length = needed;
  }

  /** What was gathered, in memory of its own length. */
  take(): Float32Array {
    const isFull = this.#length === this.#samples.length;
    return isFull ? this.#samples : this.#samples.slice(0, this.#length);
  }

  #grow(capacity: number): void {
    const grown = new Float32Array(capacity);
    grown.set(this.#samples.subarray(0, this.#length));
    this.#samples = grown;
  }
}
