import { VirtualClock } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { type Pace, TurnSource } from '../src/run/turn-source.ts';

const sampleRateHz = 24_000;
const frameSamples = 480;
const never = new AbortController().signal;

function sourceAt(pace: Pace) {
  const clock = new VirtualClock();
  const handedOver: Int16Array[] = [];
  const source = new TurnSource({ sampleRateHz, clock, pace, onFrame: (frame) => handedOver.push(frame) });
  return { source, clock, handedOver };
}

/** Takes everything until the source ends. */
async function takeAll(source: TurnSource, signal: AbortSignal): Promise<Int16Array[]> {
  const frames: Int16Array[] = [];
  for await (const frame of source.frames(signal)) frames.push(frame);
  return frames;
}

function ramp(length: number): Int16Array {
  return Int16Array.from({ length }, (_, index) => index);
}

describe('TurnSource', () => {
  it('hands over every sample once, in frames of 20 ms, and counts them', async () => {
    const { source, handedOver } = sourceAt('fast');
    const over = new AbortController();
    const taken = takeAll(source, over.signal);
    await source.speak(ramp(1000), never);
    expect(source.positionMs).toBeCloseTo(1000 / 24);
    over.abort();
    const frames = await taken;
    expect(frames.map((frame) => frame.length)).toEqual([frameSamples, frameSamples, 40]);
    expect(Int16Array.from(frames.flatMap((frame) => [...frame]))).toEqual(ramp(1000));
    expect(handedOver).toEqual(frames);
  });

  it('hands over nothing more once it was told to stop', async () => {
    const { source, handedOver } = sourceAt('fast');
    const over = new AbortController();
    const taken = takeAll(source, new AbortController().signal);
    over.abort();
    await source.speak(ramp(1000), over.signal);
    expect(handedOver).toEqual([]);
    void taken;
  });

  it('lets its feeder go when nobody listens any more', async () => {
    const { source } = sourceAt('fast');
    const over = new AbortController();
    const taken = takeAll(source, over.signal);
    await source.speak(ramp(frameSamples), never);
    over.abort();
    await source.speak(ramp(2000), never);
    expect(await taken).toHaveLength(1);
  });

  it('gives a frame of silence', async () => {
    const { source, handedOver } = sourceAt('fast');
    const over = new AbortController();
    const taken = takeAll(source, over.signal);
    expect(await source.beSilent('hurry', never)).toBe(20);
    over.abort();
    expect(await taken).toEqual([new Int16Array(frameSamples)]);
    expect(handedOver).toHaveLength(1);
    expect(source.positionMs).toBe(20);
  });

  it('takes an aborted wait for the end of it', async () => {
    const { source } = sourceAt('realtime');
    const over = new AbortController();
    void takeAll(source, over.signal);
    source.startClock();
    const silent = source.beSilent('wait', over.signal);
    over.abort();
    expect(await silent).toBe(20);
  });

  it('has no debt for the time that has passed in realtime', async () => {
    const { source, clock, handedOver } = sourceAt('realtime');
    const over = new AbortController();
    const taken = takeAll(source, over.signal);
    source.startClock();
    // Everything is due: no wait is left that only real time could end.
    clock.advance(60_000);
    await source.speak(ramp(10 * frameSamples), never);
    over.abort();
    await taken;
    expect(handedOver).toHaveLength(10);
  });
});
