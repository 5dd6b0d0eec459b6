/** What of a clause's own silence is kept, in milliseconds. */
export interface ClauseSpacing {
  /** Silence kept before the first sound. */
  readonly leadMs: number;
  /** Silence after the last sound: cut to this, or filled up to it. */
  readonly tailMs: number;
}

/** Peak of a 10 ms window below which it counts as silence: about −46 dB of full scale. */
const silencePeak = 160;

/** Pauses between clauses: longer after a sentence than after a comma; the last clause ends softly. */
export function spacingAfter(clause: string, isLast: boolean): ClauseSpacing {
  if (isLast) return { leadMs: 20, tailMs: 80 };
  return { leadMs: 20, tailMs: /[.!?…]["')\]]*\s*$/u.test(clause) ? 220 : 150 };
}

/** Gives a synthesised clause the silence `spacing` asks for, whatever the synthesiser put round it. */
export function spaceClause(samples: Int16Array, sampleRateHz: number, spacing: ClauseSpacing): Int16Array {
  const window = Math.max(1, Math.round(sampleRateHz / 100));
  const windows = Math.ceil(samples.length / window);
  let first = 0;
  while (first < windows && isSilent(samples, first * window, window)) first += 1;
  if (first === windows) return samples.slice(0, 0);
  let last = windows - 1;
  while (last > first && isSilent(samples, last * window, window)) last -= 1;
  const from = Math.max(0, first * window - Math.round((spacing.leadMs * sampleRateHz) / 1_000));
  const soundEnd = Math.min(samples.length, (last + 1) * window);
  const to = soundEnd + Math.round((spacing.tailMs * sampleRateHz) / 1_000);
  const spaced = new Int16Array(to - from);
  spaced.set(samples.subarray(from, Math.min(to, samples.length)));
  return spaced;
}

function isSilent(samples: Int16Array, from: number, length: number): boolean {
  const to = Math.min(samples.length, from + length);
  for (let i = from; i < to; i += 1) {
    if (Math.abs(samples[i] ?? 0) > silencePeak) return false;
  }
  return true;
}
