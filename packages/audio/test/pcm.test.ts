import {
  bytesToInt16,
  concatSamples,
  downmixToMono,
  floatToInt16,
  Int16Assembler,
  int16ToBytes,
  int16ToFloat,
} from '@antiphon/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut } from './support/cuts.ts';
import { digest } from './support/digest.ts';

describe('float and 16-bit samples', () => {
  it('are the same for every 16-bit value', () => {
    const all = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    expect(digest(floatToInt16(int16ToFloat(all)))).toBe(digest(all));
  });

  it.each([
    [1, 32_767],
    [7.5, 32_767],
    [-1, -32_768],
    [-3, -32_768],
    [0.5 / 32_768, 1],
    [0.49 / 32_768, 0],
    [-0.51 / 32_768, -1],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 32_767],
    [Number.NEGATIVE_INFINITY, -32_768],
  ])('float %d becomes %i', (float, int) => {
    expect(floatToInt16(Float32Array.of(float))[0]).toBe(int);
  });
});

describe('little-endian bytes', () => {
  const bytes = Uint8Array.of(9, 0x01, 0x80, 0xff, 0x7f, 0xfe, 0xff);

  it('are read at an odd offset and at an even one', () => {
    const samples = Int16Array.of(-32_767, 32_767, -2);
    expect(bytesToInt16(bytes.subarray(1))).toEqual(samples);
    expect(bytesToInt16(bytes.slice(1))).toEqual(samples);
  });

  it('leave out an odd last byte', () => {
    expect(bytesToInt16(bytes.subarray(1, 6))).toEqual(Int16Array.of(-32_767, 32_767));
  });

  it('come back from samples, also from the middle of an array', () => {
    const samples = Int16Array.of(5, -32_767, 32_767, 6).subarray(1, 3);
    expect([...int16ToBytes(samples)]).toEqual([0x01, 0x80, 0xff, 0x7f]);
  });

  it('make the same samples however they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(fc.nat(5), { minLength: 1 }), (all, sizes) => {
        const assembler = new Int16Assembler();
        const parts = cut(all, sizes).map((piece) => assembler.push(piece));
        expect(concatSamples(parts, new Int16Array(0))).toEqual(bytesToInt16(all));
        expect(assembler.hasOddByte).toBe(all.length % 2 === 1);
      }),
    );
  });
});

describe('downmix to mono', () => {
  it('is the mean of each frame, without clipping', () => {
    expect(downmixToMono(Int16Array.of(100, 200, 32_767, 32_767, -32_768, -32_768, 3, 4), 2)).toEqual(
      Int16Array.of(150, 32_767, -32_768, 4),
    );
    expect(downmixToMono(Float32Array.of(0.5, -0.25, 0.5), 3)).toEqual(Float32Array.of(0.25));
  });

  it('drops samples after the last whole frame and copies one channel', () => {
    expect(downmixToMono(Int16Array.of(1, 3, 5), 2)).toEqual(Int16Array.of(2));
    expect(downmixToMono(Int16Array.of(1, 3), 1)).toEqual(Int16Array.of(1, 3));
  });

  it.each([0, 1.5, Number.NaN])('refuses %d channels', (channels) => {
    expect(() => downmixToMono(new Int16Array(4), channels)).toThrow(
      expect.objectContaining({ code: 'audio.invalid_option' }),
    );
  });
});
