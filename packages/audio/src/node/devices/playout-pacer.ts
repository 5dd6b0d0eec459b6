/** How a pacer paces. */
export interface PlayoutPacerOptions {
  readonly sampleRateHz: number;
  /** How much is handed over ahead of what is played. */
  readonly aheadMs: number;
  /** The same at most, when the device ran dry. */
  readonly maxAheadMs: number;
}

/** A position that was not confirmed for this long stands still. */
const longestGuessMs = 150;
/** How much more is handed over ahead each time that the device ran dry. */
const aheadStepMs = 20;

/**
 * Says how much to hand over to a device that takes all it is given and now and then tells how far it has played: never
 * far ahead, since what the device has cannot be taken back. Time comes in from outside, in milliseconds.
 */
export class PlayoutPacer {
  readonly #options: PlayoutPacerOptions;
  #aheadMs: number;
  #handed = 0;
  #told: { readonly samples: number; readonly atMs: number; readonly moves: boolean } = {
    samples: 0,
    atMs: 0,
    moves: false,
  };
  #played = 0;

  constructor(options: PlayoutPacerOptions) {
    this.#options = options;
    this.#aheadMs = options.aheadMs;
  }

  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** The device says that it has played `samples` in all. */
  told(samples: number, nowMs: number): void {
    this.#told = { samples, atMs: nowMs, moves: samples > this.#told.samples };
  }

  /** The device had nothing to play. */
  ranDry(): void {
    this.#aheadMs = Math.min(this.#aheadMs + aheadStepMs, this.#options.maxAheadMs);
  }

  /** How many samples to hand over now; they count as handed over. */
  due(nowMs: number): number {
    const target = this.played(nowMs) + this.#samples(this.#aheadMs);
    const count = Math.max(0, Math.floor(target - this.#handed));
    this.#handed += count;
    return count;
  }

  /** How many samples were played by now, by what the device told last and the time since. Never decreases. */
  played(nowMs: number): number {
    const { samples, atMs, moves } = this.#told;
    const sinceMs = moves ? Math.min(nowMs - atMs, longestGuessMs) : 0;
    const guess = Math.floor(samples + this.#samples(sinceMs));
    this.#played = Math.max(this.#played, Math.min(guess, this.#handed));
    return this.#played;
  }

  #samples(durationMs: number): number {
    return (durationMs * this.#options.sampleRateHz) / 1000;
  }
}
