import { PlayoutBuffer, type PlayoutBufferOptions } from '@antiphon/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packetMs, travel } from './support/networks.ts';

const sampleRateHz = 1000;
const a = { itemId: 'item_a', contentIndex: 0 };
const b = { itemId: 'item_b', contentIndex: 0 };

function newBuffer(more: Partial<PlayoutBufferOptions> = {}): PlayoutBuffer {
  return new PlayoutBuffer({ sampleRateHz, ...more });
}

/** One sample is one millisecond here. */
function speech(ms: number, value = 7): Int16Array {
  return new Int16Array(ms).fill(value);
}

describe('playing begins', () => {
  it.each([
    ['when enough has gathered', [40], false, 0, 7],
    ['not before', [39], false, 0, 0],
    ['when the part is whole', [5], true, 0, 7],
    ['when it has waited long enough', [5], false, 40, 7],
  ])('%s', (_, chunks, ended, waitMs, first) => {
    const buffer = newBuffer();
    for (const ms of chunks) buffer.write(a, speech(ms), 1000);
    if (ended) buffer.endPart(a);
    expect(buffer.take(5, 1000 + waitMs)[0]).toBe(first);
  });
});

describe('an underrun', () => {
  it('is counted, with its silence, and playing begins again when enough has gathered', () => {
    const buffer = newBuffer();
    buffer.write(a, speech(50), 0);
    expect(buffer.take(60, 0).filter((value) => value === 7).length).toBe(50);
    expect(buffer.counts).toMatchObject({ underruns: 1, underrunMs: 10 });
    buffer.take(20, 60);
    buffer.write(a, speech(10), 80);
    expect(buffer.take(10, 80)[0]).toBe(0);
    buffer.write(a, speech(60), 90);
    expect(buffer.take(10, 90)[0]).toBe(7);
    expect(buffer.counts).toMatchObject({ underruns: 1, underrunMs: 40 });
  });

  it('is none at the end of a part', () => {
    const buffer = newBuffer();
    buffer.write(a, speech(50), 0);
    buffer.endPart(a);
    buffer.take(60, 0);
    buffer.take(20, 60);
    expect(buffer.counts).toMatchObject({ underruns: 0, underrunMs: 0 });
  });

  it('that its part ends in is over with it', () => {
    const buffer = newBuffer();
    buffer.write(a, speech(50), 0);
    buffer.take(60, 0);
    buffer.endPart(a);
    buffer.take(500, 60);
    expect(buffer.counts).toMatchObject({ underruns: 1, underrunMs: 10 });
  });

  it('makes the next parts gather more, as far as is allowed', () => {
    const buffer = newBuffer();
    expect(buffer.targetDelayMs).toBe(40);
    for (let i = 0; i < 100; i++) {
      buffer.write(a, speech(20), i * 20 + (i % 4 === 3 ? 90 : 0));
      buffer.take(20, i * 20);
    }
    expect(buffer.targetDelayMs).toBeGreaterThanOrEqual(90);
    expect(buffer.targetDelayMs).toBeLessThanOrEqual(200);
  });

  it('is not feared of audio that comes faster than it plays', () => {
    const buffer = newBuffer();
    for (let part = 0; part < 20; part++) {
      for (let i = 0; i < 10; i++) buffer.write(a, speech(100), part * 2000 + i * 10);
      buffer.endPart(a);
      for (let i = 0; i < 60; i++) buffer.take(20, part * 2000 + 100 + i * 20);
    }
    expect(buffer.targetDelayMs).toBe(40);
    expect(buffer.counts.underruns).toBe(0);
  });
});

describe('an overrun', () => {
  it('drops what does not fit, and never calls it heard', () => {
    const buffer = newBuffer({ capacityMs: 300 });
    buffer.write(a, speech(250), 0);
    buffer.write(a, speech(100), 0);
    buffer.write(a, speech(100), 0);
    buffer.endPart(a);
    expect(buffer.counts).toMatchObject({ overruns: 2, overrunMs: 150 });
    buffer.take(1000, 0);
    expect(buffer.acknowledge(1000)).toEqual([{ ...a, playedMs: 300 }]);
  });
});

describe('heard', () => {
  it('is what was acknowledged, without the silence in between', () => {
    const buffer = newBuffer();
    buffer.take(100, 0);
    buffer.write(a, speech(60), 100);
    buffer.endPart(a);
    buffer.write(b, speech(50, 8), 100);
    buffer.take(200, 100);
    expect(buffer.acknowledge(90)).toEqual([]);
    expect(buffer.acknowledge(40)).toEqual([{ ...a, playedMs: 30 }]);
    expect(buffer.acknowledge(40)).toEqual([
      { ...a, playedMs: 60 },
      { ...b, playedMs: 10 },
    ]);
    expect(buffer.acknowledge(500)).toEqual([{ ...b, playedMs: 50 }]);
    expect(buffer.acknowledge(500)).toEqual([]);
  });

  it('ends with a flush: what was under way counts as dropped', () => {
    const buffer = newBuffer();
    buffer.write(a, speech(100), 0);
    buffer.take(60, 0);
    buffer.acknowledge(25);
    expect(buffer.flush()).toEqual([{ ...a, playedMs: 25, droppedMs: 75 }]);
    expect(buffer.acknowledge(35)).toEqual([]);
    expect(buffer.take(10, 60)).toEqual(new Int16Array(10));
    expect(buffer.waitingMs).toBe(0);
    buffer.write(b, speech(50, 8), 70);
    expect(buffer.take(10, 70)[0]).toBe(8);
    expect(buffer.acknowledge(5)).toEqual([]);
    expect(buffer.acknowledge(10)).toEqual([{ ...b, playedMs: 5 }]);
  });

  it('is a prefix of what was written, in any case', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), count: fc.nat(150) }),
      fc.record({ do: fc.constant('take' as const), count: fc.nat(80) }),
      fc.record({ do: fc.constant('acknowledge' as const), count: fc.nat(120) }),
      fc.record({
        do: fc.constantFrom('end' as const, 'flush' as const, 'wait' as const),
        count: fc.nat(100),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const buffer = newBuffer({ capacityMs: 500 });
        const total = { written: 0, taken: 0, silence: 0, heard: 0, dropped: 0 };
        let nowMs = 0;
        for (const { do: action, count } of steps) {
          if (action === 'write') {
            const before = buffer.counts.overrunMs;
            buffer.write(a, speech(count), nowMs);
            total.written += count - (buffer.counts.overrunMs - before);
          } else if (action === 'take') {
            const heard = buffer.take(count, nowMs).filter((value) => value !== 0).length;
            total.taken += heard;
            total.silence += count - heard;
          } else if (action === 'acknowledge') {
            for (const { playedMs } of buffer.acknowledge(count)) total.heard = playedMs;
          } else if (action === 'flush') {
            for (const { droppedMs } of buffer.flush()) total.dropped += droppedMs;
          } else if (action === 'end') buffer.endPart(a);
          else nowMs += count;
          expect(total.heard).toBeLessThanOrEqual(total.taken);
          expect(total.heard + total.dropped).toBeLessThanOrEqual(total.written);
          expect(buffer.waitingMs).toBeLessThanOrEqual(500);
        }
        for (const { droppedMs } of buffer.flush()) total.dropped += droppedMs;
        expect(total.heard + total.dropped).toBe(total.written);
      }),
    );
  });
});

describe('over a line that stalls', () => {
  it('plays with far less silence than with the shortest delay', () => {
    const line = { tailMs: 2, stallsPerMinute: 60, stallMs: 150, lossPercent: 0 };
    const arrivals = travel(line, 15_000, 5);
    const gaps = (maxDelayMs: number) => {
      const buffer = newBuffer({ maxDelayMs });
      let next = 0;
      for (let nowMs = 0; nowMs < 15_000 * packetMs; nowMs += packetMs) {
        for (let it = arrivals[next]; it !== undefined && it.atMs <= nowMs; it = arrivals[++next]) {
          const part = { itemId: `item_${Math.floor(it.index / 150)}`, contentIndex: 0 };
          // A part is two seconds of speech and one second without any.
          if (it.index % 150 < 100) buffer.write(part, speech(packetMs), it.atMs);
          else buffer.endPart(part);
        }
        buffer.take(packetMs, nowMs);
      }
      return buffer.counts.underrunMs;
    };
    expect(gaps(200)).toBeLessThan(gaps(40) * 0.7);
  });
});
