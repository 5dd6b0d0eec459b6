import { RecordingGate } from './recording-gate.ts';

/**
 * One side of a recording: grows as it is written, gives up its front; positions count from the first sample ever written.
 * While it is shut, silence is written in place of what comes.
 */
export class RecordingTrack {
  readonly #gate: RecordingGate;
  #samples = new Int16Array(4096);
  #start = 0;
  #end = 0;
  /** The sample before `#start`. */
  #before = 0;

  constructor(sampleRateHz: number) {
    this.#gate = new RecordingGate(sampleRateHz);
  }

  get end(): number {
    return this.#end;
  }

  append(samples: Int16Array): void {
    this.#reserve(samples.length);
    this.#samples.set(this.#gate.push(samples), this.#end - this.#start);
    this.#end += samples.length;
  }

  padTo(end: number): void {
    if (end > this.#end) this.append(new Int16Array(end - this.#end));
  }

  /** Silences all from `position` on, which is not before what was taken out and not behind the end. */
  shut(position: number): void {
    const { end } = this;
    const last = position - this.#start - 1;
    this.#gate.shut(last < 0 ? this.#before : (this.#samples[last] ?? 0));
    this.#end = position;
    this.padTo(end);
  }

  open(): void {
    this.#gate.open();
  }

  /** Takes the samples before `position` out. */
  takeUntil(position: number): Int16Array {
    const count = position - this.#start;
    const taken = this.#samples.slice(0, count);
    this.#before = taken.at(-1) ?? this.#before;
    this.#samples.copyWithin(0, count, this.#end - this.#start);
    this.#start = position;
    return taken;
  }

  #reserve(more: number): void {
    const needed = this.#end - this.#start + more;
    if (needed <= this.#samples.length) return;
    const grown = new Int16Array(Math.max(needed, this.#samples.length * 2));
    grown.set(this.#samples.subarray(0, this.#end - this.#start));
    this.#samples = grown;
  }
}
