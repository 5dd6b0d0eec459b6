import { describe, expect, it } from 'vitest';
import { repetitionStart } from '../../src/stt/repetition.ts';
import { padSilence, raiseQuiet, splitAtQuiet } from '../../src/stt/utterance.ts';

const rate = 16_000;

describe('repetitionStart', () => {
  const repeat = (phrase: readonly number[], count: number): readonly number[] =>
    Array.from({ length: count }, () => phrase).flat();

  it.each([
    ['nothing', [], undefined],
    ['a sentence', [5, 6, 7, 8, 5, 6, 9, 10, 11, 12, 13, 14, 15], undefined],
    ['"no" five times', repeat([7], 5), undefined],
    ['a digit eleven times', repeat([7], 11), undefined],
    ['one token over and over', [1, 2, ...repeat([7], 12)], 3],
    ['a phrase three times', repeat([4, 5, 6, 7], 3), undefined],
    ['a phrase four times', [9, ...repeat([4, 5, 6, 7], 4)], 5],
  ])('%s', (_, tokens, expected) => {
    expect(repetitionStart(tokens)).toBe(expected);
  });
});

describe('raiseQuiet', () => {
  it.each([
    ['digital silence', 0, undefined],
    ['the noise of a quiet line', 0.0004, undefined],
    ['a very quiet voice', 0.01, 0.25],
    ['a loud voice', 0.8, 0.8],
  ])('%s', (_, peak, expected) => {
    const raised = raiseQuiet(Float32Array.of(0, -peak, peak / 2));
    expect(raised === undefined ? undefined : -(raised[1] ?? 0)).toEqual(
      expected === undefined ? undefined : expect.closeTo(expected, 5),
    );
  });
});

describe('padSilence', () => {
  it('puts silence on both sides', () => {
    const padded = padSilence(Float32Array.of(1, 1), { leadSeconds: 0.001, tailSeconds: 0.002 });
    expect([...padded]).toEqual([...Array(16).fill(0), 1, 1, ...Array(32).fill(0)]);
  });
});

describe('splitAtQuiet', () => {
  it('leaves a clip of up to 25 s whole', () => {
    const clip = new Float32Array(25 * rate);
    expect(splitAtQuiet(clip)).toEqual([clip]);
  });

  it('cuts a long clip where it is quiet', () => {
    const clip = new Float32Array(40 * rate).fill(0.5);
    clip.fill(0, 18 * rate, 18.3 * rate);
    const pieces = splitAtQuiet(clip);
    expect(pieces.map((piece) => piece.length).reduce((sum, length) => sum + length)).toBe(clip.length);
    expect(pieces).toHaveLength(2);
    const cut = (pieces[0]?.length ?? 0) / rate;
    expect(cut).toBeGreaterThan(18);
    expect(cut).toBeLessThan(18.3);
  });

  it('cuts speech without a pause into pieces the recogniser can take', () => {
    const clip = new Float32Array(120 * rate).fill(0.5);
    for (const piece of splitAtQuiet(clip)) expect(piece.length).toBeLessThanOrEqual(25 * rate);
  });
});
