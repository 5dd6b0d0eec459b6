import {
  decodeWav,
  encodeWav,
  floatToInt16,
  int16ToFloat,
  samplesFromBytes,
  samplesToBytes,
  TpdfDither,
} from '@antiphon/audio';
import { describe, expect, it } from 'vitest';
import { digest } from './support/digest.ts';
import { db, fitSine, sine } from './support/signals.ts';

const invalid = expect.objectContaining({ code: 'audio.invalid_option' });

describe('dither', () => {
  it('is triangular noise within a step: no mean, a sixth of a square step', () => {
    const dither = new TpdfDither(7);
    const values = Array.from({ length: 200_000 }, () => dither.next());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const power = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.005);
    expect(power).toBeCloseTo(1 / 6, 2);
    expect(values.every((value) => Math.abs(value) < 1)).toBe(true);
    const again = new TpdfDither(7);
    expect(values.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => again.next()));
  });

  it('keeps a tone of a third of a step, which rounding alone loses', () => {
    const tone = sine({ hz: 1000, rateHz: 16_000, length: 160_000, amplitude: 0.33 / 32_768 });
    expect(floatToInt16(tone).every((value) => value === 0)).toBe(true);
    const kept = fitSine(int16ToFloat(floatToInt16(tone, { dither: new TpdfDither() })), 1000, 16_000);
    expect(kept.amplitude * 32_768).toBeCloseTo(0.33, 1);
  });

  it('costs 4.8 dB and takes the harmonics away', () => {
    const tone = sine({ hz: 1000, rateHz: 16_000, length: 160_000, amplitude: 0.9 });
    const noiseDb = (dither?: TpdfDither) => {
      const out = int16ToFloat(floatToInt16(tone, dither === undefined ? {} : { dither }));
      return db(fitSine(out, 1000, 16_000).residualRms * 32_768);
    };
    expect(noiseDb(new TpdfDither()) - db(Math.sqrt(1 / 12))).toBeCloseTo(4.8, 0);
  });

  it('is added by the WAV writer where bits are lost, and nowhere else', () => {
    const options = { sampleRateHz: 16_000, channels: 1, dither: new TpdfDither() };
    const plain = { sampleRateHz: 16_000, channels: 1 };
    const ints = Int16Array.from({ length: 500 }, (_, i) => i * 7);
    const floats = int16ToFloat(ints);
    for (const kept of [{}, { bitsPerSample: 24 }, { encoding: 'float' }, { encoding: 'mulaw' }] as const) {
      expect(digest(encodeWav(ints, { ...options, ...kept }))).toBe(
        digest(encodeWav(ints, { ...plain, ...kept })),
      );
    }
    expect(digest(encodeWav(floats, options))).not.toBe(digest(encodeWav(floats, plain)));
    const eight = { bitsPerSample: 8 };
    expect(digest(encodeWav(ints, { ...options, ...eight }))).not.toBe(
      digest(encodeWav(ints, { ...plain, ...eight })),
    );
    for (const value of decodeWav(encodeWav(floats, options)).samples.map((v, i) => v - (floats[i] ?? 0))) {
      expect(Math.abs(value)).toBeLessThan(1.5 / 32_768);
    }
  });
});

describe('samples in bytes', () => {
  const all = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);

  it.each([16, 24, 32])('every 16-bit value comes back from %i bits', (bitsPerSample) => {
    const bytes = samplesToBytes(all, { bitsPerSample });
    expect(bytes.length).toBe((all.length * bitsPerSample) / 8);
    expect(digest(floatToInt16(samplesFromBytes(bytes, { bitsPerSample })))).toBe(digest(all));
  });

  it.each([
    [{ bitsPerSample: 8 }, [0, 128, 255], [-1, 0, 127 / 128]],
    [{ bitsPerSample: 24 }, [0, 0, 0x80, 0xff, 0xff, 0x7f], [-1, Math.fround(1 - 2 ** -23)]],
    [{ bitsPerSample: 24, byteOrder: 'big' }, [0x80, 0, 0, 0x40, 0, 0], [-1, 0.5]],
    [{ bitsPerSample: 32 }, [0, 0, 0, 0x80, 0, 0, 0, 0x40], [-1, 0.5]],
    [{ byteOrder: 'big' }, [0x40, 0, 0xc0, 0, 9], [0.5, -0.5]],
    [{ encoding: 'float' }, [0, 0, 0x80, 0x3f], [1]],
    [{ encoding: 'float', bitsPerSample: 64 }, [0, 0, 0, 0, 0, 0, 0xe0, 0x3f], [0.5]],
    [{ encoding: 'alaw' }, [0xd5], [8 / 32_768]],
  ] as const)('%j', (format, stored, samples) => {
    expect([...samplesFromBytes(Uint8Array.from(stored), format)]).toEqual(samples);
  });

  it('clamps, and refuses widths that nothing has', () => {
    const loud = Float32Array.of(2, -2);
    expect([...samplesFromBytes(samplesToBytes(loud, { bitsPerSample: 24 }), { bitsPerSample: 24 })]).toEqual(
      [Math.fround(1 - 2 ** -23), -1],
    );
    expect(() => samplesToBytes(loud, { bitsPerSample: 20 })).toThrow(invalid);
    expect(() => samplesFromBytes(new Uint8Array(4), { encoding: 'float', bitsPerSample: 16 })).toThrow(
      invalid,
    );
  });
});
