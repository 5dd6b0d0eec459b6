import { alawDecode, alawEncode, mulawDecode, mulawEncode } from '@antiphon/audio';
import { describe, expect, it } from 'vitest';
import { digest } from './support/digest.ts';

const allSamples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
const allCodes = Uint8Array.from({ length: 256 }, (_, i) => i);

/**
 * Decision values as the tables of G.711 list them: the first one, and for each segment how many intervals it has and
 * how long they are. Interval n reaches from decision n to decision n + 1.
 */
function decisions(first: number, segments: readonly (readonly [count: number, length: number])[]): number[] {
  const values = [0, first];
  for (const [count, length] of segments) {
    for (let i = 0; i < count; i++) values.push((values.at(-1) ?? 0) + length);
  }
  return values;
}

/** Table 2 (mu-law), in units of 1/8192. */
const mulaw = decisions(1, [[15, 2], ...[4, 8, 16, 32, 64, 128, 256].map((length) => [16, length] as const)]);

/** Table 1 (A-law), in units of 1/2048. */
const alaw = decisions(1, [[31, 1], ...[2, 4, 8, 16, 32, 64].map((length) => [16, length] as const)]);

interface Law {
  readonly decisions: readonly number[];
  /** 16-bit steps in a unit of the table. */
  readonly unit: number;
  /** The code of interval n of one sign. */
  code(interval: number, isPositive: boolean): number;
  /** The magnitude that interval n stands for, in units; half of its two decisions unless the table says otherwise. */
  value(interval: number): number;
}

const middle = (values: readonly number[], n: number) => ((values[n] ?? 0) + (values[n + 1] ?? 0)) / 2;

const laws: Readonly<Record<'mulaw' | 'alaw', Law>> = {
  mulaw: {
    decisions: mulaw,
    unit: 4,
    code: (interval, isPositive) => (isPositive ? 255 : 127) - interval,
    value: (interval) => (interval === 0 ? 0 : middle(mulaw, interval)),
  },
  alaw: {
    decisions: alaw,
    unit: 16,
    code: (interval, isPositive) => ((isPositive ? 128 : 0) + interval) ^ 0x55,
    value: (interval) => middle(alaw, interval),
  },
};

/** G.191 takes the magnitude of a negative sample from its one's complement, and drops what the table does not hold. */
function encodedBy(law: Law, sample: number): number {
  const magnitude = Math.floor((sample < 0 ? -1 - sample : sample) / law.unit);
  let interval = 0;
  while (interval < 127 && magnitude >= (law.decisions[interval + 1] ?? 0)) interval++;
  return law.code(interval, sample >= 0);
}

/** All 256 values, found by the code of each interval and sign. */
function decodedBy(law: Law): Int16Array {
  const values = new Int16Array(256);
  for (let interval = 0; interval < 128; interval++) {
    values[law.code(interval, true)] = law.value(interval) * law.unit;
    values[law.code(interval, false)] = -law.value(interval) * law.unit;
  }
  return values;
}

describe('G.711', () => {
  it('has the decision values of the tables', () => {
    expect([mulaw.length, alaw.length]).toEqual([129, 129]);
    expect([16, 32, 48, 64, 80, 96, 112, 128].map((n) => mulaw[n])).toEqual([
      31, 95, 223, 479, 991, 2015, 4063, 8159,
    ]);
    expect([16, 32, 48, 64, 80, 96, 112, 128].map((n) => alaw[n])).toEqual([
      16, 32, 64, 128, 256, 512, 1024, 2048,
    ]);
  });

  it('encodes all 65536 samples as ITU-T G.191 does', () => {
    const expected = (law: Law) => digest(Uint8Array.from(allSamples, (sample) => encodedBy(law, sample)));
    expect(digest(mulawEncode(allSamples))).toBe(expected(laws.mulaw));
    expect(digest(alawEncode(allSamples))).toBe(expected(laws.alaw));
  });

  it('decodes all 256 codes to the values of the tables', () => {
    expect(mulawDecode(allCodes)).toEqual(decodedBy(laws.mulaw));
    expect(alawDecode(allCodes)).toEqual(decodedBy(laws.alaw));
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
