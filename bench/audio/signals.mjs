// Test signals and how they are judged. Nothing here is shared with the code under test.

/** @param {{ hz: number, rateHz: number, seconds: number, amplitude: number }} options */
export function sine({ hz, rateHz, seconds, amplitude }) {
  const w = (2 * Math.PI * hz) / rateHz;
  return Float32Array.from({ length: Math.round(seconds * rateHz) }, (_, i) => amplitude * Math.sin(w * i));
}

/** A linear chirp; the formula holds at any rate, so it is its own reference. */
export function chirp({ fromHz, toHz, seconds, rateHz }) {
  return Float32Array.from({ length: Math.round(seconds * rateHz) }, (_, i) => {
    const t = i / rateHz;
    return 0.5 * Math.sin(2 * Math.PI * (fromHz * t + ((toHz - fromHz) * t * t) / (2 * seconds)));
  });
}

export const db = (ratio) => 20 * Math.log10(Math.max(ratio, 1e-12));

const middle = (signal) => [Math.floor(signal.length * 0.3), Math.floor(signal.length * 0.75)];

export function middleRms(signal) {
  const [from, to] = middle(signal);
  let energy = 0;
  for (let i = from; i < to; i++) energy += signal[i] ** 2;
  return Math.sqrt(energy / (to - from));
}

/** Least squares of a sine of `hz` and a constant on 30-75 % of the signal: its amplitude, and the rms of what is left. */
export function fitSine(signal, hz, rateHz) {
  const [from, to] = middle(signal);
  const w = (2 * Math.PI * hz) / rateHz;
  // Normal equations of [sin, cos, 1], solved by Cramer's rule.
  let ss = 0,
    sc = 0,
    s1 = 0,
    cc = 0,
    c1 = 0,
    sy = 0,
    cy = 0,
    y1 = 0;
  const n = to - from;
  for (let i = from; i < to; i++) {
    const s = Math.sin(w * i);
    const c = Math.cos(w * i);
    const y = signal[i];
    ss += s * s;
    sc += s * c;
    s1 += s;
    cc += c * c;
    c1 += c;
    sy += s * y;
    cy += c * y;
    y1 += y;
  }
  const [a, b, dc] = solve3([ss, sc, s1], [sc, cc, c1], [s1, c1, n], [sy, cy, y1]);
  let energy = 0;
  for (let i = from; i < to; i++) energy += (signal[i] - a * Math.sin(w * i) - b * Math.cos(w * i) - dc) ** 2;
  return { amplitude: Math.hypot(a, b), residualRms: Math.sqrt(energy / n) };
}

function solve3(r0, r1, r2, y) {
  const det = ([a, b, c], [d, e, f], [g, h, i]) =>
    a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const whole = det(r0, r1, r2);
  return [0, 1, 2].map((column) => {
    const rows = [r0, r1, r2].map((row, at) => row.map((value, k) => (k === column ? y[at] : value)));
    return det(...rows) / whole;
  });
}

/** In-place FFT of a power-of-two length. */
export function fft(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const step = (-2 * Math.PI) / size;
    for (let at = 0; at < n; at += size) {
      for (let k = 0; k < size / 2; k++) {
        const c = Math.cos(step * k),
          s = Math.sin(step * k);
        const p = at + k,
          q = p + size / 2;
        const x = re[q] * c - im[q] * s,
          y = re[q] * s + im[q] * c;
        re[q] = re[p] - x;
        im[q] = im[p] - y;
        re[p] += x;
        im[p] += y;
      }
    }
  }
}

/** Magnitudes in dB of a full-scale sine, one row of size/2 bins for each column; side lobes below -150 dB. */
export function spectrogram(signal, { size, columns }) {
  const window = kaiser(size, 17);
  const gain = window.reduce((sum, value) => sum + value, 0) / 2;
  return Array.from({ length: columns }, (_, column) => {
    const start = Math.floor(((signal.length - size) * column) / (columns - 1));
    const re = Float64Array.from(window, (value, i) => value * signal[start + i]);
    const im = new Float64Array(size);
    fft(re, im);
    return Float64Array.from({ length: size / 2 }, (__, bin) => db(Math.hypot(re[bin], im[bin]) / gain));
  });
}

function kaiser(length, beta) {
  const bessel = (x) => {
    let sum = 1;
    for (let k = 1, term = 1; term > sum * 1e-16; k++) sum += term *= (x / 2 / k) ** 2;
    return sum;
  };
  return Float64Array.from({ length }, (_, i) => {
    const x = (2 * i) / (length - 1) - 1;
    return bessel(beta * Math.sqrt(Math.max(1 - x * x, 0))) / bessel(beta);
  });
}
