/** Counts the samples of a stream, silence included: what went to a device, and what of it was played. */
export class HandedCount {
  #handed = 0;
  #played = 0;

  get handed(): number {
    return this.#handed;
  }

  /** What the device has and has not played. */
  get ahead(): number {
    return this.#handed - this.#played;
  }

  /** `samples` more go to the device. */
  hand(samples: number): void {
    this.#handed += samples;
  }

  /** In all, `samples` were played; returns how many of them are news. */
  play(samples: number): number {
    const news = Math.max(0, Math.min(samples, this.#handed) - this.#played);
    this.#played += news;
    return news;
  }
}
