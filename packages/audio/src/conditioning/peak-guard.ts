/** No sample comes out above −1 dBFS. */
const ceiling = 10 ** (-1 / 20);
/** A peak is held down at once, and let go within this time. */
const releaseTauMs = 50;

/** Keeps samples below −1 dBFS by turning them down: at once, without looking ahead. */
export class PeakGuard {
  readonly #releaseShare: number;
  #gain = 1;

  constructor(sampleRateHz: number) {
    this.#releaseShare = 1 - Math.exp(-1000 / (releaseTauMs * sampleRateHz));
  }

  next(value: number): number {
    this.#gain += (1 - this.#gain) * this.#releaseShare;
    const magnitude = Math.abs(value);
    if (magnitude * this.#gain > ceiling) this.#gain = ceiling / magnitude;
    return value * this.#gain;
  }
}
