/**
 * How sharp a resampler cuts, against how long it delays; f is the lower of the two rates.
 *
 * | profile | flat to | rejects from | delay at 8 / 16 / 24 kHz |
 * | --- | --- | --- | --- |
 * | `standard` | 0.45 f | 0.55 f (106 dB); 0.50–0.55 f folds into 0.45–0.50 f | 4.5 / 2.3 / 1.5 ms |
 * | `hq` | 0.45 f | 0.505 f (135 dB) | 10.5 / 5.3 / 3.5 ms |
 * | `vhq` | 0.45 f | 0.505 f (150 dB) | 16 / 8 / 5.3 ms |
 * | `lowlat` | 0.40 f (−0.5 dB at 0.45 f) | 0.60 f (97 dB) | 2 / 1 / 0.7 ms |
 */
export type ResamplerProfile = 'standard' | 'hq' | 'vhq' | 'lowlat';

interface FilterSpec {
  /** Length of the filter, in samples of the lower rate. */
  readonly taps: number;
  /** Cut-off (−6 dB), as a part of the lower rate. */
  readonly cutoff: number;
  /** Stop-band rejection the window is made for. */
  readonly rejectionDb: number;
  /** What its sums are made in; single precision errs by −140 dB. */
  readonly precision: 'single' | 'double';
}

const specs: Readonly<Record<ResamplerProfile, FilterSpec>> = {
  standard: { taps: 72, cutoff: 0.5, rejectionDb: 105, precision: 'single' },
  hq: { taps: 168, cutoff: 0.476, rejectionDb: 134, precision: 'single' },
  vhq: { taps: 256, cutoff: 0.4755, rejectionDb: 152, precision: 'double' },
  lowlat: { taps: 32, cutoff: 0.5, rejectionDb: 98, precision: 'single' },
};

export const resamplerProfiles = Object.keys(specs) as readonly ResamplerProfile[];

/** Two rates as a fraction in lowest terms: output rate : input rate = up : down. */
export interface RateRatio {
  readonly up: number;
  readonly down: number;
}

/** A low-pass filter cut into phases, one for each position that an output sample can have between two input samples. */
export interface FilterBank {
  /** Taps of each phase, in input samples; even. */
  readonly taps: number;
  /** Phases between two input samples; the bank holds one more, so that each has a right neighbour. */
  readonly phases: number;
  /** Tap k of phase p stands at p · taps + k. */
  readonly coefficients: Float64Array;
  /** For each phase, 1 when it does nothing but pass on its middle tap. */
  readonly isIdentity: Uint8Array;
  readonly precision: FilterSpec['precision'];
}

/** Banks above this size are replaced by {@link interpolatedPhases} and interpolation between neighbours. */
export const maxExactCoefficients = 2 ** 19;

/** Enough for an interpolation error below −115 dB when the filter is not stretched. */
const interpolatedPhases = 1024;

const cacheSize = 32;
const cache = new Map<string, FilterBank>();

/**
 * The filter bank of a ratio and profile: a sinc under a Kaiser window, each phase normalised to a gain of 1 at DC.
 * It has `up` phases where that is not too many, else a coarser grid. The banks used last are kept.
 */
export function filterBank(ratio: RateRatio, profile: ResamplerProfile): FilterBank {
  const key = `${ratio.up}:${ratio.down}:${profile}`;
  const bank = cache.get(key) ?? designBank(ratio, specs[profile]);
  cache.delete(key);
  cache.set(key, bank);
  const oldest = cache.keys().next();
  if (cache.size > cacheSize && oldest.done !== true) cache.delete(oldest.value);
  return bank;
}

function designBank(ratio: RateRatio, spec: FilterSpec): FilterBank {
  const stretch = Math.max(1, ratio.down / ratio.up);
  const taps = Math.ceil((spec.taps * stretch) / 8) * 8;
  const exact = ratio.up * taps <= maxExactCoefficients;
  const phases = exact ? ratio.up : Math.max(64, Math.ceil(interpolatedPhases / stretch));
  const coefficients = new Float64Array((phases + 1) * taps);
  const isIdentity = new Uint8Array(phases + 1);
  // Kaiser's formula for the window parameter.
  const beta = 0.1102 * (spec.rejectionDb - 8.7);
  const middle = taps / 2 - 1;
  for (let phase = 0; phase <= phases; phase++) {
    const row = coefficients.subarray(phase * taps, (phase + 1) * taps);
    for (let k = 0; k < taps; k++) {
      const t = k - middle - phase / phases;
      row[k] = sinc((2 * spec.cutoff * t) / stretch) * kaiser(t / (taps / 2), beta);
    }
    normalise(row);
    isIdentity[phase] = row[middle] === 1 ? 1 : 0;
  }
  return { taps, phases, coefficients, isIdentity, precision: spec.precision };
}

/** Scales to a sum of 1. What is only the rounding error of sin(kπ) becomes the zero it stands for. */
function normalise(row: Float64Array): void {
  let sum = 0;
  for (const value of row) sum += value;
  for (let k = 0; k < row.length; k++) {
    const value = (row[k] ?? 0) / sum;
    row[k] = Math.abs(value) < 1e-15 ? 0 : value;
  }
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The Kaiser window at x in [−1, 1]; 0 outside. */
function kaiser(x: number, beta: number): number {
  return Math.abs(x) > 1 ? 0 : besselI0(beta * Math.sqrt(1 - x * x)) / besselI0(beta);
}

/** Modified Bessel function of the first kind and order 0, by its power series. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let sum = 1;
  for (let k = 1, term = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
