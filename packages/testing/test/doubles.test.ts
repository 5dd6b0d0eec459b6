import { describe, expect, it } from 'vitest';
import { ArraySource } from '../src/array-source.ts';
import { fakeToolHost } from '../src/fake-tool-host.ts';
import { RecordingSink } from '../src/recording-sink.ts';
import { SequentialIds } from '../src/sequential-ids.ts';
import { joined, noise, silence, speechLike, tone } from '../src/signals.ts';
import { VirtualClock } from '../src/virtual-clock.ts';

describe('VirtualClock', () => {
  it('fires what is due, soonest first, at its time', () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.nowMs()}`);
    clock.setTimer(20, note('b'));
    clock.setTimer(10, () => {
      note('a')();
      clock.setTimer(5, note('nested'));
    });
    clock.setTimer(20, note('c'));
    const cancel = clock.setTimer(15, note('cancelled'));
    cancel();
    clock.advance(20);
    expect(fired).toEqual(['a@10', 'nested@15', 'b@20', 'c@20']);
    expect(clock.pendingMs).toEqual([]);
  });

  it('keeps what is not due', () => {
    const clock = new VirtualClock(1000);
    clock.setTimer(50, () => {});
    clock.setTimer(30, () => {});
    clock.advance(29);
    expect(clock.pendingMs).toEqual([30, 50]);
    expect(clock.wallMs()).toBe(1029);
  });

  it('lets promises settle between timers', async () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    const sleep = (ms: number) => new Promise<void>((resolve) => clock.setTimer(ms, resolve));
    const work = async () => {
      await sleep(10);
      order.push(`first@${clock.nowMs()}`);
      await sleep(10);
      order.push(`second@${clock.nowMs()}`);
    };
    const done = work();
    clock.setTimer(15, () => order.push('between'));
    await clock.pass(20);
    await done;
    expect(order).toEqual(['first@10', 'between', 'second@20']);
  });

  it('runs to the end, unless there is none', async () => {
    const clock = new VirtualClock();
    clock.setTimer(5, () => clock.setTimer(5, () => {}));
    await clock.runAll();
    expect(clock.nowMs()).toBe(10);
    const again = (): void => void clock.setTimer(1, again);
    again();
    await expect(clock.runAll(50)).rejects.toThrow('still 1 timers after 50 fired');
  });
});

describe('SequentialIds', () => {
  it('counts per prefix', () => {
    const ids = new SequentialIds();
    expect([ids.nextId('item'), ids.nextId('call'), ids.nextId('item')]).toEqual([
      'item_1',
      'call_1',
      'item_2',
    ]);
  });
});

describe('signals', () => {
  const shape = { durationMs: 250, sampleRateHz: 16_000 };
  const peak = (samples: Int16Array) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

  it.each([
    ['tone', tone(shape, 440, 0.5), 16_384],
    ['noise', noise(shape, 0.25), 8_192],
    ['speech', speechLike(shape, 0.5), 16_384],
  ])('%s has its length and keeps within its level', (_name, samples, limit) => {
    expect(samples).toHaveLength(4000);
    expect(peak(samples)).toBeLessThanOrEqual(limit);
    expect(peak(samples)).toBeGreaterThan(limit / 3);
  });

  it('is the same each time', () => {
    expect(noise(shape)).toEqual(noise(shape));
    expect(noise(shape, 0.1, 2)).not.toEqual(noise(shape));
    expect(peak(silence(shape))).toBe(0);
  });

  it('joins', () => {
    expect(joined(Int16Array.of(1, 2), Int16Array.of(), Int16Array.of(3))).toEqual(Int16Array.of(1, 2, 3));
  });
});

describe('ArraySource', () => {
  it('yields every sample once, in frames', async () => {
    const source = new ArraySource(
      Int16Array.from({ length: 50 }, (_, index) => index),
      { sampleRateHz: 1000 },
    );
    const frames: Int16Array[] = [];
    for await (const frame of source.frames(new AbortController().signal)) {
      frames.push(frame);
    }
    expect(frames.map((frame) => frame.length)).toEqual([20, 20, 10]);
    expect(joined(...frames)).toEqual(Int16Array.from({ length: 50 }, (_, index) => index));
  });

  it('keeps the time of its clock and ends when aborted', async () => {
    const clock = new VirtualClock();
    const source = new ArraySource(new Int16Array(100), { sampleRateHz: 1000, frameMs: 10, clock });
    const abort = new AbortController();
    let count = 0;
    const reading = (async () => {
      for await (const _frame of source.frames(abort.signal)) {
        count++;
      }
    })();
    await clock.pass(35);
    expect(count).toBe(3);
    abort.abort();
    await reading;
    expect(clock.pendingMs).toEqual([]);
  });
});

describe('RecordingSink', () => {
  const chunk = (itemId: string, ms: number) => ({
    itemId,
    contentIndex: 0,
    samples: new Int16Array(ms).fill(1),
  });

  function sinkOn(clock?: VirtualClock) {
    const sink = new RecordingSink({ sampleRateHz: 1000, ...(clock && { clock }) });
    const progress: string[] = [];
    sink.onProgress(({ itemId, playedMs }) => progress.push(`${itemId}:${playedMs}`));
    return { sink, progress };
  }

  it('plays at once without a clock', () => {
    const { sink, progress } = sinkOn();
    sink.write(chunk('a', 30));
    sink.write(chunk('a', 20));
    sink.endPart('a', 0);
    expect(progress).toEqual(['a:30', 'a:50']);
    expect(sink.samplesOf('a')).toHaveLength(50);
    expect(sink.hasEnded('a')).toBe(true);
    expect(sink.hasEnded('b')).toBe(false);
  });

  it('plays one chunk after the other, and tells how much of each was heard when flushed', () => {
    const clock = new VirtualClock();
    const { sink, progress } = sinkOn(clock);
    sink.write(chunk('a', 30));
    sink.write(chunk('a', 20));
    sink.write(chunk('b', 20));
    clock.advance(45);
    expect(progress).toEqual(['a:30']);
    sink.flush();
    expect(progress).toEqual(['a:30', 'a:45']);
    clock.advance(100);
    expect(progress).toHaveLength(2);
    expect([sink.playedMs('a'), sink.playedMs('b'), sink.flushes]).toEqual([45, 0, 1]);
    sink.write(chunk('c', 10));
    clock.advance(10);
    expect(progress.at(-1)).toBe('c:10');
  });

  it('reports nothing after its close', async () => {
    const clock = new VirtualClock();
    const { sink, progress } = sinkOn(clock);
    sink.write(chunk('a', 30));
    await sink.close();
    sink.write(chunk('a', 30));
    clock.advance(100);
    expect(progress).toEqual([]);
    expect(sink.closed).toBe(true);
  });
});

describe('fakeToolHost', () => {
  const request = (name: string, argumentsJson = '{}') => ({
    callId: 'call_1',
    name,
    argumentsJson,
    sessionId: 's',
    agentName: 'a',
  });
  const never = new AbortController().signal;

  it('ends calls as scripted and remembers them', async () => {
    const host = fakeToolHost({
      tools: { clock: { output: { hour: 9 } }, echo: ({ argumentsJson }) => ({ output: argumentsJson }) },
    });
    expect(host.specs.map((spec) => spec.name)).toEqual(['clock', 'echo']);
    expect(await host.call(request('clock'), never)).toMatchObject({
      status: 'completed',
      outputText: '{"hour":9}',
    });
    expect(await host.call(request('echo', '[1'), never)).toMatchObject({ output: '[1', arguments: '[1' });
    expect(await host.call(request('missing'), never)).toMatchObject({ status: 'rejected' });
    expect(host.calls.map((call) => call.name)).toEqual(['clock', 'echo', 'missing']);
  });

  it('takes its time on the clock, says what it should, and is cancelled when aborted', async () => {
    const clock = new VirtualClock();
    const host = fakeToolHost({ tools: { slow: { afterMs: 100, says: 'One moment.' } }, clock });
    const said: string[] = [];
    const abort = new AbortController();
    const whole = host.call(request('slow'), never, { say: (text) => said.push(text) });
    const cut = host.call(request('slow'), abort.signal);
    await clock.pass(50);
    abort.abort();
    expect(await cut).toMatchObject({ status: 'cancelled' });
    await clock.pass(50);
    expect(await whole).toMatchObject({ status: 'completed' });
    expect(said).toEqual(['One moment.']);
  });
});
