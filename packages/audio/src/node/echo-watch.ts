import { levels } from '../dsp/levels.ts';

/** Below this nothing is heard of an echo, in dBFS (RMS). */
const inaudibleDbfs = -52;
/** What is left of an echo is so much softer than it was; what somebody says at the same time is not. In dB. */
const takenOutDb = 12;
/** Sound may be heard for so long after it was handed to the speaker, by way of device and room. */
const hangoverMs = 300;
/** The canceller is late by less than this: it is compared with the loudest of what was heard meanwhile. */
const lateMs = 60;
/** So much of the agent's sound is looked back on, less where the room was known before, and such a part has to be clean. */
const windowMs = { first: 600, again: 300 };
const cleanShare = 0.9;
/** Somebody who speaks goes on for longer than what comes through before the canceller, or who uses it, knows of a change. */
const attackMs = 60;
/** And is let through for so long after each sound. */
const holdMs = 200;

interface Judged {
  readonly ms: number;
  readonly heardDbfs: number;
  readonly isClean: boolean;
}

/**
 * Judges what a canceller leaves of what a microphone heard: whether there is an echo in it, and whether the canceller has
 * learned the room. It has when of 600 ms in which the agent was to be heard nearly nothing was left, or nearly nothing had come.
 */
export class EchoWatch {
  readonly #samplesPerMs: number;
  #activeMs = 0;
  #soundMs = 0;
  #holdMs = 0;
  #judged: Judged[] = [];
  /** Whether the room is known, or was before something changed. */
  #room: 'unknown' | 'known' | 'changed' = 'unknown';

  constructor(options: { readonly sampleRateHz: number }) {
    this.#samplesPerMs = options.sampleRateHz / 1000;
  }

  /** Once learned it stays so, until {@link relearn}. A user who speaks at the same time only makes it take longer. */
  get hasLearned(): boolean {
    return this.#room === 'known';
  }

  /** What was learned may hold no longer. It does when of 300 ms that were heard nearly nothing is left. */
  relearn(): void {
    if (this.#room === 'known') this.#room = 'changed';
    this.#judged = [];
  }

  /** The speaker is handed this. */
  played(samples: Int16Array): void {
    if (levels(samples).rmsDbfs > inaudibleDbfs) this.#activeMs = hangoverMs;
  }

  /** The microphone heard this, and so much of it is left; whether that is but the rest of an echo. */
  isRest(heard: Int16Array, left: Int16Array): boolean {
    const ms = heard.length / this.#samplesPerMs;
    if (this.#activeMs <= 0) {
      this.#judged = [];
      this.#soundMs = 0;
      this.#holdMs = 0;
      return false;
    }
    this.#activeMs -= ms;
    const heardDbfs = levels(heard).rmsDbfs;
    const loudest = Math.max(heardDbfs, ...this.#since(lateMs).map((one) => one.heardDbfs));
    const isClean = levels(left).rmsDbfs < Math.max(inaudibleDbfs, loudest - takenOutDb);
    this.#judged = [...this.#since(windowMs.first - ms), { ms, heardDbfs, isClean }];
    this.#learn();
    this.#hold(isClean, ms);
    return this.#holdMs <= 0;
  }

  #hold(isClean: boolean, ms: number): void {
    this.#soundMs = isClean ? 0 : this.#soundMs + ms;
    const isHeld = this.#holdMs > 0 && !isClean;
    this.#holdMs = isHeld || this.#soundMs > attackMs ? holdMs : this.#holdMs - ms;
  }

  #learn(): void {
    const heard = this.#judged.filter(({ heardDbfs }) => heardDbfs > inaudibleDbfs);
    const isKnownAgain =
      this.#room === 'changed' && isCleanFor(windowMs.again, lastOf(heard, windowMs.again));
    if (isKnownAgain || isCleanFor(windowMs.first, this.#judged)) this.#room = 'known';
  }

  #since(ms: number): Judged[] {
    return lastOf(this.#judged, ms);
  }
}

function lastOf(judged: readonly Judged[], ms: number): Judged[] {
  let left = ms;
  const from = judged.findLastIndex((one) => {
    left -= one.ms;
    return left < 0;
  });
  return judged.slice(from + 1);
}

function isCleanFor(ms: number, judged: readonly Judged[]): boolean {
  const seen = total(judged);
  return seen > ms - 20 && total(judged.filter(({ isClean }) => isClean)) >= cleanShare * seen;
}

function total(parts: readonly Judged[]): number {
  return parts.reduce((sum, { ms }) => sum + ms, 0);
}
