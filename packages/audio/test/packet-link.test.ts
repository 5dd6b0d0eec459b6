import {
  JitterBuffer,
  type LinkMessage,
  linkMessageFromBytes,
  linkMessageToBytes,
  PacketSink,
  type PacketSinkOptions,
  PacketSource,
} from '@antiphon/audio';
import type { PlayoutProgress } from '@antiphon/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from './support/manual-clock.ts';
import { uniform } from './support/networks.ts';

const sampleRateHz = 8000;
const packetMs = 20;
const frame = (sampleRateHz * packetMs) / 1000;
const part = { itemId: 'item_a', contentIndex: 0 };

/** A way on which a message takes 20–80 ms, so that some overtake others, and gets lost now and then. */
function network(clock: ManualClock, seed: number, lossPercent: number) {
  const next = uniform(seed);
  return (message: LinkMessage, deliver: (message: LinkMessage) => void): void => {
    const isLost = next() * 100 < lossPercent && message.type !== 'clear';
    const delayMs = message.type === 'clear' ? 20 : 20 + 60 * next();
    if (!isLost) clock.setTimer(delayMs, () => deliver(through(message)));
  };
}

function through(message: LinkMessage): LinkMessage {
  const read = linkMessageFromBytes(linkMessageToBytes(message));
  if (read === undefined) throw new Error('it cannot be read');
  return read;
}

/** A sink, a network, and a player at the far end that says after each frame how far it is. */
function call(options: Partial<PacketSinkOptions> & { seed?: number; lossPercent?: number } = {}) {
  const { seed = 1, lossPercent = 0, ...rest } = options;
  const clock = new ManualClock();
  const [there, back] = [network(clock, seed, lossPercent), network(clock, seed + 1, lossPercent)];
  const buffer = new JitterBuffer({ sampleRateHz });
  const played: number[] = [];
  const told: PlayoutProgress[] = [];
  const sent: LinkMessage[] = [];
  const sink = new PacketSink({
    clock,
    sampleRateHz,
    ...rest,
    send: (message) => {
      sent.push(message);
      there(message, (arrived) => {
        if (arrived.type === 'audio') buffer.push(arrived, clock.nowMs());
        if (arrived.type === 'clear') buffer.clear(arrived.position);
      });
    },
  });
  sink.onProgress((progress) => told.push(progress));
  const tick = (): void => {
    played.push(...buffer.take(frame, clock.nowMs()));
    const { position } = buffer;
    if (position !== undefined)
      back({ type: 'played', position }, (news) => sink.played(news.type === 'played' ? news.position : 0));
    clock.setTimer(packetMs, tick);
  };
  clock.setTimer(7, tick);
  return { clock, sink, buffer, played, told, sent, heardMs: () => told.at(-1)?.playedMs ?? 0 };
}

const heard = (samples: readonly number[]) => samples.filter((value) => value !== 0);
/** Speech whose every sample tells its place. */
const speech = (ms: number) => Int16Array.from({ length: 8 * ms }, (_, i) => 1000 + (i % 30_000));

/** Nothing twice, nothing out of its order. */
const inOrder = (values: readonly number[]) =>
  values.every((value, i) => i === 0 || value > (values[i - 1] ?? 0));
const same = (out: readonly number[], samples: Int16Array) =>
  out.length === samples.length && out.every((value, i) => value === samples[i]);

describe('the agent over a network', () => {
  it('is heard to its last sample, in order, and every sample counts once it was played', async () => {
    const { clock, sink, buffer, played, told, heardMs } = call();
    const samples = speech(2000);
    await clock.pass(500);
    sink.write({ ...part, samples });
    sink.endPart(part.itemId, part.contentIndex);
    await clock.pass(3000);
    expect(same(heard(played), samples)).toBe(true);
    expect(heardMs()).toBe(2000);
    expect(inOrder(told.map(({ playedMs }) => playedMs))).toBe(true);
    expect(buffer.counts.concealedMs).toBeLessThanOrEqual(60); // while it learns how long packets take
    expect(sink.counts).toMatchObject({ packets: 100, underruns: 0, unacknowledgedMs: 0 });
    await sink.close();
  });

  it.each([1, 2, 3])(
    'counts what was lost as heard, for nobody can say it better (seed %d)',
    async (seed) => {
      const { clock, sink, buffer, played, heardMs } = call({ seed, lossPercent: 5 });
      const samples = speech(3000);
      for (let at = 0; at < samples.length; at += 8000) {
        sink.write({ ...part, samples: samples.subarray(at, at + 8000) });
        await clock.pass(500);
      }
      sink.endPart(part.itemId, part.contentIndex);
      await clock.pass(3000);
      const out = heard(played);
      expect(out.length).toBeGreaterThan(0.85 * samples.length);
      expect(inOrder(out)).toBe(true);
      expect(heardMs()).toBeGreaterThan(2900);
      expect(buffer.counts.concealedMs).toBeGreaterThan(0);
      await sink.close();
    },
  );

  it('is silenced by an interruption: what was played by then is heard, and no more', async () => {
    const { clock, sink, played, told, sent, heardMs } = call();
    sink.write({ ...part, samples: speech(3000) });
    await clock.pass(1500);
    const playedMs = heard(played).length / 8;
    sink.flush();
    expect(sent.at(-1)).toMatchObject({ type: 'clear' });
    const heardAtFlush = heardMs();
    expect(heardAtFlush).toBeLessThanOrEqual(playedMs);
    expect(heardAtFlush).toBeGreaterThan(playedMs - 140); // the news is a while on its way
    const news = told.length;
    await clock.pass(1000);
    expect(told.length).toBe(news);
    expect(heard(played).length / 8 - playedMs).toBeLessThanOrEqual(20 + packetMs + 5);
    // The next answer is played, and the news of the old one changes nothing in it.
    sink.write({ itemId: 'item_b', contentIndex: 0, samples: speech(100) });
    sink.endPart('item_b', 0);
    await clock.pass(1000);
    expect(told.at(-1)).toEqual({ itemId: 'item_b', contentIndex: 0, playedMs: 100 });
    await sink.close();
  });

  it('goes on evenly after the program stood still: that long it is silent', async () => {
    const { clock, sink, sent } = call();
    sink.write({ ...part, samples: speech(2000) });
    await clock.pass(400);
    const before = sent.filter(({ type }) => type === 'audio').length;
    clock.jump(1000);
    await clock.pass(200);
    const after = sent.filter(({ type }) => type === 'audio').length;
    expect(after - before).toBeLessThanOrEqual(12);
    const positions = sent.flatMap((message) => (message.type === 'audio' ? [message.position] : []));
    expect((positions.at(-1) ?? 0) / 8).toBeGreaterThan(1500);
    await sink.close();
  });

  it('counts as heard by the clock where the far end says nothing', async () => {
    const clock = new ManualClock();
    const told: number[] = [];
    const sink = new PacketSink({ clock, sampleRateHz, assumePlayedAfterMs: 100, send: () => {} });
    sink.onProgress(({ playedMs }) => told.push(playedMs));
    sink.write({ ...part, samples: speech(200) });
    sink.endPart(part.itemId, part.contentIndex);
    await clock.pass(100);
    expect(told).toEqual([]);
    await clock.pass(400);
    expect(told.at(-1)).toBe(200);
    await sink.close();
  });

  it('sends silence only where it was asked to, tells of troubles, and leaves no timer behind', async () => {
    const troubles: number[] = [];
    const quiet = call();
    const steady = call({ silence: 'send', onTrouble: ({ underruns }) => troubles.push(underruns) });
    await Promise.all([quiet.clock.pass(200), steady.clock.pass(200)]);
    expect(quiet.sent).toEqual([]);
    expect(steady.sent.length).toBe(10);
    steady.sink.write({ ...part, samples: speech(100) });
    await steady.clock.pass(1000);
    expect(troubles).toEqual([1]);
    await steady.sink.close();
    const count = steady.sent.length;
    await steady.clock.pass(200);
    expect(steady.sent.length).toBe(count);
  });
});

describe('the user over a network', () => {
  async function listen(arrivals: readonly { position: number; atMs: number }[], untilMs: number) {
    const clock = new ManualClock();
    const troubles: unknown[] = [];
    const source = new PacketSource({ clock, sampleRateHz, onTrouble: (counts) => troubles.push(counts) });
    const samples = speech(1000);
    for (const { position, atMs } of arrivals)
      clock.setTimer(atMs, () =>
        source.push({ position, samples: samples.subarray(position, position + frame) }),
      );
    const frames: Int16Array[] = [];
    const listening = (async () => {
      for await (const one of source.frames(new AbortController().signal)) frames.push(one);
    })();
    await clock.pass(untilMs);
    source.end();
    await listening;
    return { frames, source, troubles, samples };
  }
  const evenly = Array.from({ length: 50 }, (_, i) => ({ position: i * frame, atMs: 30 + i * packetMs }));

  it('comes in even frames, silence where nothing has come', async () => {
    const { frames, samples, source, troubles } = await listen(evenly, 1300);
    expect(frames.length).toBe(65);
    expect(new Set(frames.map(({ length }) => length))).toEqual(new Set([frame]));
    expect(same(heard(frames.flatMap((one) => [...one])), samples)).toBe(true);
    expect([source.counts.concealedMs, troubles.length]).toEqual([0, 0]);
  });

  it('comes in order, whatever the network did to it, and what it did is told', async () => {
    const next = uniform(5);
    const late = evenly
      .filter(() => next() > 0.06)
      .map(({ position, atMs }) => ({ position, atMs: atMs + 50 * next() }));
    const { frames, source, troubles } = await listen(late, 1500);
    const out = heard(frames.flatMap((one) => [...one]));
    expect(inOrder(out)).toBe(true);
    expect(out.length).toBeGreaterThan(0.8 * 8000);
    expect(source.counts.concealedMs).toBeGreaterThan(0);
    expect(troubles.at(-1)).toEqual(source.counts);
    expect(source.delayMs).toBeGreaterThan(0);
  });

  it('ends when the session does', async () => {
    const clock = new ManualClock();
    const ending = new AbortController();
    const frames = new PacketSource({ clock, sampleRateHz }).frames(ending.signal);
    const reading = frames[Symbol.asyncIterator]().next();
    ending.abort();
    expect(await reading).toEqual({ done: true, value: undefined });
  });
});

describe('messages as bytes', () => {
  it('come back as they were', () => {
    const position = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    const samples = fc.int16Array({ maxLength: 500 });
    const message: fc.Arbitrary<LinkMessage> = fc.oneof(
      fc.record({ type: fc.constant('audio' as const), position, samples }),
      fc.record({ type: fc.constantFrom('clear' as const, 'played' as const), position }),
    );
    fc.assert(
      fc.property(message, (one) => {
        expect(linkMessageFromBytes(linkMessageToBytes(one))).toEqual(one);
      }),
    );
  });

  it('are lost when they are none', () => {
    const clear = linkMessageToBytes({ type: 'clear', position: 1 });
    for (const bytes of [[], [1], [9, 0, 0, 0, 0, 0, 0, 0], [...clear, 0], [...clear, 0, 0]])
      expect(linkMessageFromBytes(Uint8Array.from(bytes))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        linkMessageFromBytes(bytes);
      }),
    );
  });
});
