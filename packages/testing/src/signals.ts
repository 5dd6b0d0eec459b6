/** The length and rate of a generated signal. */
export interface SignalShape {
  readonly durationMs: number;
  readonly sampleRateHz: number;
}

/** A full-scale 16-bit sample. */
const fullScale = 32_767;

/** No sound at all. */
export function silence(shape: SignalShape): Int16Array {
  return new Int16Array(lengthOf(shape));
}

/** A sine at `frequencyHz`; `level` is its peak, 0 to 1. */
export function tone(shape: SignalShape, frequencyHz = 440, level = 0.5): Int16Array {
  const step = (2 * Math.PI * frequencyHz) / shape.sampleRateHz;
  return generate(shape, (index) => level * Math.sin(step * index));
}

/** White noise, the same for the same `seed`; `level` is its peak, 0 to 1. */
export function noise(shape: SignalShape, level = 0.1, seed = 1): Int16Array {
  const next = randomSource(seed);
  return generate(shape, () => level * (2 * next() - 1));
}

/**
 * What passes for speech where only energy and periodicity count: a buzz of 120 Hz with falling harmonics whose loudness
 * rises and falls four times a second, like syllables.
 */
export function speechLike(shape: SignalShape, level = 0.5): Int16Array {
  const turn = (2 * Math.PI) / shape.sampleRateHz;
  const weights = [1, 0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.1];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return generate(shape, (index) => {
    const buzz = weights.reduce(
      (sum, weight, harmonic) => sum + weight * Math.sin(turn * 120 * (harmonic + 1) * index),
      0,
    );
    const loudness = 0.15 + 0.85 * Math.sin(turn * 2 * index) ** 2;
    return (level * loudness * buzz) / total;
  });
}

/** Joins signals of one rate. */
export function joined(...signals: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(signals.reduce((sum, signal) => sum + signal.length, 0));
  let offset = 0;
  for (const signal of signals) {
    whole.set(signal, offset);
    offset += signal.length;
  }
  return whole;
}

function lengthOf({ durationMs, sampleRateHz }: SignalShape): number {
  return Math.round((durationMs * sampleRateHz) / 1000);
}

function generate(shape: SignalShape, valueAt: (index: number) => number): Int16Array {
  return Int16Array.from({ length: lengthOf(shape) }, (_, index) => Math.round(fullScale * valueAt(index)));
}

/** A linear congruential generator with the constants of Numerical Recipes; values from 0 up to 1. */
function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
