/** The level is judged this often. */
const blockMs = 10;
/** How long speech is averaged: only speech counts, so a pause does not age the level. */
const speechTauMs = 1000;
/** Speech stands out of the background by this much, and is not below that. */
const speechAboveFloorDb = 10;
const softestSpeechDbfs = -60;
/** The background is followed down within a few blocks, and up slowly. */
const floorFallShare = 0.3;
const floorRiseDb = (3 * blockMs) / 1000;
const firstFloorDbfs = -50;

/** Follows how loud somebody speaks, above whatever background there is. */
export class SpeechMeter {
  readonly #blockSamples: number;
  #inBlock = 0;
  #energy = 0;
  #floorDbfs = firstFloorDbfs;
  #speechPower: number;

  /** @param firstDbfs what speech is taken for until there was some. */
  constructor(sampleRateHz: number, firstDbfs: number) {
    this.#blockSamples = Math.round((sampleRateHz * blockMs) / 1000);
    this.#speechPower = 10 ** (firstDbfs / 10);
  }

  /** Samples between two judgements. */
  get blockSamples(): number {
    return this.#blockSamples;
  }

  /** The RMS of speech, in dBFS. */
  get speechDbfs(): number {
    return 10 * Math.log10(this.#speechPower);
  }

  /** Takes the next sample. Says whether a block has ended with it, and whether that was speech. */
  push(value: number): 'within' | 'speech' | 'background' {
    this.#energy += value * value;
    this.#inBlock += 1;
    if (this.#inBlock < this.#blockSamples) return 'within';
    const power = this.#energy / this.#blockSamples;
    this.#energy = 0;
    this.#inBlock = 0;
    return this.#judge(power);
  }

  #judge(power: number): 'speech' | 'background' {
    const levelDbfs = 10 * Math.log10(power + 1e-12);
    const leastDbfs = Math.max(this.#floorDbfs + speechAboveFloorDb, softestSpeechDbfs);
    this.#floorDbfs =
      levelDbfs < this.#floorDbfs
        ? this.#floorDbfs + (levelDbfs - this.#floorDbfs) * floorFallShare
        : Math.min(levelDbfs, this.#floorDbfs + floorRiseDb);
    if (levelDbfs <= leastDbfs) return 'background';
    this.#speechPower += (power - this.#speechPower) * (1 - Math.exp(-blockMs / speechTauMs));
    return 'speech';
  }
}
