/** What a connection was given of the user's sound, in its order: its server counts the milliseconds of it. */
export class GivenSound {
  readonly #pieces: { readonly fromMs: number; readonly toMs: number }[] = [];

  restart(): void {
    this.#pieces.length = 0;
  }

  add(fromMs: number, toMs: number): void {
    this.#pieces.push({ fromMs, toMs });
  }

  /** When the last of it was made. */
  get endMs(): number | undefined {
    return this.#pieces.at(-1)?.toMs;
  }

  /** When the sound was made that a server has heard when it has counted so far. */
  madeAtMs(countedMs: number): number | undefined {
    let leftMs = countedMs;
    for (const { fromMs, toMs } of this.#pieces) {
      const ms = toMs - fromMs;
      if (leftMs <= ms) return fromMs + leftMs;
      leftMs -= ms;
    }
    return this.endMs;
  }
}
