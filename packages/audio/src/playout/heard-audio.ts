import { requireInteger } from '../options.ts';
import { concatSamples } from '../pcm/samples.ts';
import type { PartPlayed, PlayoutPart } from './playout-ledger.ts';

interface Part {
  readonly chunks: Int16Array[];
  /** Samples of it that were handed out. */
  heard: number;
  /** `ended`: no more of it comes. */
  state: 'open' | 'ended';
}

/**
 * Keeps the agent's audio until its sink says that it was heard, and hands over what was: for a recording of what was
 * really said. What was cut off is forgotten.
 */
export class HeardAudio {
  readonly #sampleRateHz: number;
  readonly #parts = new Map<string, Part>();

  /** @throws AntiphonError `audio.invalid_option` when the rate is no positive integer. */
  constructor(options: { readonly sampleRateHz: number }) {
    this.#sampleRateHz = requireInteger('sampleRateHz', options.sampleRateHz, { min: 1, max: 1_000_000 });
  }

  /** Audio that waits to be heard, in milliseconds. */
  get waitingMs(): number {
    let samples = 0;
    for (const { chunks } of this.#parts.values()) for (const { length } of chunks) samples += length;
    return (samples * 1000) / this.#sampleRateHz;
  }

  /** More of a part went to the sink. */
  received(part: PlayoutPart, samples: Int16Array): void {
    const known = this.#parts.get(keyOf(part)) ?? { chunks: [], heard: 0, state: 'open' };
    if (samples.length > 0) known.chunks.push(samples);
    this.#parts.set(keyOf(part), known);
  }

  /** The sink has played a part so far; returns the samples that were heard since it last said so. */
  played(progress: PartPlayed): Int16Array {
    const none = new Int16Array(0);
    const part = this.#parts.get(keyOf(progress));
    if (part === undefined) return none;
    let missing = Math.round((progress.playedMs * this.#sampleRateHz) / 1000) - part.heard;
    const heard: Int16Array[] = [];
    for (let next = part.chunks[0]; next !== undefined && missing > 0; next = part.chunks[0]) {
      const piece = next.subarray(0, missing);
      heard.push(piece);
      missing -= piece.length;
      part.heard += piece.length;
      if (piece.length === next.length) part.chunks.shift();
      else part.chunks[0] = next.subarray(piece.length);
    }
    if (part.state === 'ended' && part.chunks.length === 0) this.#parts.delete(keyOf(progress));
    return concatSamples(heard, none);
  }

  /** No more of this part comes: it is forgotten once it was heard to its end. */
  end(part: PlayoutPart): void {
    const known = this.#parts.get(keyOf(part));
    if (known === undefined) return;
    known.state = 'ended';
    if (known.chunks.length === 0) this.#parts.delete(keyOf(part));
  }

  /** The sink has dropped all that it had: what waits will not be heard. */
  flush(): void {
    this.#parts.clear();
  }
}

function keyOf({ itemId, contentIndex }: PlayoutPart): string {
  return `${contentIndex}:${itemId}`;
}
