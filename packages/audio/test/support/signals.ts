/** A sine of `amplitude` at `hz`. */
export function sine(options: {
  hz: number;
  rateHz: number;
  length: number;
  amplitude?: number;
}): Float32Array {
  const { hz, rateHz, length, amplitude = 0.5 } = options;
  return Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz));
}

/** A linear sweep from `fromHz` to `toHz` over `seconds`; the formula holds at any rate, so it is its own reference. */
export function sweep(options: {
  fromHz: number;
  toHz: number;
  seconds: number;
  rateHz: number;
}): Float32Array {
  const { fromHz, toHz, seconds, rateHz } = options;
  return Float32Array.from({ length: Math.round(seconds * rateHz) }, (_, i) => {
    const t = i / rateHz;
    return 0.5 * Math.sin(2 * Math.PI * (fromHz * t + ((toHz - fromHz) * t * t) / (2 * seconds)));
  });
}

/** Reproducible white noise in [−1, 1). */
export function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 1_073_741_824 - 1;
  });
}

/** The least-squares fit of a sine of `hz` (and a constant) to the middle of `signal`. */
export function fitSine(
  signal: ArrayLike<number>,
  hz: number,
  rateHz: number,
): { amplitude: number; residualRms: number } {
  const from = Math.floor(signal.length * 0.3);
  const to = Math.floor(signal.length * 0.75);
  const w = (2 * Math.PI * hz) / rateHz;
  const normal = [new Float64Array(4), new Float64Array(4), new Float64Array(4)];
  for (let i = from; i < to; i++) {
    const basis = [Math.sin(w * i), Math.cos(w * i), 1];
    const value = signal[i] ?? 0;
    normal.forEach((row, r) => {
      for (let c = 0; c < 3; c++) row[c] = (row[c] ?? 0) + (basis[r] ?? 0) * (basis[c] ?? 0);
      row[3] = (row[3] ?? 0) + (basis[r] ?? 0) * value;
    });
  }
  const [a = 0, b = 0, dc = 0] = solve(normal);
  let energy = 0;
  for (let i = from; i < to; i++) {
    energy += ((signal[i] ?? 0) - a * Math.sin(w * i) - b * Math.cos(w * i) - dc) ** 2;
  }
  return { amplitude: Math.hypot(a, b), residualRms: Math.sqrt(energy / (to - from)) };
}

/** Root mean square of the middle of `signal`. */
export function middleRms(signal: ArrayLike<number>): number {
  const from = Math.floor(signal.length * 0.3);
  const to = Math.floor(signal.length * 0.75);
  let energy = 0;
  for (let i = from; i < to; i++) energy += (signal[i] ?? 0) ** 2;
  return Math.sqrt(energy / (to - from));
}

export function db(ratio: number): number {
  return 20 * Math.log10(ratio);
}

/** Gauss-Jordan elimination of rows [A | b]; A is positive definite, so no pivots are looked for. */
function solve(rows: Float64Array[]): number[] {
  const n = rows.length;
  for (let c = 0; c < n; c++) {
    const pivot = rows[c] ?? new Float64Array(n + 1);
    rows.forEach((row, r) => {
      if (r === c) return;
      const factor = (row[c] ?? 0) / (pivot[c] ?? 1);
      for (let k = c; k <= n; k++) row[k] = (row[k] ?? 0) - factor * (pivot[k] ?? 0);
    });
  }
  return rows.map((row, r) => (row[n] ?? 0) / (row[r] ?? 1));
}
