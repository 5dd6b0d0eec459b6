import type { Samples } from '../../pcm/samples.ts';
import { type FilterBank, maxExactCoefficients, type RateRatio } from '../filter-bank.ts';
import type { FilterKernel } from './filter-kernel.ts';
import { compilePolyphase, type PolyphaseModule, pageByteLength } from './wasm-module.ts';

/** The longest window that a kernel takes, and the most samples converted at a time. */
export const maxWindowLength = 16_384;
const outCapacity = 16_384;

const windowAt = 0;
const outAt = windowAt + (maxWindowLength + 8) * 4;
const int16At = outAt + (outCapacity + 8) * 4;
const banksAt = Math.ceil((int16At + (outCapacity + 8) * 2) / pageByteLength) * pageByteLength;
const maxPages = Math.ceil((banksAt + 4 * 4 * maxExactCoefficients) / pageByteLength);

/**
 * One WebAssembly memory for all resamplers of this thread: a window and an output, filled anew for every run, and the
 * filter banks in use. A memory for each would take address space by the gigabyte.
 */
class SharedKernel {
  readonly #module: PolyphaseModule;
  readonly #places = new Map<FilterBank, number>();
  #freeAt = banksAt;
  #floats: Float32Array;

  constructor(module: PolyphaseModule) {
    this.#module = module;
    this.#floats = new Float32Array(module.memory.buffer);
  }

  /** Whether there is memory for a bank. */
  hasRoomFor(bank: FilterBank): boolean {
    try {
      if (!this.#places.has(bank)) this.#place(bank);
      return true;
    } catch {
      return false;
    }
  }

  filter(ratio: RateRatio, bank: FilterBank, run: { window: Float32Array; fraction: number; out: Samples }) {
    const { window, out } = run;
    const { up, down } = ratio;
    const bankAt = this.#places.get(bank) ?? this.#place(bank);
    const identity = bank.isIdentity[0] === 1 ? 0 : -1;
    this.#floats.set(window, windowAt / 4);
    let start = windowAt;
    let fraction = run.fraction;
    for (let done = 0; done < out.length; ) {
      const count = Math.min(out.length - done, outCapacity);
      const row = bank.taps * 4;
      this.#module.exports.filter(start, outAt, bankAt, row, up, down, fraction, count, identity);
      this.#take(out, done, count);
      done += count;
      const position = fraction + count * down;
      start += Math.floor(position / up) * 4;
      fraction = position % up;
    }
  }

  toFloat(samples: Int16Array, out: Float32Array): void {
    new Int16Array(this.#module.memory.buffer, int16At, samples.length).set(samples);
    this.#module.exports.to_float(int16At, outAt, samples.length);
    out.set(this.#floats.subarray(outAt / 4, outAt / 4 + samples.length));
  }

  #take(out: Samples, at: number, count: number): void {
    if (out instanceof Int16Array) {
      this.#module.exports.to_int16(outAt, int16At, count);
      out.set(new Int16Array(this.#module.memory.buffer, int16At, count), at);
    } else {
      out.set(this.#floats.subarray(outAt / 4, outAt / 4 + count), at);
    }
  }

  /** Puts a bank into the memory. When that is full, all banks are forgotten and come back as they are used. */
  #place(bank: FilterBank): number {
    const length = bank.coefficients.length * 4;
    if (this.#freeAt + length > maxPages * pageByteLength) {
      this.#places.clear();
      this.#freeAt = banksAt;
    }
    const at = this.#freeAt;
    const missing = at + length - this.#module.memory.buffer.byteLength;
    if (missing > 0) {
      this.#module.memory.grow(Math.ceil(missing / pageByteLength));
      this.#floats = new Float32Array(this.#module.memory.buffer);
    }
    this.#floats.set(bank.coefficients, at / 4);
    this.#freeAt = at + length;
    this.#places.set(bank, at);
    return at;
  }
}

let shared: SharedKernel | 'unavailable' | undefined;

function sharedKernel(): SharedKernel | undefined {
  if (shared === undefined) {
    const module = compilePolyphase(banksAt / pageByteLength, maxPages);
    shared = module === undefined ? 'unavailable' : new SharedKernel(module);
  }
  return shared === 'unavailable' ? undefined : shared;
}

/**
 * The filter in WebAssembly with SIMD and single precision; its sums err by less than −130 dB. Undefined where the
 * platform does not allow it, and for banks that are interpolated.
 */
export function wasmKernel(ratio: RateRatio, bank: FilterBank): FilterKernel | undefined {
  const kernel = bank.phases === ratio.up ? sharedKernel() : undefined;
  if (kernel === undefined || !kernel.hasRoomFor(bank)) return undefined;
  return {
    filter: (window, fraction, out) => kernel.filter(ratio, bank, { window, fraction, out }),
    toFloat: (samples, out) => kernel.toFloat(samples, out),
  };
}
