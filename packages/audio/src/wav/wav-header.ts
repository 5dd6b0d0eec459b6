import { AntiphonError } from '@antiphon/core';
import { requireInteger } from '../options.ts';
import type { TpdfDither } from '../pcm/dither.ts';
import { formatTags, type WavEncoding, type WavFormat } from './format.ts';

/** How a WAV file is to be written. */
export interface WavWriteOptions {
  readonly sampleRateHz: number;
  readonly channels: number;
  /** `pcm` when left out. */
  readonly encoding?: WavEncoding;
  /** 8, 16, 24 or 32 for `pcm` (16 when left out), 32 or 64 for `float` (32), 8 for G.711. */
  readonly bitsPerSample?: number;
  /** Added where samples lose bits. None when left out: what is read back and written again stays the same. */
  readonly dither?: TpdfDither;
  /**
   * What the file says of itself, by the names of RIFF's INFO list: `INAM` title, `ICMT` comment, `ICRD` date,
   * `ISFT` software. It stands before the audio, so a file that is never finished has it, too.
   */
  readonly info?: Readonly<Record<string, string>>;
  /**
   * What happens at 4 GiB: `refuse` (when left out) throws; `rf64` makes the file an RF64, for which 36 bytes are kept free
   * at its beginning. Until then it is plain WAV.
   */
  readonly over4GiB?: 'refuse' | 'rf64';
}

const widths: Readonly<Record<WavEncoding, readonly [usual: number, ...others: number[]]>> = {
  pcm: [16, 8, 24, 32],
  float: [32, 64],
  mulaw: [8],
  alaw: [8],
};

/**
 * The format to write, with defaults filled in.
 *
 * @throws AntiphonError `audio.invalid_option`
 */
export function writeFormat(options: WavWriteOptions): WavFormat {
  const { sampleRateHz, channels, encoding = 'pcm' } = options;
  requireInteger('sampleRateHz', sampleRateHz, { min: 1, max: 1_000_000 });
  requireInteger('channels', channels, { min: 1, max: 256 });
  if (!Object.hasOwn(widths, encoding)) {
    throw new AntiphonError('audio.invalid_option', {
      option: 'encoding',
      value: String(encoding),
      expected: Object.keys(widths).join(', '),
    });
  }
  const allowed = widths[encoding];
  const bitsPerSample = options.bitsPerSample ?? allowed[0];
  if (!allowed.includes(bitsPerSample)) {
    throw new AntiphonError('audio.invalid_option', {
      option: 'bitsPerSample',
      value: String(bitsPerSample),
      expected: `one of ${allowed.join(', ')} for ${encoding}`,
    });
  }
  return { sampleRateHz, channels, encoding, bitsPerSample };
}

/** What stands for a size that is not known yet; readers take it as "to the end of the file". */
const unknownSize = 0xffff_ffff;

/** Three sizes of 64 bits, and the length of a table that is empty. */
const ds64ByteLength = 28;

/** Bytes of {@link wavHeader} without chunks between: 44 for PCM, else 58. */
function bareHeaderByteLength(format: WavFormat): number {
  return format.encoding === 'pcm' ? 44 : 58;
}

/** What else than the audio a file holds: whole chunks before it, and how many bytes of them come after it. */
export interface WavSurroundings {
  readonly before: Uint8Array;
  readonly afterByteLength: number;
  /** Whether there is a place for sizes of 64 bits (a `JUNK` chunk), and whether they stand there (`ds64`, RF64). */
  readonly size64: 'none' | 'reserved' | 'used';
}

/** The bytes of one sample of every channel. */
export function frameByteLength(format: WavFormat): number {
  return (format.channels * format.bitsPerSample) / 8;
}

/**
 * The header of a file with `dataByteLength` bytes of audio, or of one whose length is not known yet. Encodings other
 * than PCM have the `fact` chunk that the standard asks for. RF64 as in EBU Tech 3306.
 */
export function wavHeader(format: WavFormat, around: WavSurroundings, dataByteLength?: number): Uint8Array {
  const { before, afterByteLength, size64 } = around;
  const reserved = size64 === 'none' ? 0 : 8 + ds64ByteLength;
  const bytes = new Uint8Array(bareHeaderByteLength(format) + reserved + before.length);
  const view = new DataView(bytes.buffer);
  const sizes = sizesOf(format, bytes.length + afterByteLength, dataByteLength);
  const isRf64 = size64 === 'used';
  const size32 = (size: number): number => (isRf64 ? unknownSize : size);
  putId(bytes, 0, isRf64 ? 'RF64' : 'RIFF');
  view.setUint32(4, size32(sizes.riff), true);
  putId(bytes, 8, 'WAVE');
  if (reserved > 0) {
    putId(bytes, 12, isRf64 ? 'ds64' : 'JUNK');
    view.setUint32(16, ds64ByteLength, true);
    if (isRf64)
      [sizes.riff, sizes.data, sizes.frames].forEach((size, i) => putUint64(view, 20 + 8 * i, size));
  }
  putFormat(bytes, 12 + reserved, format);
  if (format.encoding !== 'pcm') {
    putId(bytes, 38 + reserved, 'fact');
    view.setUint32(42 + reserved, 4, true);
    view.setUint32(46 + reserved, size32(sizes.frames), true);
  }
  bytes.set(before, bareHeaderByteLength(format) + reserved - 8);
  putId(bytes, bytes.length - 8, 'data');
  view.setUint32(bytes.length - 4, size32(sizes.data), true);
  return bytes;
}

/** The sizes a header names, in bytes and frames; `otherByteLength` counts all but the audio. */
function sizesOf(format: WavFormat, otherByteLength: number, dataByteLength: number | undefined) {
  if (dataByteLength === undefined) return { riff: unknownSize, data: unknownSize, frames: unknownSize };
  const padded = dataByteLength + (dataByteLength % 2);
  return {
    riff: otherByteLength - 8 + padded,
    data: dataByteLength,
    frames: dataByteLength / frameByteLength(format),
  };
}

function putFormat(bytes: Uint8Array, offset: number, format: WavFormat): void {
  const view = new DataView(bytes.buffer, offset);
  const blockAlign = frameByteLength(format);
  putId(bytes, offset, 'fmt ');
  view.setUint32(4, format.encoding === 'pcm' ? 16 : 18, true);
  view.setUint16(8, formatTags[format.encoding], true);
  view.setUint16(10, format.channels, true);
  view.setUint32(12, format.sampleRateHz, true);
  view.setUint32(16, format.sampleRateHz * blockAlign, true);
  view.setUint16(20, blockAlign, true);
  view.setUint16(22, format.bitsPerSample, true);
}

function putUint64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % 2 ** 32, true);
  view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
}

function putId(bytes: Uint8Array, offset: number, id: string): void {
  for (let i = 0; i < id.length; i++) bytes[offset + i] = id.charCodeAt(i);
}
