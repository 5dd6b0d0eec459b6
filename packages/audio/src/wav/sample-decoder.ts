import { alawDecode, mulawDecode } from '../pcm/g711.ts';
import type { WavFormat } from './format.ts';

/** Decodes whole stored samples to floats in `out`, from `offset` on. */
export type SampleDecoder = (bytes: Uint8Array, out: Float32Array, offset: number) => void;

/**
 * The decoder of a format. Integers become v / 2^(bits − 1), 8-bit PCM (v − 128) / 128, G.711 its 16-bit value /
 * 32768, 64-bit floats the nearest 32-bit ones.
 */
export function sampleDecoder(format: WavFormat, littleEndian: boolean): SampleDecoder {
  switch (format.encoding) {
    case 'mulaw':
      return tableDecoder(mulawDecode(allCodes));
    case 'alaw':
      return tableDecoder(alawDecode(allCodes));
    case 'float':
      return format.bitsPerSample === 64 ? floatDecoder(8, littleEndian) : floatDecoder(4, littleEndian);
    case 'pcm':
      return format.bitsPerSample === 8 ? decodeUint8 : intDecoder(format.bitsPerSample / 8, littleEndian);
  }
}

const allCodes = Uint8Array.from({ length: 256 }, (_, code) => code);

/** One 16-bit sample for each code. */
function tableDecoder(samples: Int16Array): SampleDecoder {
  return (bytes, out, offset) => {
    for (let i = 0; i < bytes.length; i++) out[offset + i] = (samples[bytes[i] ?? 0] ?? 0) / 32768;
  };
}

function decodeUint8(bytes: Uint8Array, out: Float32Array, offset: number): void {
  for (let i = 0; i < bytes.length; i++) out[offset + i] = ((bytes[i] ?? 0) - 128) / 128;
}

function floatDecoder(width: 4 | 8, littleEndian: boolean): SampleDecoder {
  return (bytes, out, offset) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = bytes.byteLength / width;
    for (let i = 0; i < count; i++) {
      out[offset + i] =
        width === 4 ? view.getFloat32(i * 4, littleEndian) : view.getFloat64(i * 8, littleEndian);
    }
  };
}

/** Signed integers of 2, 3 or 4 bytes: the bytes are put at the top of 32 bits, which carries the sign. */
function intDecoder(width: number, littleEndian: boolean): SampleDecoder {
  const top = littleEndian ? width - 1 : 0;
  const down = littleEndian ? -1 : 1;
  return (bytes, out, offset) => {
    const count = bytes.byteLength / width;
    for (let i = 0, at = top; i < count; i++, at += width) {
      let bits = ((bytes[at] ?? 0) << 24) | ((bytes[at + down] ?? 0) << 16);
      if (width > 2) bits |= (bytes[at + 2 * down] ?? 0) << 8;
      if (width > 3) bits |= bytes[at + 3 * down] ?? 0;
      out[offset + i] = bits / 0x8000_0000;
    }
  };
}
