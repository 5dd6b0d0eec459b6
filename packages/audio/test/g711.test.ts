import { alawDecode, alawEncode, mulawDecode, mulawEncode } from '@antiphon/audio';
import { describe, expect, it } from 'vitest';
import { digest } from './support/digest.ts';

const allSamples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
const allCodes = Uint8Array.from({ length: 256 }, (_, i) => i);

/** Compression of ITU-T G.191, counting segments step by step. */
function referenceMulaw(sample: number): number {
  const onesComplement = sample < 0 ? -sample - 1 : sample;
  const magnitude = Math.min(Math.floor(onesComplement / 4) + 33, 8191);
  let segment = 1;
  for (let high = Math.floor(magnitude / 64); high > 0; high = Math.floor(high / 2)) segment++;
  const step = Math.floor(magnitude / 2 ** segment) % 16;
  return (8 - segment) * 16 + (15 - step) + (sample >= 0 ? 128 : 0);
}

function referenceAlaw(sample: number): number {
  let value = Math.floor((sample < 0 ? -sample - 1 : sample) / 16);
  if (value > 15) {
    let exponent = 1;
    while (value > 31) {
      value = Math.floor(value / 2);
      exponent++;
    }
    value += exponent * 16 - 16;
  }
  return (value + (sample >= 0 ? 128 : 0)) ^ 0x55;
}

describe('G.711', () => {
  it('encodes all 65536 samples as ITU-T G.191 does', () => {
    expect(digest(mulawEncode(allSamples))).toBe(digest(Uint8Array.from(allSamples, referenceMulaw)));
    expect(digest(alawEncode(allSamples))).toBe(digest(Uint8Array.from(allSamples, referenceAlaw)));
  });

  it('gives every A-law code back, and every mu-law code but minus zero', () => {
    expect(alawEncode(alawDecode(allCodes))).toEqual(allCodes);
    const again = mulawEncode(mulawDecode(allCodes));
    const changed = allCodes.filter((code, i) => again[i] !== code);
    expect([...changed]).toEqual([0x7f]);
  });

  it.each([
    ['mu-law', mulawDecode, 0x00, -32_124],
    ['mu-law', mulawDecode, 0x80, 32_124],
    ['mu-law', mulawDecode, 0xff, 0],
    ['mu-law', mulawDecode, 0x7f, 0],
    ['mu-law', mulawDecode, 0xfe, 8],
    ['A-law', alawDecode, 0x2a, -32_256],
    ['A-law', alawDecode, 0xaa, 32_256],
    ['A-law', alawDecode, 0xd5, 8],
    ['A-law', alawDecode, 0x55, -8],
  ])('decodes %s extremes', (_, decode, code, sample) => {
    expect(decode(Uint8Array.of(code))[0]).toBe(sample);
  });

  it('keeps every sample within half a step of its segment', () => {
    for (const [encode, decode] of [
      [mulawEncode, mulawDecode],
      [alawEncode, alawDecode],
    ] as const) {
      const back = decode(encode(allSamples));
      const tooFar = allSamples.filter((sample, i) => {
        const clipped = Math.max(-32_635, Math.min(32_635, sample));
        return Math.abs((back[i] ?? 0) - clipped) > Math.max(Math.abs(clipped) / 30, 8) + 4;
      });
      expect([...tooFar]).toEqual([]);
    }
  });
});
