// Noises to mix with speech, seeded, and how they are mixed.

/** @param {number} seed @returns {() => number} uniform in [-1, 1) */
function random(seed) {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}

export function white(length, seed) {
  const next = random(seed);
  return Float32Array.from({ length }, next);
}

/** White noise through a sum of one-pole low-passes an octave and a half apart: -3 dB an octave within 1 dB. */
export function pink(length, seed, rateHz) {
  const next = random(seed);
  const poles = [20, 60, 180, 540, 1620, 4860].map((hz) => Math.exp((-2 * Math.PI * hz) / rateHz));
  const states = poles.map(() => 0);
  return Float32Array.from({ length }, () => {
    const x = next();
    let sum = 0;
    poles.forEach((pole, i) => {
      states[i] = pole * states[i] + Math.sqrt(1 - pole * pole) * x;
      sum += states[i];
    });
    return sum;
  });
}

/** Inside a car: noise below 100 Hz, and hum of 50 Hz with its harmonics. */
export function rumble(length, seed, rateHz) {
  const next = random(seed);
  const pole = Math.exp((-2 * Math.PI * 60) / rateHz);
  let once = 0;
  let twice = 0;
  return Float32Array.from({ length }, (_, i) => {
    once = pole * once + (1 - pole) * next();
    twice = pole * twice + (1 - pole) * once;
    const hum = [1, 2, 3].reduce((sum, n) => sum + Math.sin((2 * Math.PI * 50 * n * i) / rateHz) / n, 0);
    return 20 * twice + 0.3 * hum;
  });
}

/** Six other clips at once, each at its own place of a loop. */
export function babble(length, seed, clips) {
  const next = random(seed);
  const out = new Float32Array(length);
  for (let voice = 0; voice < 6; voice++) {
    const clip = clips[Math.floor(((next() + 1) / 2) * clips.length)];
    const scale = 0.1 / activeRms(clip, 16_000);
    const from = Math.floor(((next() + 1) / 2) * clip.length);
    for (let i = 0; i < length; i++) out[i] += scale * clip[(from + i) % clip.length];
  }
  return out;
}

/** The RMS of the 20 ms frames that are within 40 dB of the loudest one. */
export function activeRms(samples, rateHz) {
  const frame = rateHz / 50;
  const powers = Array.from({ length: Math.floor(samples.length / frame) }, (_, n) => {
    let energy = 0;
    for (let i = n * frame; i < (n + 1) * frame; i++) energy += samples[i] ** 2;
    return energy / frame;
  });
  const least = Math.max(...powers) / 10_000;
  const active = powers.filter((power) => power >= least);
  return Math.sqrt(active.reduce((sum, power) => sum + power, 0) / active.length);
}

/** Speech at its level with noise beneath it, `snrDb` below; the noise begins `leadSamples` before and ends as much after. */
export function mixAt(speech, noise, { snrDb, rateHz, leadSamples }) {
  let energy = 0;
  for (const value of noise) energy += value * value;
  const gain = activeRms(speech, rateHz) / 10 ** (snrDb / 20) / Math.sqrt(energy / noise.length);
  const out = Float32Array.from(noise, (value) => value * gain);
  for (let i = 0; i < speech.length; i++) out[leadSamples + i] += speech[i];
  let peak = 0;
  for (const value of out) peak = Math.max(peak, Math.abs(value));
  return peak < 0.99 ? out : out.map((value) => (value * 0.99) / peak);
}
