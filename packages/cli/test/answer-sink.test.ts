import type { AudioChunk, PlayoutProgress } from '@antiphon/core';
import { VirtualClock } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { AnswerSink } from '../src/run/answer-sink.ts';
import type { Pace } from '../src/run/turn-source.ts';

const sampleRateHz = 24_000;

function chunk(itemId: string, ms: number): AudioChunk {
  return { itemId, contentIndex: 0, samples: new Int16Array(ms * 24).fill(7) };
}

function sinkAt(pace: Pace) {
  const clock = new VirtualClock();
  const received: string[] = [];
  const ended: string[] = [];
  const progress: PlayoutProgress[] = [];
  const playedOf = new Map<string, number>();
  let flushes = 0;
  const sink = new AnswerSink({
    sampleRateHz,
    clock,
    pace,
    onReceived: ({ itemId, samples }) => received.push(`${itemId} ${samples.length / 24}`),
    onPartEnd: (itemId, contentIndex) => ended.push(`${itemId} ${contentIndex}`),
    onProgress: ({ itemId, playedMs }) => playedOf.set(itemId, playedMs),
    onFlushing: () => {},
    onFlushed: () => flushes++,
  });
  sink.onProgress((played) => progress.push(played));
  const playedMs = () => [...playedOf.values()].reduce((total, ms) => total + ms, 0);
  return { sink, clock, received, ended, progress, playedMs, flushes: () => flushes };
}

function lastOf(progress: readonly PlayoutProgress[], itemId: string): number | undefined {
  return progress.findLast((played) => played.itemId === itemId)?.playedMs;
}

describe('AnswerSink', () => {
  it('has played at once what it was given, in fast', () => {
    const { sink, clock, received, progress, ended, playedMs } = sinkAt('fast');
    sink.write(chunk('a', 100));
    sink.write(chunk('a', 50));
    sink.endPart('a', 0);
    expect(received).toEqual(['a 100', 'a 50']);
    expect(ended).toEqual(['a 0']);
    expect(progress.map(({ playedMs: ms }) => ms)).toEqual([100, 150]);
    expect(playedMs()).toBe(150);
    expect(clock.pendingMs).toEqual([]);
  });

  it('plays in the time of its clock, in realtime', () => {
    const { sink, clock, received, progress, playedMs } = sinkAt('realtime');
    sink.write(chunk('a', 100));
    sink.write(chunk('b', 40));
    expect(received).toEqual(['a 100', 'b 40']);
    expect(playedMs()).toBe(0);
    clock.advance(60);
    expect(playedMs()).toBe(60);
    expect(lastOf(progress, 'a')).toBe(60);
    expect(lastOf(progress, 'b')).toBeUndefined();
    clock.advance(1000);
    expect(playedMs()).toBe(140);
    expect([lastOf(progress, 'a'), lastOf(progress, 'b')]).toEqual([100, 40]);
    expect(clock.pendingMs).toEqual([]);
  });

  it('does not make up for the time in which it had nothing to play', () => {
    const { sink, clock, playedMs } = sinkAt('realtime');
    sink.write(chunk('a', 20));
    clock.advance(5000);
    sink.write(chunk('a', 100));
    clock.advance(40);
    expect(playedMs()).toBe(60);
  });

  it('never says it played less than before, nor more than it was given', () => {
    const { sink, clock, progress } = sinkAt('realtime');
    for (let at = 0; at < 10; at++) {
      sink.write(chunk('a', 30));
      clock.advance(17);
    }
    clock.advance(1000);
    const played = progress.map(({ playedMs }) => playedMs);
    expect(played).toEqual(played.toSorted((a, b) => a - b));
    expect(played.at(-1)).toBe(300);
  });

  it('tells at a flush how much of each part was heard, and drops the rest', () => {
    const { sink, clock, progress, playedMs, flushes } = sinkAt('realtime');
    sink.write(chunk('a', 100));
    sink.write(chunk('b', 100));
    clock.advance(130);
    expect(flushes()).toBe(0);
    sink.flush();
    expect(flushes()).toBe(1);
    expect([lastOf(progress, 'a'), lastOf(progress, 'b')]).toEqual([100, 30]);
    expect(playedMs()).toBe(130);
    expect(clock.pendingMs).toEqual([]);
    clock.advance(1000);
    expect(playedMs()).toBe(130);
  });

  it('counts what became due since the last tick before it drops the rest', () => {
    const { sink, clock, progress } = sinkAt('realtime');
    sink.write(chunk('a', 100));
    clock.advance(33);
    sink.flush();
    expect(lastOf(progress, 'a')).toBe(33);
  });

  it('tells of parts that were dropped unheard', () => {
    const { sink, progress } = sinkAt('realtime');
    sink.write(chunk('a', 100));
    sink.flush();
    expect(progress.at(-1)).toMatchObject({ itemId: 'a', contentIndex: 0, playedMs: 0 });
  });

  it('plays on after a flush', () => {
    const { sink, clock, playedMs } = sinkAt('realtime');
    sink.write(chunk('a', 100));
    clock.advance(20);
    sink.flush();
    clock.advance(500);
    sink.write(chunk('b', 40));
    clock.advance(20);
    expect(playedMs()).toBe(40);
    clock.advance(20);
    expect(playedMs()).toBe(60);
  });

  it('takes an empty chunk for nothing', () => {
    const { sink, received, clock } = sinkAt('realtime');
    sink.write(chunk('a', 0));
    expect(received).toEqual([]);
    expect(clock.pendingMs).toEqual([]);
  });

  it('says nothing after it was closed, and leaves no timer', async () => {
    const { sink, clock, progress } = sinkAt('realtime');
    sink.write(chunk('a', 100));
    await sink.close();
    await sink.close();
    clock.advance(1000);
    sink.flush();
    expect(progress).toEqual([]);
    expect(clock.pendingMs).toEqual([]);
  });
});
