import { concatSamples, FrameSplitter, floatToInt16, levels, speechEndFrame } from '@antiphon/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut } from './support/cuts.ts';
import { sine } from './support/signals.ts';

const invalid = expect.objectContaining({ code: 'audio.invalid_option' });

describe('the frame splitter', () => {
  it('gives whole frames and keeps every sample in order, however the input is cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(
        fc.int16Array({ maxLength: 200 }),
        sizes,
        fc.integer({ min: 1, max: 30 }),
        (all, cuts, length) => {
          const splitter = new FrameSplitter<Int16Array>(length);
          const frames = cut(all, cuts).flatMap((piece) => splitter.push(piece));
          expect(frames.every((frame) => frame.length === length)).toBe(true);
          expect(frames.length).toBe(Math.floor(all.length / length));
          const rest = splitter.flush();
          expect(concatSamples(rest === undefined ? frames : [...frames, rest], all)).toEqual(all);
          expect(splitter.flush()).toBeUndefined();
        },
      ),
    );
  });

  it('fills the last frame with silence when asked', () => {
    const splitter = new FrameSplitter<Float32Array>(3);
    expect(splitter.push(Float32Array.of(0.5, 0.25, 1, 0.125))).toEqual([Float32Array.of(0.5, 0.25, 1)]);
    expect(splitter.flush({ pad: true })).toEqual(Float32Array.of(0.125, 0, 0));
  });

  it('gives frames that later changes of the input do not touch', () => {
    const input = Int16Array.of(1, 2, 3, 4);
    const [frame] = new FrameSplitter<Int16Array>(2).push(input);
    input.fill(9);
    expect(frame).toEqual(Int16Array.of(1, 2));
  });

  it.each([0, -1, 1.5])('refuses frames of %d samples', (length) => {
    expect(() => new FrameSplitter(length)).toThrow(invalid);
  });
});

describe('levels', () => {
  const tone = sine({ hz: 997, rateHz: 48_000, length: 48_000, amplitude: 1 });

  it.each([
    ['a full-scale sine', tone, 0, -3.01],
    ['a sine at -20 dBFS', tone.map((x) => x / 10), -20, -23.01],
    ['the same in 16 bits', floatToInt16(tone.map((x) => x / 10)), -20, -23.01],
    ['a full-scale square wave', Float32Array.of(1, -1, 1, -1), 0, 0],
    ['the lowest 16-bit value', Int16Array.of(-32_768), 0, 0],
  ])('of %s', (_, samples, peakDbfs, rmsDbfs) => {
    expect(levels(samples).peakDbfs).toBeCloseTo(peakDbfs, 2);
    expect(levels(samples).rmsDbfs).toBeCloseTo(rmsDbfs, 2);
  });

  it.each([[new Int16Array(5)], [new Float32Array(0)]])('of silence are -Infinity', (samples) => {
    expect(levels(samples)).toEqual({
      peakDbfs: Number.NEGATIVE_INFINITY,
      rmsDbfs: Number.NEGATIVE_INFINITY,
    });
  });
});

describe('the end of speech', () => {
  const rateHz = 16_000;
  const second = (amplitude: number) => sine({ hz: 500, rateHz, length: rateHz, amplitude });
  const quiet = new Float32Array(rateHz);

  it.each([
    ['speech, then silence', [second(0.5), quiet], rateHz],
    ['speech, then noise 40 dB below', [second(0.5), second(0.005)], rateHz],
    ['speech, then a soft ending 30 dB below', [second(0.5), second(0.016), quiet], 2 * rateHz],
    ['speech to the end', [quiet, second(0.5)], 2 * rateHz],
    ['soft speech', [second(0.004), quiet], rateHz],
    ['a last frame that is cut short', [second(0.5).subarray(0, 1000)], 1000],
    ['silence', [quiet], undefined],
    ['a hum below -55 dBFS', [second(0.002)], undefined],
    ['nothing', [], undefined],
  ])('in %s', (_, parts, expected) => {
    const clip = concatSamples(parts, quiet);
    expect(speechEndFrame(clip, rateHz)).toBe(expected);
    expect(speechEndFrame(floatToInt16(clip), rateHz)).toBe(expected);
  });
});
