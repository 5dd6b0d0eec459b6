import type { FilterBank, RateRatio } from '../filter-bank.ts';

/**
 * A filter bank whose zeros are left out. Going down by 2, 3 or 4 with the cut-off at half the lower rate, one tap in so many
 * is zero, at the same place throughout a phase: seen every `down`-th sample, one whole stream of taps, but for the
 * centre of the filter.
 */
export interface CombBank {
  /** Taps of one stream, a multiple of 4. */
  readonly streamTaps: number;
  /** For each phase the streams that count, by their first tap, in the order of summation: one to three. */
  readonly streams: readonly (readonly number[])[];
  /** For each phase the taps of its streams, one stream after the other, then the centre tap and three zeros. */
  readonly coefficients: Float64Array;
  readonly rowLength: number;
}

/** Beyond this the zeros are too few to be worth it. */
export const maxCombDown = 4;

/** Every `down`-th tap of a phase, from the first to the last that is not zero. */
interface Stream {
  readonly first: number;
  readonly values: readonly number[];
}

/** One for each bank, so that resamplers of the same rates share it, too. */
const known = new WeakMap<FilterBank, CombBank | 'none'>();

/** The bank of this ratio without its zeros; undefined where it has none to leave out. */
export function combBank(ratio: RateRatio, bank: FilterBank): CombBank | undefined {
  const comb = known.get(bank) ?? makeComb(ratio, bank) ?? 'none';
  known.set(bank, comb);
  return comb === 'none' ? undefined : comb;
}

function makeComb({ up, down }: RateRatio, bank: FilterBank): CombBank | undefined {
  if (bank.phases !== up || up >= down || down > maxCombDown) return undefined;
  const phases = Array.from({ length: up }, (_, phase) => streamsOf(bank, phase, down));
  if (phases.some((streams) => streams.length !== down - 1)) return undefined;
  const longest = Math.max(...phases.flat().map(({ values }) => values.length));
  const streamTaps = Math.ceil(longest / 4) * 4;
  const rowLength = streamTaps * (down - 1) + 4;
  const coefficients = new Float64Array(rowLength * up);
  phases.forEach((streams, phase) => {
    streams.forEach(({ values }, at) => coefficients.set(values, phase * rowLength + at * streamTaps));
  });
  coefficients[rowLength - 4] = bank.coefficients[centreOf(bank)] ?? 0;
  const streams = phases.map((found) => found.map(({ first }) => first));
  return { streamTaps, streams, coefficients, rowLength };
}

/** The streams of a phase that are not all zeros. The centre, in the middle of phase 0, stands for itself. */
function streamsOf(bank: FilterBank, phase: number, down: number): Stream[] {
  const row = bank.coefficients.slice(phase * bank.taps, (phase + 1) * bank.taps);
  if (phase === 0) row[centreOf(bank)] = 0;
  return Array.from({ length: down }, (_, residue) => {
    const values = Array.from(row.filter((__, k) => k % down === residue));
    const from = values.findIndex((value) => value !== 0);
    return {
      first: residue + Math.max(from, 0) * down,
      values: from === -1 ? [] : values.slice(from, values.findLastIndex((value) => value !== 0) + 1),
    };
  }).filter(({ values }) => values.length > 0);
}

function centreOf(bank: FilterBank): number {
  return bank.taps / 2 - 1;
}
