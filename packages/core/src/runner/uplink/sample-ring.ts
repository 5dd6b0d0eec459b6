/** How many times it grows on the way to what it usually holds: most sessions are short. */
const growthSteps = 5;

/**
 * The newest stretch of a stream of samples. Positions count samples since the stream began and stay what they are when
 * old samples leave. Grows to what it is asked to hold, and back when that is little again.
 */
export class SampleRing {
  readonly #usualSamples: number;
  #storage: Int16Array;
  #start = 0;
  #end = 0;

  /** @param usualSamples how much it will hold most of the time */
  constructor(usualSamples: number) {
    this.#usualSamples = usualSamples;
    this.#storage = new Int16Array(Math.ceil(usualSamples / growthSteps));
  }

  /** The first position held. */
  get start(): number {
    return this.#start;
  }

  /** The position after the newest sample: how many there were in all. */
  get end(): number {
    return this.#end;
  }

  /** Takes a copy of the samples. */
  push(samples: Int16Array): void {
    this.#reserve(this.#end - this.#start + samples.length);
    const capacity = this.#storage.length;
    const at = this.#end % capacity;
    const untilWrap = Math.min(samples.length, capacity - at);
    this.#storage.set(untilWrap === samples.length ? samples : samples.subarray(0, untilWrap), at);
    if (untilWrap < samples.length) this.#storage.set(samples.subarray(untilWrap), 0);
    this.#end += samples.length;
  }

  /** Forgets what lies before `position`. */
  dropBefore(position: number): void {
    this.#start = Math.min(Math.max(position, this.#start), this.#end);
  }

  /** A view of the samples from `from`, at most up to `to`: shorter where the ring wraps. Valid until the next push. */
  view(from: number, to: number): Int16Array {
    const at = from % this.#storage.length;
    return this.#storage.subarray(at, Math.min(at + to - from, this.#storage.length));
  }

  #reserve(needed: number): void {
    const { length } = this.#storage;
    const isRoomy = length > this.#usualSamples * 2 && needed <= this.#usualSamples;
    if (needed > length || isRoomy) this.#resize(needed);
  }

  #resize(needed: number): void {
    const step = Math.ceil(this.#usualSamples / growthSteps);
    const storage = new Int16Array(Math.ceil(needed / step) * step);
    for (let position = this.#start; position < this.#end; ) {
      const piece = this.view(position, this.#end);
      // Both ends of the copy may lie on a wrap.
      const at = position % storage.length;
      const length = Math.min(piece.length, storage.length - at);
      storage.set(piece.subarray(0, length), at);
      position += length;
    }
    this.#storage = storage;
  }
}
