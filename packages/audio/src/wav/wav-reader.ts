import { AntiphonError } from '@antiphon/core';
import { concatSamples } from '../pcm/samples.ts';
import { ByteInput } from './byte-input.ts';
import {
  ds64Sizes,
  fourCc,
  isChunkId,
  isStartOfChunkId,
  parseRiffHeader,
  type RiffHeader,
  riffHeaderByteLength,
  riffHeaderCutShort,
  uint32,
  unknownSize,
} from './container.ts';
import { checkFmtSize, fmtMaxByteLength, parseFmt, type WavFormat, type WavWarning } from './format.ts';
import { FrameDecoder } from './frame-decoder.ts';

/** Where the reader is in the file; `size` and `left` are bytes as the file claims them. */
type Place =
  | HeaderPlace
  | { readonly at: 'skip'; readonly size: number; readonly left: number }
  /** `size` is infinite when only the end of the file tells; `empty` says the header claimed no bytes at all. */
  | { readonly at: 'audio'; readonly size: number; readonly left: number; readonly empty: boolean }
  /** Nothing that follows is audio or a chunk. */
  | { readonly at: 'rest' };

/** Places where bytes are gathered until a header is whole. */
type HeaderPlace =
  | { readonly at: 'riff' }
  | { readonly at: 'chunk' }
  | { readonly at: 'fmt'; readonly size: number }
  | { readonly at: 'ds64'; readonly size: number }
  /** After a chunk of odd size, where a zero byte belongs. */
  | { readonly at: 'pad' }
  /** After a `data` chunk that claims no bytes, where either a chunk or the audio itself follows. */
  | { readonly at: 'undecided' };

/** What is known of a whole file when it has ended. */
export interface WavSummary extends WavFormat {
  readonly frames: number;
  readonly warnings: readonly WavWarning[];
}

const noSamples: Float32Array = new Float32Array(0);

/**
 * Reads WAV from bytes as they come: RIFF, RIFX, RF64 and BW64; PCM of 8 to 32 bits, 32- and 64-bit float, A-law and
 * mu-law, also by extensible headers. How the bytes are cut changes nothing, and no memory is taken by a claimed size.
 * Faults that leave the audio readable become warnings; all others throw.
 *
 * @throws AntiphonError from `push` and `finish`: `audio.not_wav`, `audio.truncated_header`, `audio.no_fmt`,
 *   `audio.no_data`, `audio.bad_fmt`, `audio.unsupported_codec`. A reader that has thrown is of no more use.
 */
export class WavReader {
  readonly #source: string;
  readonly #input = new ByteInput();
  readonly #warnings: WavWarning[] = [];
  #place: Place = { at: 'riff' };
  #riff: RiffHeader & { readonly dataSize?: number } = { kind: 'RIFF', littleEndian: true, size: 0 };
  #format: WavFormat | undefined;
  /** Set from the first `data` chunk on. */
  #decoder: FrameDecoder | undefined;

  /** @param options.source what errors call the input, for example its path. */
  constructor(options: { readonly source?: string } = {}) {
    this.#source = options.source ?? 'the input';
  }

  /** Known once the header has been pushed, always before the first sample comes out. */
  get format(): WavFormat | undefined {
    return this.#format;
  }

  /** How many samples can still come of `byteLength` more bytes: those of whole frames of the audio that has begun. */
  samplesIn(byteLength: number): number {
    if (this.#place.at !== 'audio') return 0;
    return this.#decoder?.samplesIn(Math.min(byteLength, this.#place.left)) ?? 0;
  }

  /**
   * The whole frames that became readable with `bytes`, interleaved; often none for a small push.
   *
   * @param memory where they may be put instead of into memory of their own: they are good until it is used again.
   */
  push(bytes: Uint8Array, memory?: Float32Array): Float32Array {
    this.#input.feed(bytes);
    let samples: Float32Array = noSamples;
    while (!this.#input.isEmpty) {
      const place = this.#place;
      if (place.at === 'audio') samples = joined(samples, this.#readAudio(place, memory));
      else if (place.at === 'undecided') samples = this.#decide();
      else if (place.at === 'skip') this.#skip(place);
      else if (place.at === 'rest') this.#input.take(Number.POSITIVE_INFINITY);
      else this.#readHeader(place);
    }
    return samples;
  }

  /** Ends the file: checks that it was whole and says what it held. */
  finish(): WavSummary {
    const format = this.#format;
    const decoder = this.#decoder;
    if (format === undefined || decoder === undefined) throw this.#endedEarly();
    if (this.#place.at === 'audio') this.#warnOfEndInAudio(this.#place, decoder.partialByteLength);
    const inHeader = this.#place.at === 'chunk' || this.#place.at === 'undecided';
    if (this.#place.at === 'skip' || (inHeader && this.#input.heldLength > 0)) this.#warnOfTrailingBytes();
    return { ...format, frames: decoder.frames, warnings: this.#warnings };
  }

  #readHeader(place: Exclude<HeaderPlace, { at: 'undecided' }>): void {
    switch (place.at) {
      case 'riff':
        if (!this.#input.fill(riffHeaderByteLength)) return;
        this.#riff = parseRiffHeader(this.#source, this.#input.held);
        this.#input.release();
        this.#place = { at: 'chunk' };
        return;
      case 'chunk':
        if (this.#input.fill(8)) this.#enterChunk();
        return;
      case 'fmt':
        if (this.#input.fill(Math.min(place.size, fmtMaxByteLength))) this.#readFmt(place.size);
        return;
      case 'ds64':
        if (this.#input.fill(Math.min(place.size, 24))) this.#readDs64(place.size);
        return;
      case 'pad':
        this.#readPad();
        return;
    }
  }

  #enterChunk(): void {
    const id = fourCc(this.#input.held, 0);
    const size = uint32(this.#input.held, 4, this.#riff.littleEndian);
    this.#input.release();
    if (id === 'data') {
      this.#enterData(size);
    } else if (id === 'fmt ' && this.#format === undefined) {
      checkFmtSize(this.#source, size);
      this.#place = { at: 'fmt', size };
    } else if (id === 'ds64' && size > 0) {
      this.#place = { at: 'ds64', size };
    } else if (this.#decoder !== undefined && !isChunkId(id)) {
      this.#warnOfTrailingBytes();
      this.#place = { at: 'rest' };
    } else {
      this.#leaveChunk(size, size);
    }
  }

  #enterData(size: number): void {
    if (this.#format === undefined) throw new AntiphonError('audio.no_fmt', { source: this.#source });
    if (this.#decoder !== undefined) {
      this.#warn({ code: 'second-data', message: 'only the first "data" chunk is read' });
      this.#leaveChunk(size, size);
      return;
    }
    this.#decoder = new FrameDecoder(this.#format, this.#riff.littleEndian);
    const claimed = size === unknownSize ? (this.#riff.dataSize ?? Number.POSITIVE_INFINITY) : size;
    const audioSize = this.#audioSize(claimed);
    if (audioSize === 0) this.#place = { at: 'undecided' };
    else this.#place = { at: 'audio', size: audioSize, left: audioSize, empty: claimed === 0 };
  }

  /** The real length of a `data` chunk that claims `size`; infinite when it lasts to the end of the file. */
  #audioSize(size: number): number {
    if (size > 0) return size;
    // A writer that was killed, or could not seek, leaves 0 and a RIFF size that ends at or before the audio.
    const riffEndsHere = this.#riff.size + 8 <= this.#input.position;
    return riffEndsHere || this.#riff.size === unknownSize ? Number.POSITIVE_INFINITY : 0;
  }

  /**
   * Finds out what follows a `data` chunk that claims no bytes: the header of a chunk that fits into the file, or the
   * audio of a writer that never came back to fill in the size. Returns what of the audio was taken to find out.
   */
  #decide(): Float32Array {
    const { held } = this.#input;
    const hasId = this.#input.fill(4);
    if (isStartOfChunkId(held.subarray(0, this.#input.heldLength))) {
      if (!hasId || !this.#input.fill(8)) return noSamples;
      const size = uint32(held, 4, this.#riff.littleEndian);
      if (isKnownChunkId(fourCc(held, 0)) || this.#input.position + size <= this.#riff.size + 9) {
        this.#enterChunk();
        return noSamples;
      }
    }
    const size = Number.POSITIVE_INFINITY;
    this.#place = { at: 'audio', size, left: size, empty: false };
    return this.#decoder?.push(this.#input.takeHeld()) ?? noSamples;
  }

  #readFmt(size: number): void {
    const bytes = this.#input.takeHeld();
    const parsed = parseFmt({ source: this.#source, bytes, littleEndian: this.#riff.littleEndian });
    this.#format = parsed.format;
    if (parsed.warning !== undefined) this.#warn(parsed.warning);
    this.#leaveChunk(size, size - bytes.length);
  }

  #readDs64(size: number): void {
    const bytes = this.#input.takeHeld();
    const sizes = ds64Sizes(bytes);
    this.#riff = {
      ...this.#riff,
      ...sizes,
      ...(this.#riff.size !== unknownSize && { size: this.#riff.size }),
    };
    this.#leaveChunk(size, size - bytes.length);
  }

  #skip(place: Extract<Place, { at: 'skip' }>): void {
    this.#leaveChunk(place.size, place.left - this.#input.take(place.left).length);
  }

  /** Goes past the `left` bytes of a chunk of `size` bytes, to what follows it. */
  #leaveChunk(size: number, left: number): void {
    if (left > 0) this.#place = { at: 'skip', size, left };
    else this.#place = { at: size % 2 === 1 ? 'pad' : 'chunk' };
  }

  #readAudio(place: Extract<Place, { at: 'audio' }>, memory: Float32Array | undefined): Float32Array {
    const bytes = this.#input.take(place.left);
    const left = place.left - bytes.length;
    const samples = this.#decoder?.push(bytes, memory) ?? noSamples;
    if (left > 0) {
      this.#place = { ...place, left };
      return samples;
    }
    const partial = this.#decoder?.partialByteLength ?? 0;
    if (partial > 0) {
      this.#warn({ code: 'partial-frame', message: `the last ${partial} bytes of audio are no whole frame` });
    }
    this.#leaveChunk(place.size, 0);
    return samples;
  }

  /** Some writers forget the pad byte: then the name of the next chunk stands in its place. */
  #readPad(): void {
    const { held } = this.#input;
    if (!this.#input.fill(1)) return;
    if (held[0] !== 0 && !this.#input.fill(5)) return;
    const missing = held[0] !== 0 && isChunkId(fourCc(held, 0)) && !isKnownChunkId(fourCc(held, 1));
    if (missing) this.#warn({ code: 'missing-pad', message: 'a chunk of odd size has no pad byte after it' });
    else this.#input.release(1);
    this.#place = { at: 'chunk' };
  }

  #warnOfEndInAudio(place: Extract<Place, { at: 'audio' }>, partialByteLength: number): void {
    if (Number.isFinite(place.size)) {
      const message = `${place.left} of ${place.size} bytes of audio are missing`;
      this.#warn({ code: 'truncated', message });
    } else if (!place.empty || (this.#decoder?.frames ?? 0) > 0 || partialByteLength > 0) {
      const message = 'the header leaves the length open; the audio is read to the end of the file';
      this.#warn({ code: 'unknown-length', message });
    }
  }

  #warnOfTrailingBytes(): void {
    this.#warn({
      code: 'trailing-bytes',
      message: 'what follows the audio is no whole chunk; it is left out',
    });
  }

  #warn(warning: WavWarning): void {
    if (!this.#warnings.some(({ code }) => code === warning.code)) this.#warnings.push(warning);
  }

  #endedEarly(): AntiphonError {
    const source = this.#source;
    const { held, heldLength, position } = this.#input;
    if (this.#place.at === 'riff') return riffHeaderCutShort(source, held.subarray(0, heldLength));
    const inFmt = this.#place.at === 'fmt';
    const inHeader = this.#place.at === 'chunk' && heldLength > 0;
    const claimsMore = this.#format === undefined && position < this.#riff.size + 8;
    if (inFmt || inHeader || claimsMore)
      return new AntiphonError('audio.truncated_header', { source, byte_length: position });
    return new AntiphonError(this.#format === undefined ? 'audio.no_fmt' : 'audio.no_data', { source });
  }
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  if (first.length === 0) return second;
  return second.length === 0 ? first : concatSamples([first, second], first);
}

function isKnownChunkId(id: string): boolean {
  return ['fmt ', 'data', 'LIST', 'fact', 'bext', 'cue ', 'smpl', 'JUNK', 'axml', 'iXML', 'id3 '].includes(
    id,
  );
}
