import type { Samples } from '../pcm/samples.ts';

/** Levels relative to full scale (an amplitude of 1); −Infinity for silence. */
export interface Levels {
  /** 20 · log10 of the largest magnitude. */
  readonly peakDbfs: number;
  /** 20 · log10 of the root mean square: a full-scale sine has −3.01, a full-scale square wave 0. */
  readonly rmsDbfs: number;
}

/** Measures the levels of `samples`, all channels together. */
export function levels(samples: Samples): Levels {
  const scale = samples instanceof Int16Array ? 1 / 32768 : 1;
  let peak = 0;
  let energy = 0;
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i] ?? 0;
    const magnitude = value < 0 ? -value : value;
    if (magnitude > peak) peak = magnitude;
    energy += value * value;
  }
  const rms = samples.length === 0 ? 0 : Math.sqrt(energy / samples.length);
  return { peakDbfs: 20 * Math.log10(peak * scale), rmsDbfs: 20 * Math.log10(rms * scale) };
}
