/** A filter of second order, H(z) = (b0 + b1/z + b2/z²) / (1 + a1/z + a2/z²). */
export interface BiquadCoefficients {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/** The quality of a Butterworth filter of second order: flat in the pass band, 3 dB down at the cut-off. */
export const butterworthQ = Math.SQRT1_2;

/** The high-pass of R. Bristow-Johnson's "Cookbook formulae for audio EQ biquad filter coefficients". */
export function highPassCoefficients(
  cutoffHz: number,
  sampleRateHz: number,
  q: number = butterworthQ,
): BiquadCoefficients {
  const w0 = (2 * Math.PI * cutoffHz) / sampleRateHz;
  const cosine = Math.cos(w0);
  const alpha = Math.sin(w0) / (2 * q);
  const a0 = 1 + alpha;
  const b1 = -(1 + cosine) / a0;
  return { b0: -b1 / 2, b1, b2: -b1 / 2, a1: (-2 * cosine) / a0, a2: (1 - alpha) / a0 };
}

/** Runs one channel through a biquad in double precision (transposed direct form II). */
export class Biquad {
  readonly #coefficients: BiquadCoefficients;
  #s1 = 0;
  #s2 = 0;

  constructor(coefficients: BiquadCoefficients) {
    this.#coefficients = coefficients;
  }

  /** Writes the filtered samples to `out`, which may be `samples` itself. */
  run(samples: ArrayLike<number>, out: Float32Array | Float64Array): void {
    const { b0, b1, b2, a1, a2 } = this.#coefficients;
    let s1 = this.#s1;
    let s2 = this.#s2;
    for (let i = 0; i < samples.length; i++) {
      const x = samples[i] ?? 0;
      const y = b0 * x + s1;
      s1 = b1 * x - a1 * y + s2;
      s2 = b2 * x - a2 * y;
      out[i] = y;
    }
    this.#s1 = s1;
    this.#s2 = s2;
  }
}
