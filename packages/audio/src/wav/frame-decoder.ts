import type { WavFormat } from './format.ts';
import { type SampleDecoder, sampleDecoder } from './sample-decoder.ts';

/** Turns the bytes of a `data` chunk, cut anywhere, into whole frames of interleaved floats. */
export class FrameDecoder {
  readonly #format: WavFormat;
  readonly #decode: SampleDecoder;
  /** The first bytes of a frame whose rest has not come. */
  readonly #partial: Uint8Array;
  #partialLength = 0;
  #frames = 0;

  constructor(format: WavFormat, littleEndian: boolean) {
    this.#format = format;
    this.#decode = sampleDecoder(format, littleEndian);
    this.#partial = new Uint8Array((format.bitsPerSample / 8) * format.channels);
  }

  /** Frames decoded so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes that wait for the rest of their frame. */
  get partialByteLength(): number {
    return this.#partialLength;
  }

  /** The samples that `byteLength` more bytes make whole. */
  samplesIn(byteLength: number): number {
    return Math.floor((this.#partialLength + byteLength) / this.#partial.length) * this.#format.channels;
  }

  /** @param memory where the samples are put when they fit. */
  push(bytes: Uint8Array, memory?: Float32Array): Float32Array {
    const frameByteLength = this.#partial.length;
    const frames = Math.floor((this.#partialLength + bytes.length) / frameByteLength);
    const length = frames * this.#format.channels;
    const out =
      memory !== undefined && length <= memory.length ? memory.subarray(0, length) : new Float32Array(length);
    let at = 0;
    if (this.#partialLength > 0 && frames > 0) {
      at = frameByteLength - this.#partialLength;
      this.#partial.set(bytes.subarray(0, at), this.#partialLength);
      this.#partialLength = 0;
      this.#decode(this.#partial, out, 0);
    }
    const whole = Math.floor((bytes.length - at) / frameByteLength) * frameByteLength;
    if (frames > 0) {
      this.#decode(bytes.subarray(at, at + whole), out, at === 0 ? 0 : this.#format.channels);
      at += whole;
    }
    this.#partial.set(bytes.subarray(at), this.#partialLength);
    this.#partialLength += bytes.length - at;
    this.#frames += frames;
    return out;
  }
}
