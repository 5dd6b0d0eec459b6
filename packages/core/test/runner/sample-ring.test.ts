import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SampleRing } from '../../src/runner/uplink/sample-ring.ts';

/** Samples that tell their position. */
function samplesAt(position: number, length: number): Int16Array {
  return Int16Array.from({ length }, (_, index) => valueAt(position + index));
}

function valueAt(position: number): number {
  return (position * 7) % 30_011;
}

/** Everything held, by way of views. */
function contentOf(ring: SampleRing): readonly number[] {
  const content: number[] = [];
  while (ring.start + content.length < ring.end) {
    content.push(...ring.view(ring.start + content.length, ring.end));
  }
  return content;
}

describe('SampleRing', () => {
  it('holds what was pushed and not dropped, wherever it wraps and grows', () => {
    const step = fc.record({
      push: fc.integer({ min: 0, max: 30_000 }),
      keep: fc.integer({ min: 0, max: 60_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const ring = new SampleRing(20_000);
        for (const { push, keep } of steps) {
          ring.push(samplesAt(ring.end, push));
          ring.dropBefore(ring.end - keep);
          const content = contentOf(ring);
          expect(content.length).toBe(ring.end - ring.start);
          expect(content.every((value, index) => value === valueAt(ring.start + index))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives back what it grew by', () => {
    const ring = new SampleRing(1_000);
    for (let i = 0; i < 50; i += 1) ring.push(samplesAt(ring.end, 100));
    expect(ring.view(0, 1).buffer.byteLength).toBe(2 * 5_000);
    ring.dropBefore(ring.end - 800);
    ring.push(samplesAt(ring.end, 100));
    expect(ring.view(ring.start, ring.end).buffer.byteLength).toBe(2 * 1_000);
    expect(contentOf(ring)).toEqual([...samplesAt(4_200, 900)]);
  });

  it('gives views, not copies, and takes copies', () => {
    const ring = new SampleRing(20_000);
    const frame = samplesAt(0, 100);
    ring.push(frame);
    frame.fill(0);
    expect(ring.view(10, 20)[0]).toBe(valueAt(10));
    expect(ring.view(10, 20).buffer).toBe(ring.view(50, 60).buffer);
  });

  it('does not forget what it does not hold, nor go back', () => {
    const ring = new SampleRing(20_000);
    ring.push(samplesAt(0, 100));
    ring.dropBefore(40);
    ring.dropBefore(20);
    ring.dropBefore(1_000);
    expect([ring.start, ring.end]).toEqual([100, 100]);
  });
});
