import { readFileSync } from 'node:fs';

/** The samples of a 16-bit mono WAV file with the plain 44-byte header, in [−1, 1). */
export function readPcm16(path: string): Float32Array {
  const bytes = readFileSync(path);
  const dataStart = bytes.indexOf('data') + 8;
  const pcm = new Int16Array(
    bytes.buffer.slice(bytes.byteOffset + dataStart, bytes.byteOffset + bytes.length),
  );
  return toFloat(pcm);
}

export function toFloat(pcm: Int16Array): Float32Array {
  return Float32Array.from(pcm, (sample) => sample / 32_768);
}
