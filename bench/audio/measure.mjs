// The figures of a resampler, each as docs/audio.md defines it.
import { concat } from './candidates.mjs';
import { chirp, db, fitSine, middleRms, sine } from './signals.mjs';

/** Feeds `samples` in frames of 20 ms. */
export function convert(candidate, fromHz, toHz, samples, frame = Math.round(fromHz / 50)) {
  const converter = candidate.open(fromHz, toHz);
  const parts = [];
  for (let at = 0; at < samples.length; at += frame)
    parts.push(converter.push(samples.subarray(at, at + frame)));
  const end = converter.flush?.();
  if (end !== undefined) parts.push(end);
  return concat(parts);
}

/** @param {number} passEdge, @param {number} stopEdge parts of the lower rate */
export function quality(candidate, fromHz, toHz, { passEdge = 0.45, stopEdge = 0.55 } = {}) {
  const lowerHz = Math.min(fromHz, toHz);
  const tone = (hz, amplitude = 0.5) => sine({ hz, rateHz: fromHz, seconds: 0.5, amplitude });
  const fits = Array.from({ length: 16 }, (_, i) => {
    const hz = lowerHz * (0.0025 + ((passEdge - 0.0025) * i) / 15);
    return fitSine(convert(candidate, fromHz, toHz, tone(hz)), hz, toHz);
  });
  const flatDb = Math.max(...fits.map(({ amplitude }) => Math.abs(db(amplitude / 0.5))));
  const residualDb = Math.max(...fits.map(({ residualRms }) => db((residualRms * Math.SQRT2) / 0.5)));
  const low = stopEdge * toHz;
  const high = fromHz / 2;
  const aliases = Array.from({ length: high > low ? 12 : 0 }, (_, i) => {
    const input = tone(low + ((high - low) * i) / 12);
    return db(middleRms(convert(candidate, fromHz, toHz, input)) / middleRms(input));
  });
  const clean = fitSine(convert(candidate, fromHz, toHz, tone(1000, 0.997)), 1000, toHz);
  return {
    flatDb,
    rejectionDb: Math.max(residualDb, ...aliases),
    thdnDb: db((clean.residualRms * Math.SQRT2) / clean.amplitude),
  };
}

/** The rms difference from the analytic chirp at the output rate: catches faults of delay, pitch and gain together. */
export function sweepErrorDb(candidate, fromHz, toHz, edge = 0.45) {
  const band = { fromHz: 20, toHz: edge * Math.min(fromHz, toHz), seconds: 0.5 };
  const out = convert(candidate, fromHz, toHz, chirp({ ...band, rateHz: fromHz }));
  const wanted = chirp({ ...band, rateHz: toHz });
  return db(middleRms(out.map((value, i) => value - (wanted[i] ?? 0))) / middleRms(wanted));
}

/** How much later than fed the last sample comes back, at worst, plus how far an impulse is shifted, in ms. */
export function latencyMs(candidate, fromHz, toHz) {
  const converter = candidate.open(fromHz, toHz);
  const frame = Math.round(fromHz / 50);
  const at = 5 * frame;
  const input = new Float32Array(20 * frame);
  input[at] = 1;
  const parts = [];
  let held = 0;
  let returned = 0;
  for (let fed = frame; fed <= input.length; fed += frame) {
    const out = converter.push(input.subarray(fed - frame, fed));
    parts.push(out);
    returned += out.length;
    held = Math.max(held, fed / fromHz - (returned - 1) / toHz);
  }
  const out = concat(parts);
  const peak = out.reduce((best, value, i) => (Math.abs(value) > Math.abs(out[best]) ? i : best), 0);
  return (held + Math.max(0, peak / toHz - at / fromHz)) * 1000;
}

/** The largest difference that other cuts make, and how many samples are missing or too many at the end. */
export function streaming(candidate, fromHz, toHz) {
  const input = chirp({ fromHz: 100, toHz: 3000, seconds: 0.5, rateHz: fromHz });
  const whole = convert(candidate, fromHz, toHz, input, 1e9);
  const differences = [1, 160, 480, 4096].map((frame) => {
    const cut = convert(candidate, fromHz, toHz, input, frame);
    return whole.reduce((most, value, i) => Math.max(most, Math.abs(value - (cut[i] ?? 0))), 0);
  });
  return {
    largestDifference: Math.max(...differences),
    extraSamples: whole.length - Math.round((input.length * toHz) / fromHz),
  };
}

/** Least µs for a frame of 20 ms, candidates taking short turns: a busy machine interrupts long ones. @returns {Map<string, number>} */
export function speeds(candidates, fromHz, toHz, { rounds = 120, turnMs = 0.5 } = {}) {
  const input = sine({ hz: 440, rateHz: fromHz, seconds: 0.02, amplitude: 0.5 });
  const open = candidates.map((candidate) => [candidate.name, candidate.open(fromHz, toHz)]);
  const best = new Map();
  for (const [, converter] of open) for (let i = 0; i < 500; i++) converter.push(input);
  for (let round = 0; round < rounds; round++) {
    for (const [name, converter] of open) {
      const start = performance.now();
      let frames = 0;
      for (; performance.now() - start < turnMs; frames += 10)
        for (let i = 0; i < 10; i++) converter.push(input);
      const us = ((performance.now() - start) * 1000) / frames;
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, us));
    }
  }
  return best;
}
