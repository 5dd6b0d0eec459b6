import { AntiphonError } from '@antiphon/core';

/** The size that a writer leaves when it does not know the length yet. */
export const unknownSize = 0xffff_ffff;

/** The start of a file: its kind and the size it claims. */
export interface RiffHeader {
  readonly kind: 'RIFF' | 'RIFX' | 'RF64' | 'BW64';
  readonly littleEndian: boolean;
  /** The claimed byte length after the first 8 bytes. */
  readonly size: number;
}

export const riffHeaderByteLength = 12;

/**
 * Reads the first 12 bytes.
 *
 * @throws AntiphonError `audio.not_wav`, naming what the bytes look like instead.
 */
export function parseRiffHeader(source: string, bytes: Uint8Array): RiffHeader {
  const kind = riffKind(bytes);
  const form = fourCc(bytes, 8);
  if (kind === undefined) throw new AntiphonError('audio.not_wav', { source, reason: looksLike(bytes) });
  if (form !== 'WAVE') {
    throw new AntiphonError('audio.not_wav', {
      source,
      reason: `it is a ${kind} file of the form "${form}"`,
    });
  }
  const littleEndian = kind !== 'RIFX';
  return { kind, littleEndian, size: uint32(bytes, 4, littleEndian) };
}

/** The error of a file that ends within its first 12 bytes. */
export function riffHeaderCutShort(source: string, bytes: Uint8Array): AntiphonError {
  if (bytes.length === 0) return new AntiphonError('audio.not_wav', { source, reason: 'it is empty' });
  if (riffKind(bytes) === undefined)
    return new AntiphonError('audio.not_wav', { source, reason: looksLike(bytes) });
  return new AntiphonError('audio.truncated_header', { source, byte_length: bytes.length });
}

/** Four bytes as text; what does not print becomes "?". */
export function fourCc(bytes: Uint8Array, offset: number): string {
  return Array.from(bytes.subarray(offset, offset + 4), (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?',
  ).join('');
}

/** Whether a chunk may be called so: four printable ASCII characters, the first no space. */
export function isChunkId(id: string): boolean {
  return /^[!-~][ -~]{3}$/.test(id) && !id.includes('?');
}

/** Whether a chunk's name may begin with these bytes. */
export function isStartOfChunkId(bytes: Uint8Array): boolean {
  return isChunkId(fourCc(bytes, 0).padEnd(4, '-'));
}

export function uint32(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset, littleEndian);
}

/** The lengths of the file and of its `data` chunk that a `ds64` chunk gives (EBU Tech 3306), as far as it gives any. */
export function ds64Sizes(bytes: Uint8Array): { readonly size?: number; readonly dataSize?: number } {
  if (bytes.length < 16) return {};
  const long = (at: number) => uint32(bytes, at, true) + uint32(bytes, at + 4, true) * 2 ** 32;
  const [size, dataSize] = [long(0), long(8)];
  return { ...(size > 0 && { size }), ...(dataSize < 2 ** 63 && { dataSize }) };
}

function riffKind(bytes: Uint8Array): RiffHeader['kind'] | undefined {
  const id = fourCc(bytes, 0);
  return id === 'RIFF' || id === 'RIFX' || id === 'RF64' || id === 'BW64' ? id : undefined;
}

const signatures: ReadonlyMap<string, string> = new Map([
  ['riff', 'Sony Wave64'],
  ['OggS', 'Ogg'],
  ['fLaC', 'FLAC'],
  ['FORM', 'AIFF'],
  ['.snd', 'AU'],
  ['caff', 'Core Audio'],
]);

function looksLike(bytes: Uint8Array): string {
  const start = fourCc(bytes, 0);
  const isMpegFrame = bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0;
  const other = start.startsWith('ID3') || isMpegFrame ? 'MP3' : signatures.get(start);
  if (other !== undefined) return `it looks like ${other}`;
  if (fourCc(bytes, 4) === 'ftyp') return 'it looks like MP4';
  return `it begins with "${start}" instead of "RIFF"`;
}
