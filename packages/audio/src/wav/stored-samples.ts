import { requireInteger } from '../options.ts';
import type { TpdfDither } from '../pcm/dither.ts';
import type { Samples } from '../pcm/samples.ts';
import type { WavEncoding } from './format.ts';
import { sampleDecoder } from './sample-decoder.ts';
import { encodeSamples } from './sample-encoder.ts';
import { writeFormat } from './wav-header.ts';

/** How samples stand in bytes, without a file around them. */
export interface StoredFormat {
  /** `pcm` when left out; 8-bit PCM is unsigned. */
  readonly encoding?: WavEncoding;
  /** 8, 16, 24 or 32 for `pcm` (16 when left out), 32 or 64 for `float` (32), 8 for G.711. */
  readonly bitsPerSample?: number;
}

/**
 * Bytes of whole samples → floats in [−1, 1): integers v / 2^(bits − 1), G.711 its 16-bit value / 32768. Bytes after the
 * last whole sample are left out.
 *
 * @throws AntiphonError `audio.invalid_option`
 */
export function samplesFromBytes(
  bytes: Uint8Array,
  format: StoredFormat & { readonly byteOrder?: 'little' | 'big' } = {},
): Float32Array {
  const whole = checked(format);
  const width = whole.bitsPerSample / 8;
  const out = new Float32Array(Math.floor(bytes.length / width));
  sampleDecoder(whole, format.byteOrder !== 'big')(bytes.subarray(0, out.length * width), out, 0);
  return out;
}

/**
 * Samples → little-endian bytes: integers are clamp(round(x · 2^(bits − 1))), with `dither` where bits are lost. The
 * bytes may share the memory of `samples`.
 *
 * @throws AntiphonError `audio.invalid_option`
 */
export function samplesToBytes(
  samples: Samples,
  format: StoredFormat & { readonly dither?: TpdfDither } = {},
): Uint8Array {
  return encodeSamples(samples, checked(format), format.dither);
}

function checked({ encoding, bitsPerSample }: StoredFormat) {
  if (bitsPerSample !== undefined) requireInteger('bitsPerSample', bitsPerSample, { min: 8, max: 64 });
  return writeFormat({
    sampleRateHz: 1,
    channels: 1,
    ...(encoding === undefined ? {} : { encoding }),
    ...(bitsPerSample === undefined ? {} : { bitsPerSample }),
  });
}
