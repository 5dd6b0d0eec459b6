import { flushTail } from '../dsp/fade.ts';
import { levels } from '../dsp/levels.ts';
import { requireInteger } from '../options.ts';
import { LatenessWindow } from './lateness-window.ts';

/** Times in milliseconds. */
export interface JitterBufferOptions {
  readonly sampleRateHz: number;
  /** The delay is never less; 20 when left out. */
  readonly minDelayMs?: number;
  /** The delay is never more: audio beyond it is dropped; 200 when left out. */
  readonly maxDelayMs?: number;
}

/** A packet of a live stream. */
export interface AudioPacket {
  /** Where its first sample stands in the stream, in samples: what a lost packet leaves is a gap. */
  readonly position: number;
  readonly samples: Int16Array;
}

/** What has happened so far. */
export interface JitterCounts {
  /** Times that the audio ran out while the stream went on. */
  readonly underruns: number;
  /** Times that more audio waited than the longest delay allows. */
  readonly overruns: number;
  /** Silence put in the place of audio that was lost or late. */
  readonly concealedMs: number;
  /** Audio that was dropped: by overruns, and where the delay was shortened. */
  readonly droppedMs: number;
  /** Packets that came after their time, or twice. */
  readonly latePackets: number;
}

/** How far the delay may lie from the target before it is corrected. */
const toleranceMs = 20;
const fadeMs = 5;
/** A frame below this may be skipped or followed by silence without being noticed. */
const quietDbfs = -50;

/**
 * Plays a live stream of packets, whose times on the way differ, at a steady pace: one channel of 16 bits. Packets may
 * come late, twice, in another order or never.
 *
 * The delay follows what most of the last 1000 packets needed. It grows by the silence of an underrun and in quiet
 * places, and shrinks in quiet places; audio older than the longest delay is dropped and not played late. Time comes in
 * from outside: any clock that goes on evenly, in milliseconds.
 */
export class JitterBuffer {
  readonly #options: Required<JitterBufferOptions>;
  readonly #lateness = new LatenessWindow({ size: 1000, quantile: 0.97 });
  readonly #packets: AudioPacket[] = [];
  readonly #counts = { underruns: 0, overruns: 0, concealed: 0, dropped: 0, latePackets: 0 };
  #phase: 'filling' | 'playing' = 'filling';
  /** The next sample to play, in samples of the stream. */
  #playhead: number | undefined;
  /** Silence given since the audio ran out. */
  #starved = 0;
  /** Packets before this are not wanted any more. */
  #clearedTo = 0;

  /** @throws AntiphonError `audio.invalid_option` */
  constructor(options: JitterBufferOptions) {
    const { sampleRateHz, minDelayMs = 20, maxDelayMs = 200 } = options;
    requireInteger('sampleRateHz', sampleRateHz, { min: 1, max: 1_000_000 });
    requireInteger('minDelayMs', minDelayMs, { min: 0, max: 60_000 });
    requireInteger('maxDelayMs', maxDelayMs, { min: minDelayMs, max: 60_000 });
    this.#options = { sampleRateHz, minDelayMs, maxDelayMs };
  }

  /** The delay that the packets of late would have needed. */
  get targetDelayMs(): number {
    const { minDelayMs, maxDelayMs } = this.#options;
    const needed = this.#lateness.quantileMs - (this.#lateness.leastMs ?? 0);
    return Math.min(Math.max(needed, minDelayMs), maxDelayMs);
  }

  get counts(): JitterCounts {
    const { underruns, overruns, concealed, dropped, latePackets } = this.#counts;
    return {
      underruns,
      overruns,
      latePackets,
      concealedMs: this.#ms(concealed),
      droppedMs: this.#ms(dropped),
    };
  }

  /** How much later than by the quickest packet a sample is played that is taken at `nowMs`; 0 before the first. */
  delayMs(nowMs: number): number {
    const next = this.#playhead ?? this.#packets[0]?.position;
    const least = this.#lateness.leastMs;
    return next === undefined || least === undefined ? 0 : nowMs - least - this.#ms(next);
  }

  /** The sample of the stream that is played next; undefined before the first. All before it was played, or never will be. */
  get position(): number | undefined {
    return this.#playhead;
  }

  /** Drops all before `position`, packets that come later included; what is being played fades out in 5 ms. */
  clear(position: number): void {
    const { sampleRateHz } = this.#options;
    const playhead = this.#playhead;
    const next = new Int16Array(this.#phase === 'playing' ? Math.round((sampleRateHz * fadeMs) / 1000) : 0);
    const queued = next.subarray(0, playhead === undefined ? 0 : this.#copy(next, playhead) - playhead);
    const kept = this.#packets.filter((packet) => packet.position >= position);
    this.#packets.length = 0;
    if (playhead !== undefined && queued.length > 0)
      this.#packets.push({ position: playhead, samples: flushTail(queued, { sampleRateHz }) });
    this.#packets.push(...kept);
    this.#clearedTo = Math.max(this.#clearedTo, position);
  }

  /** A packet came at `nowMs`. */
  push(packet: AudioPacket, nowMs: number): void {
    if (packet.samples.length === 0) return;
    const end = packet.position + packet.samples.length;
    this.#noticeJump(end, nowMs - this.#ms(packet.position));
    this.#lateness.add(nowMs - this.#ms(packet.position));
    const at = this.#packets.findLastIndex(({ position }) => position <= packet.position) + 1;
    const isLate = end <= Math.max(this.#playhead ?? 0, this.#clearedTo);
    if (isLate || this.#packets[at - 1]?.position === packet.position) {
      this.#counts.latePackets++;
      return;
    }
    this.#packets.splice(at, 0, packet);
    this.#dropExcess();
  }

  /** The next `count` samples to play at `nowMs`, in memory of their own: silence where there is nothing. */
  take(count: number, nowMs: number): Int16Array {
    const out = new Int16Array(count);
    if (this.#phase === 'filling' && !this.#begin(nowMs)) {
      this.#starved += count;
      return out;
    }
    if (this.#waits(count, nowMs)) return out;
    this.#skip(count, nowMs);
    this.#read(out);
    return out;
  }

  /** A stream whose positions leap against time began anew, or went on after a pause that its positions do not count. */
  #noticeJump(end: number, transitMs: number): void {
    const least = this.#lateness.leastMs;
    if (least === undefined || Math.abs(transitMs - least) <= Math.max(1000, 2 * this.#options.maxDelayMs))
      return;
    this.#lateness.clear();
    if (this.#playhead === undefined || end >= this.#playhead - this.#maxSamples) return;
    this.#packets.length = 0;
    this.#playhead = undefined;
    this.#starved = 0;
    this.#clearedTo = 0;
    this.#phase = 'filling';
  }

  /** Starts to play when the first packet has waited for as long as the delay is to be. */
  #begin(nowMs: number): boolean {
    const first = this.#packets[0];
    if (first === undefined) return false;
    const from = Math.max(first.position, this.#playhead ?? first.position);
    if (nowMs - (this.#lateness.leastMs ?? 0) - this.#ms(from) < this.targetDelayMs) return false;
    // A stream that went on where it stopped was late; one that paused has moved on by itself.
    const leap = from - (this.#playhead ?? Number.NEGATIVE_INFINITY);
    if (leap <= this.#maxSamples) {
      this.#counts.underruns++;
      this.#counts.concealed += this.#starved;
    }
    this.#starved = 0;
    this.#playhead = from;
    this.#phase = 'playing';
    return true;
  }

  /** Whether to put in a frame of silence: the delay is too short and a quiet place has come. */
  #waits(count: number, nowMs: number): boolean {
    return this.delayMs(nowMs) < this.targetDelayMs - toleranceMs && this.#isQuiet(count);
  }

  /** Leaves a quiet frame out where the delay is longer than it has to be. */
  #skip(count: number, nowMs: number): void {
    const excessMs = this.delayMs(nowMs) - this.targetDelayMs;
    if (excessMs < toleranceMs + this.#ms(count) || !this.#isQuiet(count)) return;
    this.#advance(count);
    this.#counts.dropped += count;
  }

  #isQuiet(count: number): boolean {
    const next = new Int16Array(count);
    const from = this.#playhead ?? 0;
    return this.#copy(next, from) === from + count && levels(next).rmsDbfs < quietDbfs;
  }

  /** Fills `out` from the playhead on, as far as there is audio, over gaps that losses leave. */
  #read(out: Int16Array): void {
    const start = this.#playhead ?? 0;
    const end = start + out.length;
    let filledTo = this.#copy(out, start);
    while (filledTo < end) {
      const next = this.#packets.find(({ position }) => position > filledTo);
      if (next === undefined || next.position - filledTo > this.#maxSamples) break;
      const gapEnd = Math.min(next.position, end);
      this.#counts.concealed += gapEnd - filledTo;
      filledTo = this.#copy(out.subarray(gapEnd - start), gapEnd);
    }
    this.#advance(filledTo - start);
    if (filledTo === end) return;
    this.#phase = 'filling';
    this.#starved = end - filledTo;
  }

  /** Copies what there is from `start` on without a gap; returns where that ends. */
  #copy(out: Int16Array, start: number): number {
    let at = start;
    for (const { position, samples } of this.#packets) {
      if (position > at) break;
      const part = samples.subarray(at - position, start + out.length - position);
      out.set(part, at - start);
      at += part.length;
    }
    return at;
  }

  /** Moves the playhead and forgets what lies before it. */
  #advance(count: number): void {
    const playhead = (this.#playhead ?? 0) + count;
    this.#playhead = playhead;
    const kept = this.#packets.findIndex(({ position, samples }) => position + samples.length > playhead);
    this.#packets.splice(0, kept === -1 ? this.#packets.length : kept);
  }

  #dropExcess(): void {
    let excess = this.#waitingSamples() - this.#maxSamples;
    if (excess <= 0) return;
    this.#counts.overruns++;
    this.#counts.dropped += excess;
    for (let first = this.#packets[0]; first !== undefined && excess > 0; first = this.#packets[0]) {
      const from = Math.max(this.#playhead ?? first.position, first.position);
      const count = Math.min(excess, first.position + first.samples.length - from);
      this.#playhead = from;
      this.#advance(count);
      excess -= count;
    }
  }

  #waitingSamples(): number {
    const [first] = this.#packets;
    if (first === undefined) return 0;
    const played = Math.max(0, (this.#playhead ?? first.position) - first.position);
    return this.#packets.reduce((total, { samples }) => total + samples.length, -played);
  }

  get #maxSamples(): number {
    return Math.ceil((this.#options.maxDelayMs * this.#options.sampleRateHz) / 1000);
  }

  #ms(samples: number): number {
    return (samples * 1000) / this.#options.sampleRateHz;
  }
}
