import { int16ToBytes } from '../pcm/bytes.ts';
import { floatToInt16, int16ToFloat } from '../pcm/convert.ts';
import type { TpdfDither } from '../pcm/dither.ts';
import { alawEncode, mulawEncode } from '../pcm/g711.ts';
import type { Samples } from '../pcm/samples.ts';
import type { WavFormat } from './format.ts';

/**
 * Encodes samples as a WAV file stores them. Integers are clamp(round(x · 2^(bits − 1))), with `dither` added where
 * bits are lost (G.711 has none: its steps differ). The result may share the memory of `samples`.
 */
export function encodeSamples(samples: Samples, format: WavFormat, dither?: TpdfDither): Uint8Array {
  switch (format.encoding) {
    case 'mulaw':
      return mulawEncode(asInt16(samples));
    case 'alaw':
      return alawEncode(asInt16(samples));
    case 'float':
      return encodeFloats(samples, format.bitsPerSample);
    case 'pcm':
      return format.bitsPerSample === 16
        ? int16ToBytes(asInt16(samples, dither))
        : encodeIntegers(
            asFloat(samples),
            format.bitsPerSample,
            losesBits(samples, format) ? dither : undefined,
          );
  }
}

function losesBits(samples: Samples, { bitsPerSample }: WavFormat): boolean {
  return samples instanceof Float32Array || bitsPerSample < 16;
}

function asInt16(samples: Samples, dither?: TpdfDither): Int16Array {
  if (samples instanceof Int16Array) return samples;
  return floatToInt16(samples, dither === undefined ? {} : { dither });
}

function asFloat(samples: Samples): Float32Array {
  return samples instanceof Int16Array ? int16ToFloat(samples) : samples;
}

function encodeFloats(samples: Samples, bits: number): Uint8Array {
  const floats = asFloat(samples);
  const bytes = new Uint8Array((floats.length * bits) / 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < floats.length; i++) {
    if (bits === 64) view.setFloat64(i * 8, floats[i] ?? 0, true);
    else view.setFloat32(i * 4, floats[i] ?? 0, true);
  }
  return bytes;
}

/** PCM of 8 (unsigned), 24 and 32 bits. */
function encodeIntegers(floats: Float32Array, bits: number, dither: TpdfDither | undefined): Uint8Array {
  const width = bits / 8;
  const scale = 2 ** (bits - 1);
  const bytes = new Uint8Array(floats.length * width);
  for (let i = 0; i < floats.length; i++) {
    const rounded = Math.floor((floats[i] ?? 0) * scale + 0.5 + (dither?.next() ?? 0));
    const value = Math.min(Math.max(rounded, -scale), scale - 1);
    const stored = bits === 8 ? value + 128 : value;
    for (let byte = 0; byte < width; byte++) bytes[i * width + byte] = stored >> (8 * byte);
  }
  return bytes;
}
