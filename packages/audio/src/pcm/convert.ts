import type { TpdfDither } from './dither.ts';

/**
 * Converts floats to 16 bits: clamp(round(x · 32768)); NaN becomes 0.
 * Together with {@link int16ToFloat} the identity on every 16-bit value, as long as nothing is dithered.
 */
export function floatToInt16(
  samples: Float32Array,
  options: { readonly dither?: TpdfDither } = {},
): Int16Array {
  const { dither } = options;
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const rounded = Math.floor((samples[i] ?? 0) * 32768 + 0.5 + (dither?.next() ?? 0));
    out[i] = rounded > 32767 ? 32767 : rounded < -32768 ? -32768 : rounded;
  }
  return out;
}

/** Converts 16-bit samples to floats in [−1, 1): i / 32768, exact. */
export function int16ToFloat(samples: Int16Array): Float32Array {
  const out = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = (samples[i] ?? 0) / 32768;
  return out;
}
