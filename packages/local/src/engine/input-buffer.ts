import { listeningRateHz, WireDecoder, type WireFormat } from './audio-format.ts';

const samplesPerMs = listeningRateHz / 1_000;
const minimumCapacity = listeningRateHz;

/**
 * The input audio buffer: 16 kHz samples on a clock that counts everything ever appended and is never set back,
 * neither by a commit nor by a clear. Positions are absolute sample numbers on that clock.
 *
 * Holds at most `capMs`; what is older is dropped, and positions stay what they were.
 */
export class InputBuffer {
  readonly #capSamples: number;
  #decoder: WireDecoder;
  /** Milliseconds appended through decoders that are used up. */
  #earlierMs = 0;
  #storage = new Int16Array(minimumCapacity);
  #offset = 0;
  #start = 0;
  #end = 0;

  constructor(format: WireFormat, capMs: number) {
    this.#decoder = new WireDecoder(format);
    this.#capSamples = capMs * samplesPerMs;
  }

  /** The first position still held. */
  get start(): number {
    return this.#start;
  }

  /** The position after the last sample held. */
  get end(): number {
    return this.#end;
  }

  /** Milliseconds held, counted on what was appended, so that a resampler's delay does not make it short. */
  get bufferedMs(): number {
    return Math.max(0, this.#earlierMs + this.#decoder.decodedMs - this.#start / samplesPerMs);
  }

  append(bytes: Uint8Array): void {
    this.#store(this.#decoder.push(bytes));
  }

  /** What comes next is in `format`. */
  changeFormat(format: WireFormat): void {
    this.#store(this.#decoder.end());
    this.#earlierMs += this.#decoder.decodedMs;
    this.#decoder = new WireDecoder(format);
  }

  /** A copy of the samples in [from, to), as far as they are held. */
  read(from: number, to: number): Int16Array {
    const first = Math.max(from, this.#start);
    const last = Math.min(to, this.#end);
    if (last <= first) return new Int16Array(0);
    const shift = this.#offset - this.#start;
    return this.#storage.slice(first + shift, last + shift);
  }

  /** Forgets what lies before `position`. */
  dropBefore(position: number): void {
    const start = Math.min(Math.max(position, this.#start), this.#end);
    this.#offset += start - this.#start;
    this.#start = start;
    const held = this.#end - start;
    if (this.#offset > this.#storage.length / 2) this.#resize(Math.max(minimumCapacity, held * 2));
  }

  #store(samples: Int16Array): void {
    const needed = this.#offset + (this.#end - this.#start) + samples.length;
    if (needed > this.#storage.length) this.#resize(Math.max(minimumCapacity, needed * 2));
    this.#storage.set(samples, this.#offset + this.#end - this.#start);
    this.#end += samples.length;
    this.dropBefore(this.#end - this.#capSamples);
  }

  #resize(capacity: number): void {
    const held = this.#storage.subarray(this.#offset, this.#offset + this.#end - this.#start);
    const storage = new Int16Array(capacity);
    storage.set(held);
    this.#storage = storage;
    this.#offset = 0;
  }
}

/** A position of the input buffer's clock in whole milliseconds. */
export function positionToMs(position: number): number {
  return Math.round(position / samplesPerMs);
}

/** Milliseconds as a position of the input buffer's clock. */
export function msToPosition(ms: number): number {
  return Math.round(ms * samplesPerMs);
}
