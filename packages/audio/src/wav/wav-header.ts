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

/** Bytes of {@link wavHeader} without chunks between: 44 for PCM, else 58. */
function bareHeaderByteLength(format: WavFormat): number {
  return format.encoding === 'pcm' ? 44 : 58;
}

/** What else than the audio a file holds: whole chunks before it, and how many bytes of them come after it. */
export interface WavSurroundings {
  readonly before: Uint8Array;
  readonly afterByteLength: number;
}

/** The bytes of one sample of every channel. */
export function frameByteLength(format: WavFormat): number {
  return (format.channels * format.bitsPerSample) / 8;
}

/**
 * The header of a file with `dataByteLength` bytes of audio, or of one whose length is not known yet. Encodings other
 * than PCM have the `fact` chunk that the standard asks for.
 */
export function wavHeader(format: WavFormat, around: WavSurroundings, dataByteLength?: number): Uint8Array {
  const isPcm = format.encoding === 'pcm';
  const { before, afterByteLength } = around;
  const bytes = new Uint8Array(bareHeaderByteLength(format) + before.length);
  const view = new DataView(bytes.buffer);
  const blockAlign = frameByteLength(format);
  const isKnown = dataByteLength !== undefined;
  const padded = isKnown ? dataByteLength + (dataByteLength % 2) : 0;
  putId(bytes, 0, 'RIFF');
  view.setUint32(4, isKnown ? bytes.length - 8 + padded + afterByteLength : unknownSize, true);
  putId(bytes, 8, 'WAVE');
  putId(bytes, 12, 'fmt ');
  view.setUint32(16, isPcm ? 16 : 18, true);
  view.setUint16(20, formatTags[format.encoding], true);
  view.setUint16(22, format.channels, true);
  view.setUint32(24, format.sampleRateHz, true);
  view.setUint32(28, format.sampleRateHz * blockAlign, true);
  view.setUint16(32, blockAlign, true);
  view.setUint16(34, format.bitsPerSample, true);
  if (!isPcm) {
    putId(bytes, 38, 'fact');
    view.setUint32(42, 4, true);
    view.setUint32(46, isKnown ? dataByteLength / blockAlign : unknownSize, true);
  }
  bytes.set(before, bareHeaderByteLength(format) - 8);
  putId(bytes, bytes.length - 8, 'data');
  view.setUint32(bytes.length - 4, isKnown ? dataByteLength : unknownSize, true);
  return bytes;
}

function putId(bytes: Uint8Array, offset: number, id: string): void {
  for (let i = 0; i < id.length; i++) bytes[offset + i] = id.charCodeAt(i);
}
