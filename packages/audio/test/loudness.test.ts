import { floatToInt16, LoudnessMeter } from '@antiphon/audio';
import { describe, expect, it } from 'vitest';
import { cut } from './support/cuts.ts';
import { sine } from './support/signals.ts';

/** Stereo tones of 1 kHz one after another; levels are those of the peak, in dBFS. */
function tones(rateHz: number, parts: readonly (readonly [seconds: number, dbfs: number])[]): Float32Array {
  const total = parts.reduce((sum, [seconds]) => sum + seconds * rateHz, 0);
  const stereo = new Float32Array(2 * Math.round(total));
  let at = 0;
  for (const [seconds, dbfs] of parts) {
    const end = at + Math.round(seconds * rateHz);
    const amplitude = 10 ** (dbfs / 20);
    for (; at < end; at++) {
      const value = amplitude * Math.sin((2 * Math.PI * 1000 * at) / rateHz);
      stereo[2 * at] = value;
      stereo[2 * at + 1] = value;
    }
  }
  return stereo;
}

describe('integrated loudness', () => {
  // The cases of EBU Tech 3341 that need no more than two channels.
  it.each([
    ['1', [[20, -23]], -23],
    ['2', [[20, -33]], -33],
    [
      '3',
      [
        [10, -36],
        [60, -23],
        [10, -36],
      ],
      -23,
    ],
    [
      '4',
      [
        [10, -72],
        [10, -36],
        [60, -23],
        [10, -36],
        [10, -72],
      ],
      -23,
    ],
    [
      '5',
      [
        [20, -26],
        [20.1, -20],
        [20, -26],
      ],
      -23,
    ],
  ] as const)('is right to 0.1 LU in case %s of EBU Tech 3341', (_, parts, expected) => {
    const meter = new LoudnessMeter({ sampleRateHz: 8000, channels: 2 });
    meter.push(tones(8000, parts));
    expect(Math.abs(meter.integratedLufs - expected)).toBeLessThanOrEqual(0.1);
  });

  it('is not lowered by silence, nor does silence make it count what is quiet', () => {
    const meter = new LoudnessMeter({ sampleRateHz: 8000, channels: 2 });
    meter.push(
      tones(8000, [
        [60, -75],
        [6, -23],
        [6, -36.5],
      ]),
    );
    expect(Math.abs(meter.integratedLufs + 23)).toBeLessThan(0.3);
  });

  it.each([8000, 16_000, 24_000, 44_100, 48_000])(
    'of a full-scale tone of 997 Hz is −3.01 at %i Hz',
    (rateHz) => {
      const meter = new LoudnessMeter({ sampleRateHz: rateHz });
      meter.push(sine({ hz: 997, rateHz, length: 2 * rateHz, amplitude: 1 }));
      expect(Math.abs(meter.integratedLufs + 3.01)).toBeLessThan(0.05);
    },
  );

  it('weighs by frequency: little of the low, more of the high', () => {
    const of = (hz: number) => {
      const meter = new LoudnessMeter({ sampleRateHz: 48_000 });
      meter.push(sine({ hz, rateHz: 48_000, length: 48_000, amplitude: 1 }));
      return meter.integratedLufs + 3.01;
    };
    expect([25, 100, 10_000].map((hz) => Math.round(of(hz) * 10) / 10)).toEqual([-11.1, -1.8, 3.4]);
  });

  it('is the same for 16-bit samples, however they are cut', () => {
    const samples = floatToInt16(tones(8000, [[1.3, -20]]));
    const meters = [samples.length, 14].map((size) => {
      const meter = new LoudnessMeter({ sampleRateHz: 8000, channels: 2 });
      for (const piece of cut(samples, [size])) meter.push(piece);
      return meter.integratedLufs;
    });
    expect(meters[0]).toBe(meters[1]);
    expect(Math.abs((meters[0] ?? 0) + 20)).toBeLessThan(0.1);
  });

  it('is none of silence and of less than a block', () => {
    const meter = new LoudnessMeter({ sampleRateHz: 8000 });
    meter.push(new Float32Array(8000));
    expect(meter.integratedLufs).toBe(Number.NEGATIVE_INFINITY);
    meter.push(sine({ hz: 1000, rateHz: 8000, length: 700 }));
    expect(new LoudnessMeter({ sampleRateHz: 8000 }).integratedLufs).toBe(Number.NEGATIVE_INFINITY);
  });

  it('refuses parts of frames and other channels', () => {
    const invalid = expect.objectContaining({ code: 'audio.invalid_option' });
    expect(() => new LoudnessMeter({ sampleRateHz: 8000, channels: 2 }).push(new Float32Array(3))).toThrow(
      invalid,
    );
    expect(() => new LoudnessMeter({ sampleRateHz: 8000, channels: 3 as 2 })).toThrow(invalid);
  });
});
