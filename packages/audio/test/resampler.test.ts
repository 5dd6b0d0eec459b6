import {
  concatSamples,
  floatToInt16,
  Resampler,
  type ResamplerOptions,
  resample,
  type Samples,
} from '@antiphon/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut } from './support/cuts.ts';
import { digest } from './support/digest.ts';
import { db, fitSine, middleRms, noise, sine, sweep } from './support/signals.ts';

const pairs = [
  { fromHz: 24_000, toHz: 16_000 },
  { fromHz: 16_000, toHz: 24_000 },
  { fromHz: 48_000, toHz: 24_000 },
  { fromHz: 24_000, toHz: 48_000 },
  { fromHz: 44_100, toHz: 24_000 },
  { fromHz: 8_000, toHz: 24_000 },
  { fromHz: 24_000, toHz: 8_000 },
] as const;

const profiles = ['standard', 'hq', 'lowlat'] as const;

const invalid = expect.objectContaining({ code: 'audio.invalid_option' });

function lowerHz({ fromHz, toHz }: ResamplerOptions): number {
  return Math.min(fromHz, toHz);
}

function tone(options: ResamplerOptions, hz: number, amplitude = 0.5): Float32Array {
  return sine({ hz, rateHz: options.fromHz, length: options.fromHz / 2, amplitude });
}

/** Largest gain error and largest residual over 16 tones from 0.0025 to `edge` of the lower rate, in dB. */
function passBand(options: ResamplerOptions, edge: number): { flatDb: number; residualDb: number } {
  const fits = Array.from({ length: 16 }, (_, i) => {
    const hz = lowerHz(options) * (0.0025 + ((edge - 0.0025) * i) / 15);
    return fitSine(resample(tone(options, hz), options), hz, options.toHz);
  });
  return {
    flatDb: Math.max(...fits.map(({ amplitude }) => Math.abs(db(amplitude / 0.5)))),
    residualDb: Math.max(...fits.map(({ residualRms }) => db((residualRms * Math.SQRT2) / 0.5))),
  };
}

/** The loudest remainder of tones that the lower rate cannot hold, in dB. */
function aliasDb(options: ResamplerOptions, edge: number): number {
  const low = edge * options.toHz;
  const high = options.fromHz / 2;
  const remainders = Array.from({ length: 8 }, (_, i) => {
    const input = tone(options, low + ((high - low) * (i + 0.5)) / 8);
    return db(middleRms(resample(input, options)) / middleRms(input));
  });
  return Math.max(...remainders);
}

describe.each(pairs)('$fromHz Hz to $toHz Hz', (pair) => {
  it('standard is flat to 0.45 and rejects aliases and images by 100 dB', () => {
    const { flatDb, residualDb } = passBand(pair, 0.45);
    expect(flatDb).toBeLessThanOrEqual(0.001);
    expect(residualDb).toBeLessThanOrEqual(-100);
    if (pair.toHz < pair.fromHz) expect(aliasDb(pair, 0.55)).toBeLessThanOrEqual(-105);
  });

  it('hq is flat to 0.45 and rejects from 0.5 on', () => {
    const options = { ...pair, profile: 'hq' } as const;
    expect(passBand(options, 0.45).flatDb).toBeLessThanOrEqual(0.001);
    if (pair.toHz < pair.fromHz) expect(aliasDb(options, 0.505)).toBeLessThanOrEqual(-130);
  });

  it('lowlat is flat to 0.4 and rejects from 0.6 on', () => {
    const options = { ...pair, profile: 'lowlat' } as const;
    expect(passBand(options, 0.4).flatDb).toBeLessThanOrEqual(0.01);
    if (pair.toHz < pair.fromHz) expect(aliasDb(options, 0.6)).toBeLessThanOrEqual(-95);
  });

  it('keeps a 1 kHz tone clean: THD+N at most -115 dB in float, -95 dB in 16 bits', () => {
    const input = tone(pair, 1000, 0.997);
    const float = fitSine(resample(input, pair), 1000, pair.toHz);
    const int = fitSine(resample(floatToInt16(input), pair), 1000, pair.toHz);
    expect(db((float.residualRms * Math.SQRT2) / float.amplitude)).toBeLessThanOrEqual(-115);
    expect(db((int.residualRms * Math.SQRT2) / int.amplitude)).toBeLessThanOrEqual(-95);
  });

  it('puts a sweep where it belongs in time, pitch and level', () => {
    const band = { fromHz: 20, toHz: 0.45 * lowerHz(pair), seconds: 0.5 };
    const output = resample(sweep({ ...band, rateHz: pair.fromHz }), pair);
    const expected = sweep({ ...band, rateHz: pair.toHz });
    const error = output.map((value, i) => value - (expected[i] ?? 0));
    expect(db(middleRms(error) / middleRms(expected))).toBeLessThanOrEqual(-100);
  });

  it.each([...profiles, 'vhq'] as const)(
    '%s delays no longer than it says, and says what it should',
    (profile) => {
      const limitSamples = { standard: 72, hq: 168, vhq: 256, lowlat: 32 }[profile] / 2;
      const resampler = new Resampler<Float32Array>({ ...pair, profile });
      expect(resampler.delayMs).toBeLessThanOrEqual((1.11 * limitSamples * 1000) / lowerHz(pair));
      const frame = new Float32Array(pair.fromHz / 50);
      let returned = 0;
      for (let fed = 1; fed <= 10; fed++) {
        returned += resampler.push(frame).length;
        const lastMs = ((returned - 1) * 1000) / pair.toHz;
        expect(fed * 20 - lastMs).toBeLessThanOrEqual(resampler.delayMs + 1000 / lowerHz(pair) + 1e-9);
      }
    },
  );
});

describe.each([
  { fromHz: 24_000, toHz: 16_000 },
  { fromHz: 24_000, toHz: 48_000 },
])('vhq, $fromHz Hz to $toHz Hz', (pair) => {
  it('is flat to 0.45, and leaves nothing above -145 dB of aliases, images and noise', () => {
    const options = { ...pair, profile: 'vhq' } as const;
    const { flatDb, residualDb } = passBand(options, 0.45);
    expect(flatDb).toBeLessThanOrEqual(0.00001);
    expect(residualDb).toBeLessThanOrEqual(-145);
    if (pair.toHz < pair.fromHz) expect(aliasDb(options, 0.505)).toBeLessThanOrEqual(-145);
  });
});

function streamed<S extends Samples>(resampler: Resampler<S>, pieces: readonly S[], like: S): S {
  return concatSamples([...pieces.map((piece) => resampler.push(piece)), resampler.flush()], like);
}

const rates = [
  4000, 8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000, 44_101, 7919,
];

describe('a stream', () => {
  it.each([[1], [160], [480], [4096], [441, 1, 7, 5000]])('is the same in pieces of %j', (...sizes) => {
    const input = noise(12_345);
    for (const pair of pairs) {
      const whole = resample(input, pair);
      expect(digest(streamed(new Resampler<Float32Array>(pair), cut(input, sizes), input))).toBe(
        digest(whole),
      );
    }
  });

  it('is the same for any rates, profile, length and cuts, and has round(n * to / from) samples', () => {
    const rate = fc.constantFrom(...rates);
    const options = fc.record({ fromHz: rate, toHz: rate, profile: fc.constantFrom(...profiles) });
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });
    const check = (given: ResamplerOptions, n: number, cuts: readonly number[]) => {
      const input = floatToInt16(noise(n));
      const whole = resample(input, given);
      expect(whole).toBeInstanceOf(Int16Array);
      expect(whole.length).toBe(Math.round((n * given.toHz) / given.fromHz));
      const pieces = streamed(new Resampler<Int16Array>(given), cut(input, cuts), input);
      expect(digest(pieces)).toBe(digest(whole));
    };
    fc.assert(fc.property(options, fc.nat(3000), sizes, check), { numRuns: 80 });
  }, 30_000);

  it('begins anew after flush and after reset', () => {
    const options = { fromHz: 44_100, toHz: 16_000 };
    const input = noise(3000);
    const whole = resample(input, options);
    const resampler = new Resampler<Float32Array>(options);
    for (let i = 0; i < 3; i++) {
      expect(digest(streamed(resampler, [input], input))).toBe(digest(whole));
      resampler.push(input.subarray(0, 777));
      resampler.reset();
    }
    expect(resampler.flush().length).toBe(0);
  });

  it('passes equal rates through, as a copy', () => {
    const input = Int16Array.of(1, -2, 3);
    const resampler = new Resampler<Int16Array>({ fromHz: 24_000, toHz: 24_000 });
    const output = resampler.push(input);
    expect(output).toEqual(input);
    expect(output.buffer).not.toBe(input.buffer);
    expect(resampler.delayMs).toBe(0);
    expect(resampler.flush().length).toBe(0);
  });
});

describe('levels', () => {
  it.each(rates.filter((rate) => rate !== 24_000))(
    'a constant stays that constant from 24000 to %i Hz',
    (toHz) => {
      const output = resample(new Float32Array(2400).fill(0.25), { fromHz: 24_000, toHz });
      const middle = output.subarray(output.length * 0.4, output.length * 0.6);
      expect(middle.length).toBeGreaterThan(0);
      for (const value of middle) expect(value).toBeCloseTo(0.25, 6);
    },
  );

  it('rates without a small common divisor are as clean as others', () => {
    for (const options of [
      { fromHz: 44_101, toHz: 24_000 },
      { fromHz: 24_000, toHz: 44_101 },
    ]) {
      const { flatDb, residualDb } = passBand(options, 0.45);
      expect(flatDb).toBeLessThanOrEqual(0.001);
      expect(residualDb).toBeLessThanOrEqual(-100);
    }
  });

  it('a full-scale square wave is clamped and does not wrap', () => {
    const square = Int16Array.from({ length: 4800 }, (_, i) => (i % 200 < 100 ? 32_767 : -32_768));
    const output = resample(square, { fromHz: 48_000, toHz: 24_000 });
    output.subarray(100, -100).forEach((value, i) => {
      const place = (i + 100) % 100;
      if (place > 2 && place < 47) expect(value).toBeGreaterThan(25_000);
      if (place > 52 && place < 97) expect(value).toBeLessThan(-25_000);
    });
    expect(Math.max(...output)).toBe(32_767);
    expect(Math.min(...output)).toBe(-32_768);
  });
});

describe('refused options', () => {
  it.each([
    { fromHz: 0, toHz: 24_000 },
    { fromHz: 24_000, toHz: 3999 },
    { fromHz: 192_001, toHz: 24_000 },
    { fromHz: 44_100.5, toHz: 24_000 },
    { fromHz: Number.NaN, toHz: 24_000 },
    { fromHz: 24_000, toHz: 16_000, profile: 'best' as 'hq' },
  ])('%j', (options) => {
    expect(() => new Resampler(options)).toThrow(invalid);
    expect(() => resample(new Int16Array(4), options)).toThrow(invalid);
  });
});
