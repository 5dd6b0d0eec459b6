import type { Samples } from '../../pcm/samples.ts';
import { type FilterBank, maxExactCoefficients, type RateRatio } from '../filter-bank.ts';
import { type CombBank, combBank, maxCombDown } from './comb-bank.ts';
import type { FilterKernel } from './filter-kernel.ts';
import { compilePolyphase, type PolyphaseModule, pageByteLength } from './wasm-module.ts';

/** The longest window that a kernel takes, and the most samples converted at a time. */
export const maxWindowLength = 16_384;
const outCapacity = 16_384;

const windowAt = 0;
const outAt = windowAt + (maxWindowLength + 8) * 4;
const int16At = outAt + (outCapacity + 8) * 4;
const streamsAt = int16At + (outCapacity + 8) * 2;
/** Zeros after each stream of the comb, which its taps and lanes reach into. */
const streamMargin = 16;
const streamsCapacity = maxWindowLength + maxCombDown * (streamMargin + 1);
const wideAt = Math.ceil((streamsAt + streamsCapacity * 4) / 8) * 8;
const banksAt = Math.ceil((wideAt + (maxWindowLength + 8) * 8) / pageByteLength) * pageByteLength;
const maxPages = Math.ceil((banksAt + 4 * 4 * maxExactCoefficients) / pageByteLength);

/** What is filtered: see {@link FilterKernel.filter}. */
interface Run {
  readonly window: Float32Array;
  readonly fraction: number;
  readonly out: Samples;
}

/**
 * One WebAssembly memory for all resamplers of this thread: a window and an output, filled anew for every run, and the
 * filter banks in use. A memory for each would take address space by the gigabyte.
 */
class SharedKernel {
  readonly #module: PolyphaseModule;
  readonly #places = new Map<FilterBank | CombBank, number>();
  #freeAt = banksAt;
  #floats: Float32Array;

  constructor(module: PolyphaseModule) {
    this.#module = module;
    this.#floats = new Float32Array(module.memory.buffer);
  }

  /** Whether there is memory for a bank. */
  hasRoomFor(bank: FilterBank | CombBank): boolean {
    try {
      if (!this.#places.has(bank)) this.#place(bank);
      return true;
    } catch {
      return false;
    }
  }

  filter(ratio: RateRatio, bank: FilterBank, run: Run): void {
    const { up, down } = ratio;
    const bankAt = this.#places.get(bank) ?? this.#place(bank);
    const identity = bank.isIdentity[0] === 1 ? 0 : -1;
    const row = bank.taps * 4;
    this.#floats.set(run.window, windowAt / 4);
    for (let done = 0; done < run.out.length; done += outCapacity) {
      const count = Math.min(run.out.length - done, outCapacity);
      const position = run.fraction + done * down;
      const from = windowAt + Math.floor(position / up) * 4;
      this.#module.exports.filter(from, outAt, bankAt, row, up, down, position % up, count, identity);
      this.#take(run.out, done, count);
    }
  }

  /** The same as {@link filter}, in double precision. */
  wide(ratio: RateRatio, bank: FilterBank, run: Run): void {
    const bankAt = this.#places.get(bank) ?? this.#place(bank);
    this.#floats.set(run.window, windowAt / 4);
    this.#module.exports.widen(windowAt, wideAt, run.window.length);
    for (let done = 0; done < run.out.length; done += outCapacity) {
      const count = Math.min(run.out.length - done, outCapacity);
      this.#filterWide(ratio, bankAt, bank.taps * 8, run.fraction + done * ratio.down, count);
      this.#take(run.out, done, count);
    }
  }

  #filterWide({ up, down }: RateRatio, bankAt: number, row: number, begin: number, count: number): void {
    for (let first = 0; first < up && first < count; first++) {
      const position = begin + first * down;
      this.#module.exports.filter_wide(
        wideAt + Math.floor(position / up) * 8,
        down * 8,
        bankAt + (position % up) * row,
        row,
        outAt + first * 4,
        up * 4,
        Math.ceil((count - first) / up),
      );
    }
  }

  /** The same as {@link filter}, with the zeros of the bank left out; `taps` are those of the whole bank. */
  comb(ratio: RateRatio, bank: CombBank, taps: number, run: Run): void {
    const { up, down } = ratio;
    const bankAt = this.#places.get(bank) ?? this.#place(bank);
    const strideByteLength = this.#deinterleave(run.window, down);
    const placeOf = (sample: number) =>
      streamsAt + (sample % down) * strideByteLength + Math.floor(sample / down) * 4;
    for (let first = 0; first < up && first < run.out.length; first++) {
      const position = run.fraction + first * down;
      const start = Math.floor(position / up);
      const phase = position % up;
      const [a = 0, b, c] = bank.streams[phase] ?? [];
      this.#module.exports.comb(
        placeOf(start + a),
        b === undefined ? 0 : placeOf(start + b),
        c === undefined ? 0 : placeOf(start + c),
        phase === 0 ? placeOf(start + taps / 2 - 1) : 0,
        bankAt + phase * bank.rowLength * 4,
        bank.streamTaps * 4,
        outAt + first * 4,
        up * 4,
        Math.ceil((run.out.length - first) / up),
      );
    }
    this.#take(run.out, 0, run.out.length);
  }

  /** Spreads a window over `streams`; returns how many bytes they lie apart. */
  #deinterleave(window: Float32Array, streams: number): number {
    const stride = Math.ceil(window.length / streams) + streamMargin;
    this.#floats.set(window, windowAt / 4);
    const end = windowAt + window.length * 4;
    this.#module.exports.deinterleave(windowAt, end, streams, streamsAt, stride * 4);
    return stride * 4;
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
  #place(bank: FilterBank | CombBank): number {
    const isDouble = 'precision' in bank && bank.precision === 'double';
    const length = bank.coefficients.length * (isDouble ? 8 : 4);
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
    if (isDouble) new Float64Array(this.#module.memory.buffer, at).set(bank.coefficients);
    else this.#floats.set(bank.coefficients, at / 4);
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
 * The filter in WebAssembly with SIMD, in the precision of the bank; the sums of single precision err by less than
 * −130 dB. Undefined where the platform does not allow it, and for banks that are interpolated.
 */
export function wasmKernel(ratio: RateRatio, bank: FilterBank): FilterKernel | undefined {
  const kernel = bank.phases === ratio.up ? sharedKernel() : undefined;
  if (kernel === undefined) return undefined;
  const comb = bank.precision === 'single' ? combBank(ratio, bank) : undefined;
  if (!kernel.hasRoomFor(comb ?? bank)) return undefined;
  return {
    filter: filterOf(kernel, ratio, bank, comb),
    toFloat: (samples, out) => kernel.toFloat(samples, out),
  };
}

function filterOf(
  kernel: SharedKernel,
  ratio: RateRatio,
  bank: FilterBank,
  comb: CombBank | undefined,
): FilterKernel['filter'] {
  if (comb !== undefined)
    return (window, fraction, out) => kernel.comb(ratio, comb, bank.taps, { window, fraction, out });
  if (bank.precision === 'double')
    return (window, fraction, out) => kernel.wide(ratio, bank, { window, fraction, out });
  return (window, fraction, out) => kernel.filter(ratio, bank, { window, fraction, out });
}
