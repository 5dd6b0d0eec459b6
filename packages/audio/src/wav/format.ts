import { AntiphonError } from '@antiphon/core';

/** How samples are stored: linear PCM, IEEE float, or G.711. */
export type WavEncoding = 'pcm' | 'float' | 'mulaw' | 'alaw';

/** What the header of a WAV file says of its samples. */
export interface WavFormat {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly encoding: WavEncoding;
  /** The size of a stored sample: 8, 16, 24 or 32 for PCM, 32 or 64 for float, 8 for G.711. */
  readonly bitsPerSample: number;
}

/** A fault that was repaired while reading. */
export interface WavWarning {
  readonly code:
    | 'unknown-length'
    | 'truncated'
    | 'partial-frame'
    | 'block-align'
    | 'missing-pad'
    | 'second-data'
    | 'trailing-bytes';
  readonly message: string;
}

/** Format tags of the RIFF registry (RFC 2361) that are decoded. */
export const formatTags = { pcm: 1, float: 3, alaw: 6, mulaw: 7, extensible: 0xfffe } as const;

/** The part of a `fmt ` chunk that is read: WAVEFORMATEXTENSIBLE. */
export const fmtMaxByteLength = 40;

const fmtMinByteLength = 16;
const fmtSizeLimit = 18 + 65_535;
const maxChannels = 256;
const maxSampleRateHz = 1_000_000;

const encodings: ReadonlyMap<number, WavEncoding> = new Map([
  [formatTags.pcm, 'pcm'],
  [formatTags.float, 'float'],
  [formatTags.alaw, 'alaw'],
  [formatTags.mulaw, 'mulaw'],
]);

const codecNames: ReadonlyMap<number, string> = new Map([
  [0x0002, 'Microsoft ADPCM'],
  [0x0011, 'IMA ADPCM'],
  [0x0014, 'G.723 ADPCM'],
  [0x0031, 'GSM 6.10'],
  [0x0040, 'G.721 ADPCM'],
  [0x0050, 'MPEG audio'],
  [0x0055, 'MP3'],
  [0x0064, 'G.726 ADPCM'],
  [0x00ff, 'AAC'],
  [0x0161, 'Windows Media Audio'],
  [0xf1ac, 'FLAC'],
]);

/** The last 8 bytes of a sub-format GUID whose first field is a format tag: {tag-0000-0010-8000-00AA00389B71}. */
const tagGuidEnd = [0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];

/** The payload of a `fmt ` chunk, and where it was found. */
export interface FmtChunk {
  readonly source: string;
  /** As many of the chunk's bytes as there are, up to {@link fmtMaxByteLength}. */
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
}

/** The format, and a warning when the block align had to be corrected. */
export interface ParsedFmt {
  readonly format: WavFormat;
  readonly warning?: WavWarning;
}

/** Refuses a `fmt ` chunk of a size that no format has. */
export function checkFmtSize(source: string, size: number): void {
  if (size < fmtMinByteLength || size > fmtSizeLimit) throw badFmt(source, `its size is ${size} bytes`);
}

/**
 * Reads a `fmt ` chunk.
 *
 * @throws AntiphonError `audio.bad_fmt` for values that no recording has, `audio.unsupported_codec` for other codecs.
 */
export function parseFmt(chunk: FmtChunk): ParsedFmt {
  const { source, bytes, littleEndian } = chunk;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channels = view.getUint16(2, littleEndian);
  const sampleRateHz = view.getUint32(4, littleEndian);
  const blockAlign = view.getUint16(12, littleEndian);
  const bits = view.getUint16(14, littleEndian);
  const encoding = encodingOf(chunk, view);
  if (channels < 1 || channels > maxChannels) throw badFmt(source, `it has ${channels} channels`);
  if (sampleRateHz < 1 || sampleRateHz > maxSampleRateHz) {
    throw badFmt(source, `its sample rate is ${sampleRateHz} Hz`);
  }
  if (!bitsAllowed(encoding, bits)) throw badFmt(source, `it has ${bits} bits per sample (${encoding})`);
  const sampleByteLength = containerByteLength(bits, blockAlign / channels);
  const format = { sampleRateHz, channels, encoding, bitsPerSample: sampleByteLength * 8 };
  const expected = sampleByteLength * channels;
  if (blockAlign === expected) return { format };
  return {
    format,
    warning: {
      code: 'block-align',
      message: `the header says ${blockAlign} bytes per frame, read as ${expected}`,
    },
  };
}

function encodingOf(chunk: FmtChunk, view: DataView): WavEncoding {
  const tag = view.getUint16(0, chunk.littleEndian);
  if (tag !== formatTags.extensible) return knownEncoding(chunk.source, tag);
  if (chunk.bytes.byteLength < fmtMaxByteLength) {
    throw badFmt(chunk.source, `it is extensible, but has only ${chunk.bytes.byteLength} of 40 bytes`);
  }
  const tagOfGuid = guidTag(chunk, view);
  if (tagOfGuid !== undefined) return knownEncoding(chunk.source, tagOfGuid);
  const guid = Array.from(chunk.bytes.subarray(24, 40), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
  throw new AntiphonError('audio.unsupported_codec', { source: chunk.source, codec: `sub-format ${guid}` });
}

/** The format tag that a sub-format GUID is made from; undefined for others. */
function guidTag({ bytes, littleEndian }: FmtChunk, view: DataView): number | undefined {
  if (!tagGuidEnd.every((byte, i) => bytes[32 + i] === byte)) return undefined;
  const isOrdered = (little: boolean) =>
    view.getUint16(28, little) === 0 && view.getUint16(30, little) === 0x10;
  if (isOrdered(littleEndian)) return view.getUint32(24, littleEndian);
  // In a RIFX, sox swaps the tag and leaves the rest as it stands in a RIFF.
  return isOrdered(true) ? view.getUint16(24, false) : undefined;
}

function knownEncoding(source: string, tag: number): WavEncoding {
  const encoding = encodings.get(tag);
  if (encoding !== undefined) return encoding;
  const name = codecNames.get(tag) ?? 'an unknown codec';
  throw new AntiphonError('audio.unsupported_codec', {
    source,
    codec: `${name} (format tag 0x${tag.toString(16).padStart(4, '0')})`,
  });
}

function bitsAllowed(encoding: WavEncoding, bits: number): boolean {
  if (encoding === 'pcm') return bits >= 1 && bits <= 32;
  return encoding === 'float' ? bits === 32 || bits === 64 : bits === 8;
}

/**
 * The bytes a sample takes: those of its bits, rounded up. Bits that fill no whole byte may sit, left-justified, in a
 * larger container (20 in 32), which only the block align tells.
 */
function containerByteLength(bits: number, alignedByteLength: number): number {
  const least = Math.ceil(bits / 8);
  const larger = bits % 8 !== 0 && Number.isInteger(alignedByteLength) && alignedByteLength <= 4;
  return larger ? Math.max(least, alignedByteLength) : least;
}

function badFmt(source: string, reason: string): AntiphonError {
  return new AntiphonError('audio.bad_fmt', { source, reason });
}
