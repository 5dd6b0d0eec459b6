import { int16ToBytes } from '@antiphon/audio';
import { tone } from '@antiphon/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputBuffer, msToPosition, positionToMs } from '../../src/engine/input-buffer.ts';

const format = { type: 'audio/pcm', rate: 24_000 } as const;
const sound = int16ToBytes(tone({ durationMs: 400, sampleRateHz: 24_000 }));

function whole(): Int16Array {
  const buffer = new InputBuffer(format, 10_000);
  buffer.append(sound);
  return buffer.read(0, buffer.end);
}

describe('InputBuffer', () => {
  it('holds the same samples however the audio was cut, also in the middle of a sample', () => {
    const expected = whole();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2_000 }), { maxLength: 40 }), (cuts) => {
        const buffer = new InputBuffer(format, 10_000);
        let at = 0;
        for (const cut of cuts) {
          buffer.append(sound.subarray(at, at + cut));
          at += cut;
        }
        buffer.append(sound.subarray(at));
        expect(buffer.read(0, buffer.end)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('counts what was appended, not what the resampler has given back yet', () => {
    const buffer = new InputBuffer(format, 10_000);
    buffer.append(sound.subarray(0, 100 * 48));
    expect(buffer.bufferedMs).toBe(100);
    expect(positionToMs(buffer.end)).toBeLessThanOrEqual(100);
  });

  it('keeps its clock when audio is forgotten', () => {
    const buffer = new InputBuffer(format, 10_000);
    buffer.append(sound);
    buffer.dropBefore(buffer.end);
    const { end } = buffer;
    buffer.append(sound);
    expect(buffer.start).toBe(end);
    expect(buffer.read(end, buffer.end).length).toBe(msToPosition(400));
    expect(buffer.read(0, 100)).toHaveLength(0);
  });

  it('drops the oldest audio over its cap and goes on counting', () => {
    const buffer = new InputBuffer(format, 1_000);
    for (let i = 0; i < 10; i += 1) buffer.append(sound);
    expect(buffer.end - buffer.start).toBe(msToPosition(1_000));
    expect(positionToMs(buffer.end)).toBeGreaterThan(3_900);
  });

  it('goes on without a gap when the format changes', () => {
    const buffer = new InputBuffer(format, 10_000);
    buffer.append(sound);
    buffer.changeFormat({ type: 'audio/pcmu' });
    buffer.append(new Uint8Array(8 * 100).fill(0xff));
    buffer.changeFormat(format);
    expect(positionToMs(buffer.end)).toBe(500);
    expect(buffer.bufferedMs).toBe(500);
  });
});
