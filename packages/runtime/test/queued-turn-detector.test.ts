import type { DetectedTurn, RoomSound } from '@antiphon/core';
import { settlePromises } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { type FrameJudge, QueuedTurnDetector } from '../src/speech/queued-turn-detector.ts';

/** A judge that remembers, and finds what it is told to. */
class HandJudge implements FrameJudge {
  readonly judged: { readonly samples: Int16Array; readonly room: RoomSound }[] = [];
  readonly skips: number[] = [];
  readonly finds: DetectedTurn[] = [];
  abandons = 0;
  /** While set, a frame takes until it is resolved. */
  busy: Promise<void> | undefined;

  async judge(samples: Int16Array, room: RoomSound): Promise<readonly DetectedTurn[]> {
    await this.busy;
    this.judged.push({ samples, room });
    return this.finds.splice(0);
  }

  skip(durationMs: number): void {
    this.skips.push(durationMs);
  }

  abandon(): void {
    this.abandons += 1;
  }
}

function rig(judge: FrameJudge | Promise<FrameJudge>, sampleRateHz = 16_000) {
  const turns: DetectedTurn[] = [];
  const failures: unknown[] = [];
  const skipped: number[] = [];
  const detector = new QueuedTurnDetector({
    sampleRateHz,
    judge: Promise.resolve(judge),
    listener: {
      detected: (turn) => turns.push(turn),
      failed: (error) => failures.push(error),
      skipped: (durationMs) => skipped.push(durationMs),
    },
  });
  return { detector, turns, failures, skipped };
}

const started: DetectedTurn = { kind: 'started', startMs: 0 };

describe('QueuedTurnDetector', () => {
  it('judges whole frames at 16 kHz, each with what was heard beside it', async () => {
    const judge = new HandJudge();
    const { detector } = rig(judge);
    expect(detector.push(new Int16Array(500).fill(1), 'quiet')).toBeUndefined();
    await detector.push(new Int16Array(600).fill(2), 'agent_heard');
    expect(judge.judged.map(({ samples, room }) => [samples.length, room])).toEqual([
      [512, 'agent_heard'],
      [512, 'agent_heard'],
    ]);
  });

  it('converts the rate', async () => {
    const judge = new HandJudge();
    const { detector } = rig(judge, 24_000);
    for (let i = 0; i < 50; i += 1) await detector.push(new Int16Array(480), 'quiet');
    expect(judge.judged.length).toBe(Math.floor(16_000 / 512));
  });

  it('tells nothing while it takes audio', async () => {
    const judge = new HandJudge();
    const { detector, turns } = rig(judge);
    judge.finds.push(started);
    const work = detector.push(new Int16Array(512), 'quiet');
    expect(turns).toEqual([]);
    await work;
    expect(turns).toEqual([started]);
  });

  it('waits for the judge to be loaded', async () => {
    const judge = new HandJudge();
    let load: (loaded: FrameJudge) => void = () => {};
    const { detector } = rig(
      new Promise<FrameJudge>((resolve) => {
        load = resolve;
      }),
    );
    const work = detector.push(new Int16Array(1_024), 'quiet');
    await settlePromises();
    load(judge);
    await work;
    expect(judge.judged).toHaveLength(2);
  });

  it('skips what has waited for too long, keeps the time, and says so', async () => {
    const judge = new HandJudge();
    const { detector, skipped } = rig(judge);
    let goOn: () => void = () => {};
    judge.busy = new Promise((resolve) => {
      goOn = resolve;
    });
    for (let i = 0; i < 500; i += 1) void detector.push(new Int16Array(512).fill(i), 'quiet');
    goOn();
    await settlePromises();
    expect([judge.skips, skipped]).toEqual([[470 * 32], [470 * 32]]);
    const seen = judge.judged.map(({ samples }) => samples[0]);
    expect([seen[0], seen[1], seen.at(-1), seen.length]).toEqual([470, 471, 499, 30]);
  });

  it('judges all that has waited for a judge that was slow to load, and says how much waits', async () => {
    const judge = new HandJudge();
    let load: (loaded: FrameJudge) => void = () => {};
    const { detector, skipped } = rig(
      new Promise<FrameJudge>((resolve) => {
        load = resolve;
      }),
    );
    let work: Promise<void> | undefined;
    for (let i = 0; i < 400; i += 1) work = detector.push(new Int16Array(512), 'quiet');
    expect(detector.unjudgedMs).toBe(401 * 32);
    load(judge);
    await work;
    expect([judge.judged.length, skipped, detector.unjudgedMs]).toEqual([400, [], 0]);
  });

  it('judges all of a long frame that is waited for', async () => {
    const judge = new HandJudge();
    const { detector } = rig(judge);
    await detector.push(new Int16Array(512 * 500), 'quiet');
    expect([judge.judged.length, judge.skips]).toEqual([500, []]);
  });

  it('passes over what came before a turn was ended by other means', async () => {
    const judge = new HandJudge();
    const { detector } = rig(judge);
    await detector.push(new Int16Array(512), 'quiet');
    void detector.push(new Int16Array(512 * 4), 'quiet');
    detector.abandon();
    await detector.push(new Int16Array(512), 'quiet');
    expect([judge.abandons, judge.judged.length, judge.skips]).toEqual([1, 3, [96]]);
  });

  it.each([
    ['cannot be loaded', () => Promise.reject(new Error('no model'))],
    [
      'fails',
      async () => Object.assign(new HandJudge(), { judge: () => Promise.reject(new Error('no model')) }),
    ],
  ])('tells once that the judge %s', async (_, load: () => Promise<FrameJudge>) => {
    const { detector, failures } = rig(load());
    await detector.push(new Int16Array(512), 'quiet');
    await detector.push(new Int16Array(512), 'quiet');
    expect(failures).toMatchObject([{ message: 'no model' }]);
  });

  it('tells nothing of a frame that is judged when it ends', async () => {
    const judge = new HandJudge();
    const { detector, turns } = rig(judge);
    let goOn: () => void = () => {};
    judge.busy = new Promise((resolve) => {
      goOn = resolve;
    });
    judge.finds.push(started);
    const work = detector.push(new Int16Array(512), 'quiet');
    await settlePromises();
    detector.close();
    goOn();
    await work;
    expect([turns.length, judge.judged.length]).toEqual([0, 1]);
  });

  it('tells nothing after its end', async () => {
    const judge = new HandJudge();
    const { detector, turns, failures } = rig(judge);
    judge.finds.push(started);
    const work = detector.push(new Int16Array(1_024), 'quiet');
    detector.close();
    await work;
    expect(detector.push(new Int16Array(1_024), 'quiet')).toBeUndefined();
    expect([turns.length, failures.length, judge.judged.length]).toEqual([0, 0, 0]);
  });
});
