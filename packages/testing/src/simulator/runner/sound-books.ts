import type { UplinkCounts } from '@antiphon/core';
import type { Bench } from './bench.ts';

/** How the sound is taken when the books are looked at. */
export interface SoundState {
  readonly kind: 'live' | 'recorded';
  readonly gate: 'open' | 'turns';
  /** Whether a connection takes all of it at once. */
  readonly flows: boolean;
}

/** What became of the user's sound, sample by sample, as it was seen at the connections. */
export class SoundBooks {
  /** By place in the stream: whether a connection was given it. */
  #given = new Uint8Array(160_000);
  readonly #count = { taken: 0, first: 0, again: 0 };
  readonly #lastTo = new Map<number, number>();
  /** What was given of a turn that was none may be given again. */
  #repeat: 'never' | 'once' = 'never';
  readonly #fail: Bench['fail'];

  constructor(fail: Bench['fail']) {
    this.#fail = fail;
  }

  /** The runner has taken samples from the source. */
  take(samples: number): void {
    this.#count.taken += samples;
  }

  allowRepeat(): void {
    this.#repeat = 'once';
  }

  /** A connection is given a stretch. */
  give(epoch: number, { from, to }: { readonly from: number; readonly to: number }): void {
    const lastTo = this.#lastTo.get(epoch) ?? 0;
    if (from < lastTo && this.#repeat === 'never')
      this.#fail('P06', `${from} is given again to connection ${epoch}, which has all up to ${lastTo}`);
    this.#repeat = 'never';
    this.#lastTo.set(epoch, to);
    this.#reserve(to);
    for (let at = from; at < to; at++) {
      if (this.#given[at] === 1) this.#count.again++;
      else this.#count.first++;
      this.#given[at] = 1;
    }
  }

  /** Holds other books against these. */
  audit(counts: UplinkCounts, { kind, gate, flows }: SoundState): void {
    const { taken, first, again } = this.#count;
    const { receivedSamples, sentSamples, replayedSamples, droppedSamples, withheldSamples, keptSamples } =
      counts;
    if (receivedSamples > taken) this.#fail('P06', `${receivedSamples} samples of ${taken} were received`);
    if (sentSamples !== first)
      this.#fail('P06', `${sentSamples} samples are said to be sent, seen were ${first}`);
    if (replayedSamples !== again)
      this.#fail('P06', `${replayedSamples} samples are said to be sent again, seen were ${again}`);
    if (sentSamples + droppedSamples + withheldSamples + keptSamples !== receivedSamples)
      this.#fail('P06', `the books of the sound do not add up: ${JSON.stringify(counts)}`);
    if (withheldSamples > 0 && gate === 'open')
      this.#fail('P06', `${withheldSamples} samples were withheld, and sound always flows`);
    if (keptSamples > 0 && gate === 'open' && flows)
      this.#fail('P06', `${keptSamples} samples wait, and sound flows`);
    if (droppedSamples > 0 && kind === 'recorded')
      this.#fail('P06', `${droppedSamples} samples of a recording were dropped`);
  }

  #reserve(length: number): void {
    if (length <= this.#given.length) return;
    const longer = new Uint8Array(length * 2);
    longer.set(this.#given);
    this.#given = longer;
  }
}
