/** What was found in the user's sound, by the position in all that was heard. */
export type SpeechFinding =
  | { readonly kind: 'started'; readonly atMs: number }
  | { readonly kind: 'stopped'; readonly atMs: number };

/** How speech is told from silence. */
export interface SpeechGateOptions {
  readonly sampleRateHz: number;
  /** Louder is speech; 0 to 32,767. */
  readonly speechRms: number;
  readonly prefixPaddingMs: number;
  readonly silenceDurationMs: number;
}

const hopMs = 20;
/** So many loud hops in a row are speech: a click is not. */
const hopsToStart = 2;

/** Finds the turns of the user by how loud they are. */
export class SpeechGate {
  readonly #options: SpeechGateOptions;
  readonly #hop: Int16Array;
  #filled = 0;
  #hops: number;
  #loudHops = 0;
  #quietHops = 0;
  #isSpeech = false;

  /** `heardMs` is what was heard before, in all. */
  constructor(options: SpeechGateOptions, heardMs = 0) {
    this.#options = options;
    this.#hop = new Int16Array((options.sampleRateHz * hopMs) / 1000);
    this.#hops = Math.floor(heardMs / hopMs);
  }

  get isSpeech(): boolean {
    return this.#isSpeech;
  }

  push(samples: Int16Array): readonly SpeechFinding[] {
    const findings: SpeechFinding[] = [];
    for (let start = 0; start < samples.length; ) {
      const taken = samples.subarray(start, start + this.#hop.length - this.#filled);
      this.#hop.set(taken, this.#filled);
      this.#filled += taken.length;
      start += taken.length;
      if (this.#filled === this.#hop.length) {
        this.#filled = 0;
        this.#hops++;
        findings.push(...this.#judge(rmsOf(this.#hop)));
      }
    }
    return findings;
  }

  /** Speech in progress is forgotten. */
  reset(): void {
    this.#isSpeech = false;
    this.#loudHops = 0;
    this.#quietHops = 0;
  }

  #judge(rms: number): readonly SpeechFinding[] {
    const { speechRms, prefixPaddingMs, silenceDurationMs } = this.#options;
    const isLoud = rms >= speechRms;
    this.#loudHops = isLoud ? this.#loudHops + 1 : 0;
    this.#quietHops = isLoud ? 0 : this.#quietHops + 1;
    const nowMs = this.#hops * hopMs;
    if (!this.#isSpeech && this.#loudHops >= hopsToStart) {
      this.#isSpeech = true;
      return [{ kind: 'started', atMs: Math.max(0, nowMs - hopsToStart * hopMs - prefixPaddingMs) }];
    }
    if (this.#isSpeech && this.#quietHops * hopMs >= silenceDurationMs) {
      this.#isSpeech = false;
      return [{ kind: 'stopped', atMs: nowMs }];
    }
    return [];
  }
}

function rmsOf(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) {
    sum += sample * sample;
  }
  return Math.sqrt(sum / samples.length);
}
