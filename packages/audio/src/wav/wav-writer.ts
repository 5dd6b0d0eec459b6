import { AntiphonError } from '@antiphon/core';
import { requireInteger } from '../options.ts';
import type { TpdfDither } from '../pcm/dither.ts';
import type { Samples } from '../pcm/samples.ts';
import type { WavFormat } from './format.ts';
import { encodeSamples } from './sample-encoder.ts';
import { frameByteLength, type WavWriteOptions, wavHeader, writeFormat } from './wav-header.ts';
import { cueChunks, infoChunk, type WavMark } from './wav-metadata.ts';

/** Bytes that belong over those at `offset`, counted from the start of the file. */
export interface WavPatch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The largest size that a header can name: 0xFFFFFFFF means "unknown". */
const maxRiffSize = 0xffff_fffe;

const maxMarks = 10_000;
const maxLabelLength = 100;
/** More than the bare header and the marks can take. */
const otherReserve = 128 + maxMarks * (24 + 13 + 4 * maxLabelLength);

/**
 * Makes a WAV file piece by piece, without touching one: the header, then the bytes of each `write`, then the end.
 * Until it is patched the header leaves the length open (0xFFFFFFFF), which readers take as "to the end of the file",
 * so a file that was never finished still plays. A medium that cannot seek leaves the patches out.
 *
 * @throws AntiphonError `audio.invalid_option`; `write` also `audio.wav_too_large`, with nothing written, from 4 GiB on,
 *   unless the file may become an RF64 then.
 */
export class WavWriter {
  readonly format: WavFormat;
  readonly #dither: TpdfDither | undefined;
  readonly #info: Uint8Array;
  readonly #over4GiB: 'refuse' | 'rf64';
  readonly #marks: WavMark[] = [];
  #dataByteLength = 0;

  constructor(options: WavWriteOptions) {
    this.format = writeFormat(options);
    this.#dither = options.dither;
    this.#info = infoChunk(options.info ?? {});
    this.#over4GiB = options.over4GiB ?? 'refuse';
  }

  /** Frames written so far. */
  get frames(): number {
    return this.#dataByteLength / frameByteLength(this.format);
  }

  /** The first bytes of the file. */
  header(): Uint8Array {
    return this.#header();
  }

  /** The bytes to append for `samples`: whole frames, interleaved. They may share the memory of `samples`. */
  write(samples: Samples): Uint8Array {
    if (samples.length % this.format.channels !== 0) {
      throw new AntiphonError('audio.invalid_option', {
        option: 'samples.length',
        value: samples.length,
        expected: `a multiple of the ${this.format.channels} channels`,
      });
    }
    const byteLength = this.#dataByteLength + (samples.length * this.format.bitsPerSample) / 8;
    if (this.#over4GiB === 'refuse' && this.#isOver4GiB(byteLength)) {
      throw new AntiphonError('audio.wav_too_large', { byte_length: byteLength });
    }
    this.#dataByteLength = byteLength;
    return encodeSamples(samples, this.format, this.#dither);
  }

  /**
   * Notes a place in the audio, as the end of the file will say. At most 10 000 are kept.
   *
   * @param frame the next to be written when left out.
   */
  mark(label: string, frame: number = this.frames): void {
    requireInteger('frame', frame, { min: 0, max: 0xffff_ffff });
    if (this.#marks.length < maxMarks) this.#marks.push({ frame, label: label.slice(0, maxLabelLength) });
  }

  /** Makes the header true for what has been written so far; the file may grow on after it. */
  patch(): WavPatch {
    return { offset: 0, bytes: this.#header(this.#dataByteLength) };
  }

  /**
   * The end of the file: the last bytes to append (a pad byte after audio of odd length, and the marks), and the patch.
   */
  close(): { readonly bytes: Uint8Array; readonly patch: WavPatch } {
    const marks = cueChunks(this.#marks);
    const padding = this.#dataByteLength % 2;
    const bytes = new Uint8Array(padding + marks.length);
    bytes.set(marks, padding);
    return { bytes, patch: { offset: 0, bytes: this.#header(this.#dataByteLength, marks.length) } };
  }

  #isOver4GiB(dataByteLength: number): boolean {
    return this.#info.length + dataByteLength + otherReserve > maxRiffSize;
  }

  #header(dataByteLength?: number, afterByteLength = 0): Uint8Array {
    const isLarge = this.#isOver4GiB(dataByteLength ?? 0);
    const size64 = this.#over4GiB === 'refuse' ? 'none' : isLarge ? 'used' : 'reserved';
    return wavHeader(this.format, { before: this.#info, afterByteLength, size64 }, dataByteLength);
  }
}
