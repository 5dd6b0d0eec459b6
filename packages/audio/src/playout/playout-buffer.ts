import { requireInteger } from '../options.ts';
import { LatenessWindow } from './lateness-window.ts';
import { type PartCut, type PartPlayed, PlayoutLedger, type PlayoutPart } from './playout-ledger.ts';

/** Times in milliseconds. */
export interface PlayoutBufferOptions {
  readonly sampleRateHz: number;
  /** Audio that is gathered before playing begins, at least; 40 when left out. */
  readonly minDelayMs?: number;
  /** The same, at most; 200 when left out. */
  readonly maxDelayMs?: number;
  /** Audio that may wait; what is over it is dropped and never heard. 120 000 when left out. */
  readonly capacityMs?: number;
}

/** What has happened so far. */
export interface PlayoutCounts {
  /** Times that the audio of a part ran out before its end. */
  readonly underruns: number;
  /** Silence put in until there was more. */
  readonly underrunMs: number;
  /** Chunks that did not fit. */
  readonly overruns: number;
  readonly overrunMs: number;
}

/** A stretch of what was handed to the network: `heard` counts, silence does not. */
interface Stretch {
  readonly kind: 'part' | 'silence';
  length: number;
}

type Phase =
  | { readonly at: 'idle' }
  /** Gathers audio, the first of which came at `sinceMs`; `starved` when a part had begun to play. */
  | { readonly at: 'filling'; readonly sinceMs: number; readonly starved: boolean }
  | { readonly at: 'playing' };

/**
 * Between an agent's audio, which comes in bursts, and a sink at the end of a network, which plays evenly: one channel
 * of 16 bits, in content parts. The sink takes what it plays next and tells later how much of that was played; only this
 * counts as heard.
 *
 * Playing begins when a part has gathered what the last parts would have needed to play without a gap, or is whole.
 * When it runs out, silence is played until it is so again. Time comes in from outside, in milliseconds.
 */
export class PlayoutBuffer {
  readonly #options: Required<PlayoutBufferOptions>;
  readonly #ledger: PlayoutLedger;
  readonly #lateness = new LatenessWindow({ size: 300, quantile: 0.98 });
  readonly #waiting: Int16Array[] = [];
  readonly #inFlight: Stretch[] = [];
  readonly #counts = { underruns: 0, starved: 0, overruns: 0, dropped: 0 };
  #phase: Phase = { at: 'idle' };
  /** The part that is coming in; undefined when its end was told. */
  #open: PlayoutPart | undefined;
  /** When the audio that is coming in began, and how many samples of it have come. */
  #spurt = { sinceMs: 0, samples: 0 };

  /** @throws AntiphonError `audio.invalid_option` */
  constructor(options: PlayoutBufferOptions) {
    const { sampleRateHz, minDelayMs = 40, maxDelayMs = 200, capacityMs = 120_000 } = options;
    this.#ledger = new PlayoutLedger({ sampleRateHz });
    requireInteger('minDelayMs', minDelayMs, { min: 0, max: 60_000 });
    requireInteger('maxDelayMs', maxDelayMs, { min: minDelayMs, max: 60_000 });
    requireInteger('capacityMs', capacityMs, { min: Math.max(maxDelayMs, 1), max: 3_600_000 });
    this.#options = { sampleRateHz, minDelayMs, maxDelayMs, capacityMs };
  }

  /** How much is gathered before playing begins. */
  get targetDelayMs(): number {
    const { minDelayMs, maxDelayMs } = this.#options;
    return Math.min(Math.max(this.#lateness.quantileMs, minDelayMs), maxDelayMs);
  }

  /** Audio that waits to be taken. */
  get waitingMs(): number {
    return this.#ms(this.#waitingSamples());
  }

  /** Audio that the sink has taken and not acknowledged. */
  get inFlightMs(): number {
    return this.#ms(
      this.#inFlight.reduce((total, { kind, length }) => total + (kind === 'part' ? length : 0), 0),
    );
  }

  get counts(): PlayoutCounts {
    const { underruns, starved, overruns, dropped } = this.#counts;
    return { underruns, underrunMs: this.#ms(starved), overruns, overrunMs: this.#ms(dropped) };
  }

  /** More of a part came at `nowMs`. Samples over the capacity are dropped. */
  write(part: PlayoutPart, samples: Int16Array, nowMs: number): void {
    const capacity = Math.floor((this.#options.capacityMs * this.#options.sampleRateHz) / 1000);
    const fitting = samples.slice(0, Math.max(0, capacity - this.#waitingSamples()));
    if (fitting.length < samples.length) {
      this.#counts.overruns++;
      this.#counts.dropped += samples.length - fitting.length;
    }
    if (fitting.length === 0) return;
    this.#measure(samples.length, nowMs);
    this.#open = { itemId: part.itemId, contentIndex: part.contentIndex };
    this.#ledger.append(this.#open, fitting.length);
    if (this.#phase.at === 'idle') this.#phase = { at: 'filling', sinceMs: nowMs, starved: false };
    else if (this.#phase.at === 'filling' && this.#waiting.length === 0)
      this.#phase = { ...this.#phase, sinceMs: nowMs };
    this.#waiting.push(fitting);
  }

  /** No more of this part comes: its last samples are played without waiting for more. */
  endPart(part: PlayoutPart): void {
    const open = this.#open;
    if (open?.itemId === part.itemId && open.contentIndex === part.contentIndex) this.#open = undefined;
  }

  /** The next `count` samples for the sink, in memory of their own: silence where there is nothing to play. */
  take(count: number, nowMs: number): Int16Array {
    const out = new Int16Array(count);
    this.#settle(nowMs);
    const taken = this.#phase.at === 'playing' ? this.#fill(out) : 0;
    this.#fly('part', taken);
    this.#fly('silence', count - taken);
    if (this.#phase.at === 'playing' && taken < count) this.#runOut(nowMs);
    if (this.#phase.at === 'filling' && this.#phase.starved) this.#counts.starved += count - taken;
    return out;
  }

  /** So many samples of silence were played by the sink that it has not taken: nobody was there to hand them over. */
  pass(count: number): void {
    this.#fly('silence', count);
  }

  /**
   * The sink has played `samples` more of what it took, silence included.
   *
   * @returns the parts that were heard in it, and how far.
   */
  acknowledge(samples: number): PartPlayed[] {
    requireInteger('samples', samples, { min: 0, max: Number.MAX_SAFE_INTEGER });
    let left = samples;
    let heard = 0;
    for (let next = this.#inFlight[0]; next !== undefined && left > 0; next = this.#inFlight[0]) {
      const length = Math.min(left, next.length);
      next.length -= length;
      left -= length;
      if (next.kind === 'part') heard += length;
      if (next.length === 0) this.#inFlight.shift();
    }
    return this.#ledger.advance(heard);
  }

  /**
   * Drops all that waits, and all that the sink has taken and not played: it has to drop that, too.
   *
   * @returns one entry for each part that lost audio, with what of it was heard.
   */
  flush(): PartCut[] {
    this.#waiting.length = 0;
    this.#inFlight.length = 0;
    this.#open = undefined;
    this.#phase = { at: 'idle' };
    return this.#ledger.flush();
  }

  /** Forgets a part that is over; see {@link PlayoutLedger.forget}. */
  forget(part: PlayoutPart): void {
    this.#ledger.forget(part);
  }

  /** Notes how much later a chunk came than even playing from the first one on would have needed it. */
  #measure(length: number, nowMs: number): void {
    const isFirst = this.#open === undefined || this.#phase.at === 'idle';
    if (isFirst) this.#spurt = { sinceMs: nowMs, samples: 0 };
    const lateMs = nowMs - this.#spurt.sinceMs - this.#ms(this.#spurt.samples);
    this.#lateness.add(Math.max(0, lateMs));
    this.#spurt.samples += length;
    // What came too late for any delay begins anew: the next chunks are not late because of it.
    if (lateMs > this.#options.maxDelayMs) this.#spurt = { sinceMs: nowMs, samples: length };
  }

  /** Begins to play when enough was gathered. */
  #settle(nowMs: number): void {
    if (this.#phase.at !== 'filling') return;
    if (this.#waiting.length === 0) {
      if (this.#open === undefined) this.#phase = { at: 'idle' };
      return;
    }
    const target = this.targetDelayMs;
    const isEnough =
      this.#open === undefined || this.waitingMs >= target || nowMs - this.#phase.sinceMs >= target;
    if (isEnough) this.#phase = { at: 'playing' };
  }

  #fill(out: Int16Array): number {
    let filled = 0;
    for (let next = this.#waiting[0]; next !== undefined && filled < out.length; next = this.#waiting[0]) {
      const part = next.subarray(0, out.length - filled);
      out.set(part, filled);
      filled += part.length;
      if (part.length === next.length) this.#waiting.shift();
      else this.#waiting[0] = next.subarray(part.length);
    }
    return filled;
  }

  #runOut(nowMs: number): void {
    if (this.#open === undefined) {
      this.#phase = { at: 'idle' };
      return;
    }
    this.#counts.underruns++;
    this.#phase = { at: 'filling', sinceMs: nowMs, starved: true };
  }

  #fly(kind: Stretch['kind'], length: number): void {
    const last = this.#inFlight.at(-1);
    if (last?.kind === kind) last.length += length;
    else if (length > 0) this.#inFlight.push({ kind, length });
  }

  #waitingSamples(): number {
    return this.#waiting.reduce((total, { length }) => total + length, 0);
  }

  #ms(samples: number): number {
    return (samples * 1000) / this.#options.sampleRateHz;
  }
}
