import { resample } from '@antiphon/audio';
import type { PlayoutProgress } from '@antiphon/core';
import { ArraySource, fakeAnnouncer, RecordingSink, tone } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { resampledAnnouncer, resampledSink, resampledSource } from '../src/audio/resampled.ts';

const never = new AbortController().signal;

async function all(frames: AsyncIterable<Int16Array>): Promise<Int16Array> {
  const samples: number[] = [];
  for await (const frame of frames) samples.push(...frame);
  return Int16Array.from(samples);
}

describe('resampledSource', () => {
  it('is the source where the rate is the same', () => {
    const source = new ArraySource(new Int16Array(10), { sampleRateHz: 24_000 });
    expect(resampledSource(source, 24_000)).toBe(source);
  });

  it.each([8_000, 16_000, 44_100, 48_000])(
    'gives all of a source of %i Hz, as one piece would be',
    async (fromHz) => {
      const samples = tone({ durationMs: 500, sampleRateHz: fromHz });
      const source = new ArraySource(samples, { sampleRateHz: fromHz, kind: 'live' });
      const converted = resampledSource(source, 24_000);
      expect(converted).toMatchObject({ sampleRateHz: 24_000, kind: 'live' });
      expect(await all(converted.frames(never))).toEqual(resample(samples, { fromHz, toHz: 24_000 }));
    },
  );

  it('begins anew each time it is read', async () => {
    const source = new ArraySource(tone({ durationMs: 100, sampleRateHz: 8_000 }), { sampleRateHz: 8_000 });
    const converted = resampledSource(source, 24_000);
    expect(await all(converted.frames(never))).toEqual(await all(converted.frames(never)));
  });
});

describe('resampledAnnouncer', () => {
  it.each([8_000, 16_000, 24_000])(
    'brings what is said at %i Hz to the rate of the session',
    async (fromHz) => {
      const announcer = resampledAnnouncer(
        fakeAnnouncer({ sampleRateHz: fromHz, msPerCharacter: 50 }),
        8_000,
      );
      const { samples, sampleRateHz } = await announcer.speak('Wait.', never);
      expect([samples.length, sampleRateHz]).toEqual([2_000, 8_000]);
    },
  );

  it('takes 24 kHz for granted where no rate is told', async () => {
    const silent = { speak: async () => ({ samples: new Int16Array(2_400) }) };
    expect((await resampledAnnouncer(silent, 8_000).speak('', never)).samples.length).toBe(800);
    expect((await resampledAnnouncer(silent, 24_000).speak('', never)).samples.length).toBe(2_400);
  });
});

describe('resampledSink', () => {
  it('is the sink where the rate is the same', () => {
    const sink = new RecordingSink({ sampleRateHz: 24_000 });
    expect(resampledSink(sink, 24_000)).toBe(sink);
  });

  it.each([8_000, 16_000, 48_000])('gives a sink of %i Hz each part whole', async (toHz) => {
    const inner = new RecordingSink({ sampleRateHz: toHz });
    const sink = resampledSink(inner, 24_000);
    const voice = tone({ durationMs: 400, sampleRateHz: 24_000 });
    const other = tone({ durationMs: 200, sampleRateHz: 24_000 }, 880);
    for (let at = 0; at < voice.length; at += 1000) {
      sink.write({ itemId: 'a', contentIndex: 0, samples: voice.subarray(at, at + 1000) });
      sink.write({ itemId: 'b', contentIndex: 1, samples: other.subarray(at, at + 1000) });
    }
    sink.endPart('a', 0);
    sink.endPart('b', 1);
    expect(inner.samplesOf('a')).toEqual(resample(voice, { fromHz: 24_000, toHz }));
    expect(inner.samplesOf('b', 1)).toEqual(resample(other, { fromHz: 24_000, toHz }));
    expect(inner.hasEnded('a')).toBe(true);
    await sink.close();
    expect(inner.closed).toBe(true);
  });

  it('reports what was played in milliseconds of the same part, no more than was given', () => {
    const inner = new RecordingSink({ sampleRateHz: 8_000 });
    const sink = resampledSink(inner, 24_000);
    const progress: PlayoutProgress[] = [];
    sink.onProgress((played) => progress.push(played));
    sink.write({ itemId: 'a', contentIndex: 0, samples: new Int16Array(2400) });
    sink.endPart('a', 0);
    expect(progress.at(-1)).toMatchObject({ itemId: 'a', contentIndex: 0, playedMs: 100 });
    expect(Math.max(...progress.map(({ playedMs }) => playedMs))).toBeLessThanOrEqual(100);
  });

  it('starts anew after a flush', () => {
    const inner = new RecordingSink({ sampleRateHz: 48_000 });
    const sink = resampledSink(inner, 24_000);
    sink.write({ itemId: 'a', contentIndex: 0, samples: new Int16Array(500).fill(20_000) });
    sink.flush();
    sink.write({ itemId: 'b', contentIndex: 0, samples: new Int16Array(500) });
    sink.endPart('b', 0);
    expect(inner.flushes).toBe(1);
    expect(inner.samplesOf('b').every((sample) => sample === 0)).toBe(true);
  });
});
