import { DcBlocker, fadeIn, fadeOut, flushTail, GainRamp, int16ToFloat } from '@antiphon/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut } from './support/cuts.ts';
import { digest } from './support/digest.ts';
import { db, fitSine, noise, sine } from './support/signals.ts';

const invalid = expect.objectContaining({ code: 'audio.invalid_option' });
const rate = { sampleRateHz: 16_000 };

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** The largest step between neighbours, from silence before to silence after. */
function largestStep(samples: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i <= samples.length; i++) {
    largest = Math.max(largest, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
  }
  return largest;
}

describe('the DC blocker', () => {
  it('takes an offset away and leaves speech frequencies as they are', () => {
    const input = sine({ hz: 300, rateHz: 16_000, length: 16_000 }).map((value) => value + 0.2);
    const output = new DcBlocker(rate).push(input);
    const end = output.subarray(-4800);
    expect(Math.abs(end.reduce((sum, value) => sum + value, 0) / end.length)).toBeLessThan(1e-4);
    expect(Math.abs(db(fitSine(output, 300, 16_000).amplitude / 0.5))).toBeLessThan(0.05);
  });

  it('is 3 dB down at its cut-off', () => {
    const output = new DcBlocker({ ...rate, cutoffHz: 100 }).push(
      sine({ hz: 100, rateHz: 16_000, length: 16_000 }),
    );
    expect(db(fitSine(output, 100, 16_000).amplitude / 0.5)).toBeCloseTo(-3, 0);
  });

  it('begins without a step, and again after reset', () => {
    const blocker = new DcBlocker(rate);
    for (let i = 0; i < 2; i++) {
      expect([...blocker.push(Int16Array.of(9000, 9000, 9000))]).toEqual([0, 0, 0]);
      expect(blocker.push(Int16Array.of(-20_000))[0]).toBeLessThan(-28_000);
      blocker.reset();
    }
  });

  it('does not depend on how the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (sizes) => {
        const input = noise(500);
        const pieces = new DcBlocker(rate);
        const whole = new DcBlocker(rate).push(input);
        expect(digest(joined(cut(input, sizes).map((piece) => pieces.push(piece))))).toBe(digest(whole));
      }),
    );
  });

  it('clamps what overshoots 16 bits', () => {
    const square = Int16Array.from({ length: 400 }, (_, i) => (i % 20 < 10 ? 32_767 : -32_768));
    const output = new DcBlocker({ ...rate, cutoffHz: 500 }).push(square);
    expect(Math.max(...output)).toBe(32_767);
    expect(Math.min(...output)).toBe(-32_768);
  });

  it.each([{ cutoffHz: 8000 }, { cutoffHz: 0 }, { sampleRateHz: 0 }])('refuses %j', (options) => {
    expect(() => new DcBlocker({ ...rate, ...options })).toThrow(invalid);
  });
});

describe('fades', () => {
  const tone = sine({ hz: 440, rateHz: 16_000, length: 1600, amplitude: 0.9 });
  const cosine = tone.map((_, i) => 0.9 * Math.cos((2 * Math.PI * 440 * i) / 16_000));
  const ordinaryStep = (2 * Math.PI * 440 * 0.9) / 16_000;

  it('leave no step at either end that the sound itself does not have', () => {
    expect(largestStep(cosine)).toBeGreaterThan(0.5);
    const faded = fadeOut(fadeIn(cosine, rate), rate);
    expect(largestStep(faded)).toBeLessThan(ordinaryStep * 1.05);
    expect(faded.subarray(80, -80)).toEqual(cosine.subarray(80, -80));
  });

  it('mirror each other', () => {
    const back = (samples: Float32Array) => samples.slice().reverse();
    expect(fadeOut(back(cosine), rate)).toEqual(back(fadeIn(cosine, rate)));
  });

  it('treat the channels of a frame alike', () => {
    const stereo = Float32Array.from({ length: 800 }, (_, i) => (i % 2 === 0 ? 1 : 0.5));
    const faded = fadeIn(stereo, { ...rate, channels: 2 });
    for (let i = 0; i < faded.length; i += 2) expect(faded[i + 1]).toBeCloseTo((faded[i] ?? 0) / 2, 6);
    expect(faded[160]).toBe(1);
    expect(faded[158]).toBeLessThan(1);
  });

  it('shorten to what there is, and keep the type', () => {
    expect([...fadeOut(Int16Array.of(1000, 1000), rate)]).toEqual([854, 146]);
    expect(fadeIn(new Int16Array(0), rate).length).toBe(0);
    expect(flushTail(new Float32Array(0), rate).length).toBe(0);
  });

  it('make the tail of a flush: the next 5 ms, falling to silence', () => {
    const tail = flushTail(cosine, rate);
    expect(tail.length).toBe(80);
    expect(Math.abs(tail.at(-1) ?? 1)).toBeLessThan(0.001);
    expect(tail[0]).toBeCloseTo(cosine[0] ?? 0, 3);
    expect(largestStep(joined([fadeIn(cosine, rate), tail]))).toBeLessThan(2);
  });

  it('refuse times and rates that are none', () => {
    for (const options of [{ ms: 0 }, { channels: 0 }, { sampleRateHz: 0.5 }]) {
      expect(() => fadeIn(tone, { ...rate, ...options })).toThrow(invalid);
    }
  });
});

describe('the gain ramp', () => {
  it('goes to silence and back in steps too small to hear, however it is cut', () => {
    const ones = new Float32Array(400).fill(1);
    const play = (sizes: readonly number[]) => {
      const ramp = new GainRamp({ ...rate, ms: 10 });
      ramp.moveTo(0);
      const down = joined(cut(ones, sizes).map((piece) => ramp.push(piece)));
      expect(ramp.gain).toBe(0);
      ramp.moveTo(1);
      return joined([down, ...cut(ones, sizes).map((piece) => ramp.push(piece))]);
    };
    const whole = play([400]);
    for (let i = 1; i < whole.length; i++) {
      expect(Math.abs((whole[i] ?? 0) - (whole[i - 1] ?? 0))).toBeLessThanOrEqual(1 / 160 + 1e-6);
    }
    expect([whole[200], whole.at(-1)]).toEqual([0, 1]);
    expect(digest(play([7, 1, 33]))).toBe(digest(whole));
  });

  it('leaves samples as they are at 1, and starts where it is told', () => {
    const ints = Int16Array.of(5, -32_768, 32_767);
    expect(new GainRamp(rate).push(ints)).toEqual(ints);
    expect([...int16ToFloat(new GainRamp({ ...rate, gain: 0 }).push(ints))]).toEqual([0, 0, 0]);
  });
});
