import { levels } from '../dsp/levels.ts';

/** Below this nothing is heard of an echo, in dBFS (RMS). */
const inaudibleDbfs = -52;
/** What is left of an echo is so much softer than it was; what somebody says at the same time is not. In dB. */
const takenOutDb = 12;
/** Sound may be heard for so long after it was handed to the speaker, by way of device and room. */
const hangoverMs = 300;
/** The canceller is late by less than this: it is compared with the loudest of what was heard meanwhile. */
const lateMs = 60;
/** So much of the agent's sound is looked back on, and such a part of it has to be clean. */
const windowMs = 600;
const cleanShare = 0.9;
/** Somebody who speaks is let through for so long after each sound. */
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
  #holdMs = 0;
  #judged: Judged[] = [];
  #hasLearned = false;

  constructor(options: { readonly sampleRateHz: number }) {
    this.#samplesPerMs = options.sampleRateHz / 1000;
  }

  /** Once learned it stays so. A user who speaks at the same time only makes it take longer. */
  get hasLearned(): boolean {
    return this.#hasLearned;
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
      this.#holdMs = 0;
      return false;
    }
    this.#activeMs -= ms;
    const heardDbfs = levels(heard).rmsDbfs;
    const loudest = Math.max(heardDbfs, ...this.#since(lateMs).map((one) => one.heardDbfs));
    const isClean = levels(left).rmsDbfs < Math.max(inaudibleDbfs, loudest - takenOutDb);
    this.#judged = [...this.#since(windowMs - ms), { ms, heardDbfs, isClean }];
    this.#learn();
    this.#holdMs = isClean ? this.#holdMs - ms : holdMs;
    return this.#holdMs <= 0;
  }

  #learn(): void {
    const seen = total(this.#judged);
    const clean = total(this.#judged.filter((one) => one.isClean));
    if (seen > windowMs - 20 && clean >= cleanShare * seen) this.#hasLearned = true;
  }

  /** The last of what was judged, so long as it is together. */
  #since(ms: number): Judged[] {
    let left = ms;
    const from = this.#judged.findLastIndex((one) => {
      left -= one.ms;
      return left < 0;
    });
    return this.#judged.slice(from + 1);
  }
}

function total(parts: readonly Judged[]): number {
  return parts.reduce((sum, { ms }) => sum + ms, 0);
}
