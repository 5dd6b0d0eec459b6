import { SpeakerSink } from '@antiphon/audio/node';
import type { PlayoutProgress } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { device, FakeDevices } from './support/fake-devices.ts';
import { ManualClock } from './support/manual-clock.ts';

const main = device('output', 'main', true);
const spare = device('output', 'spare');
const part = { itemId: 'a', contentIndex: 0 };

/** A speaker whose device takes 60 ms ahead and plays on when it is told to. */
async function speaker(sampleRateHz = 24_000) {
  const clock = new ManualClock();
  const backend = new FakeDevices({ devices: [main, spare], sampleRateHz });
  let dry = 0;
  const sink = await SpeakerSink.open({ clock, backend, onRanDry: () => dry++ });
  const progress: PlayoutProgress[] = [];
  sink.onProgress((one) => progress.push(one));
  const out: number[] = [];
  let handed = 0;
  const ms = sampleRateHz / 1000;
  const play = async (durationMs: number): Promise<void> => {
    for (let passed = 0; passed < durationMs; passed += 10) {
      await clock.pass(10);
      const stream = backend.streams.findLast(({ closed }) => !closed);
      out.push(...(stream?.playback?.pull(10 * ms) ?? []));
      handed += 10 * ms;
      stream?.playback?.onPlayed(Math.max(0, handed - 60 * ms));
    }
  };
  return {
    clock,
    backend,
    sink,
    progress,
    out,
    play,
    dry: () => dry,
    playedMs: () => progress.at(-1)?.playedMs ?? 0,
  };
}

const loud = (ms: number): Int16Array => new Int16Array(24 * ms).fill(10_000);

describe('a speaker', () => {
  it('tells what was heard by the clock of its device', async () => {
    const { sink, play, playedMs } = await speaker();
    sink.write({ ...part, samples: loud(500) });
    sink.endPart('a', 0);
    await play(200);
    expect(playedMs()).toBe(140);
    await play(1_000);
    expect(playedMs()).toBe(500);
  });

  it('tells that its device ran dry, also of one that took the place of another', async () => {
    const { backend, clock, dry } = await speaker();
    backend.streams.at(-1)?.playback?.onRanDry();
    expect(dry()).toBe(1);
    backend.devices = [device('output', 'spare', true)];
    backend.streams.at(-1)?.playback?.onLost('pulled out');
    await clock.pass(10);
    backend.streams.at(-1)?.playback?.onRanDry();
    expect([dry(), backend.inUse]).toEqual([2, ['spare']]);
  });

  it('is silent between what it is given', async () => {
    const { sink, play, out } = await speaker();
    await play(100);
    sink.write({ ...part, samples: loud(50) });
    sink.endPart('a', 0);
    await play(200);
    expect(out.length).toBe(300 * 24);
    expect(out.filter((sample) => sample !== 0).length).toBe(50 * 24);
  });

  it('fades out when it is flushed, and tells that what the device had taken was heard', async () => {
    const { sink, play, playedMs, out, progress } = await speaker();
    sink.write({ ...part, samples: loud(2_000) });
    await play(300);
    expect(playedMs()).toBe(240);
    sink.flush();
    expect(playedMs()).toBe(305);
    const told = progress.length;
    await play(200);
    expect(progress.length).toBe(told);
    const sound = out.filter((sample) => sample !== 0);
    expect(sound.length / 24).toBeCloseTo(305, 0);
    const steps = out.slice(1).map((sample, at) => Math.abs(sample - (out[at] ?? 0)));
    expect(Math.max(...steps.slice(out.indexOf(10_000) + 1))).toBeLessThan(300);
  });

  it('has played nothing of what is dropped before the device takes any', async () => {
    const { sink, play, progress, out } = await speaker();
    await play(100);
    sink.write({ ...part, samples: loud(2_000) });
    sink.flush();
    expect(progress).toEqual([{ ...part, playedMs: 0 }]);
    await play(200);
    expect(out.every((sample) => sample === 0)).toBe(true);
  });

  it('goes on with the next answer after a flush', async () => {
    const { sink, play, progress } = await speaker();
    sink.write({ ...part, samples: loud(2_000) });
    await play(300);
    sink.flush();
    sink.write({ itemId: 'b', contentIndex: 0, samples: loud(100) });
    sink.endPart('b', 0);
    await play(300);
    expect(progress.at(-1)).toEqual({ itemId: 'b', contentIndex: 0, playedMs: 100 });
  });

  it('plays at the rate of its device', async () => {
    const { sink, play, playedMs, out } = await speaker(48_000);
    sink.write({ ...part, samples: loud(500) });
    sink.endPart('a', 0);
    await play(200);
    expect(playedMs()).toBe(140);
    await play(600);
    expect(playedMs()).toBe(500);
    expect(out.filter((sample) => Math.abs(sample) > 5_000).length / 48).toBeCloseTo(500, 0);
  });

  it('is heard in the room from what the device takes until a little after it was played', async () => {
    const { sink, play } = await speaker();
    await play(100);
    expect(sink.isAudible).toBe(false);
    sink.write({ ...part, samples: loud(300) });
    sink.endPart('a', 0);
    await play(10);
    expect(sink.isAudible).toBe(true);
    await play(550);
    expect(sink.isAudible).toBe(true);
    await play(150);
    expect(sink.isAudible).toBe(false);
  });

  it('keeps what waits when its device is lost, and plays it on the next', async () => {
    const { sink, play, backend, playedMs, clock } = await speaker();
    sink.write({ ...part, samples: loud(1_000) });
    sink.endPart('a', 0);
    await play(300);
    backend.pullOut('main');
    await clock.pass(5_000);
    expect([sink.deviceName, sink.isAudible]).toEqual([undefined, false]);
    expect(playedMs()).toBe(300);
    backend.devices.push({ ...spare, isDefault: true });
    backend.devices = backend.devices.filter(({ isDefault }) => isDefault);
    await clock.pass(1_000);
    expect(sink.deviceName).toBe('spare by Acme');
    await play(2_000);
    expect(playedMs()).toBe(1_000);
  });

  it('lets go of its device when it is closed', async () => {
    const { sink, backend, clock } = await speaker();
    sink.write({ ...part, samples: loud(1_000) });
    const closing = sink.close();
    await clock.pass(100);
    await closing;
    expect(backend.inUse).toEqual([]);
  });
});
