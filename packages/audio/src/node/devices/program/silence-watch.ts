import type { Clock } from '@antiphon/core';

/** How a {@link SilenceWatch} watches. */
export interface SilenceWatchOptions {
  readonly clock: Clock;
  /** Has another program ask the sound system something; whether it was answered. */
  readonly answers: () => Promise<boolean>;
  /** The program gives nothing any more. */
  readonly onGone: () => void;
}

/** A microphone in use has to give something between so many looks: one alone may have come late. */
const silentLooks = 3;
const lookEveryMs = 700;
/** A sound system that does not answer for longer is gone itself. */
const longestWaitMs = 15_000;

/**
 * Watches a program that has a microphone. One that gives nothing may have lost its device, or be late as all programs of a
 * busy machine are: then it still has what was said. It is gone when another program is answered meanwhile, and it gives
 * nothing yet.
 */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #looks = 0;
  #heardAtMs = 0;
  #cancel: () => void = () => {};
  #phase: 'open' | 'closed' = 'open';

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
  }

  /** The microphone is open, and gives something from now on. */
  start(): void {
    this.heard();
    this.#lookLater();
  }

  /** It has given something. */
  heard(): void {
    this.#looks = 0;
    this.#heardAtMs = this.#options.clock.nowMs();
  }

  stop(): void {
    this.#phase = 'closed';
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { answers, clock, onGone } = this.#options;
    this.#looks++;
    if (this.#looks > silentLooks) return onGone();
    const isAnswered = this.#looks < silentLooks || (await answers());
    const mayAnswer = clock.nowMs() - this.#heardAtMs < longestWaitMs;
    if (!isAnswered && mayAnswer && this.#looks === silentLooks) this.#looks--;
    if (this.#phase === 'open') this.#lookLater();
  }

  #lookLater(): void {
    this.#cancel = this.#options.clock.setTimer(lookEveryMs, () => void this.#look());
  }
}
