import type { Announcer, Guard, GuardVerdict, SessionEvent } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { Announcements } from '../../src/runner/announcements.ts';
import { GuardRuns } from '../../src/runner/guard-runs.ts';
import { lineLogger, StepClock, settle } from './support.ts';

/** A guard whose verdicts are given by hand. */
function handGuard(name: string, on: Guard['on'] = 'output') {
  const asked: {
    text: string;
    final: boolean;
    signal: AbortSignal;
    answer: (verdict: GuardVerdict) => void;
  }[] = [];
  const guard: Guard = {
    name,
    on,
    check: (text, { final, signal }) =>
      new Promise((answer) => {
        asked.push({ text, final, signal, answer });
      }),
  };
  return { guard, asked };
}

function guardRig(guards: readonly Guard[]) {
  const events: SessionEvent[] = [];
  const clock = new StepClock();
  const logger = lineLogger();
  const runs = new GuardRuns({ guards: () => guards, clock, logger, report: (event) => events.push(event) });
  const check = (
    text: string,
    more: { itemId?: string; final?: boolean; guard?: 'input' | 'output' } = {},
  ): void => runs.check({ guard: 'output', itemId: 'i1', final: false, text, ...more });
  return { runs, events, clock, logger, check };
}

describe('GuardRuns', () => {
  it('asks the guards of a side, and reports nothing for a text that passes', async () => {
    const [mine, other] = [handGuard('mine'), handGuard('other', 'input')];
    const { check, events, clock } = guardRig([mine.guard, other.guard]);
    check('hello', { final: true });
    expect(mine.asked).toMatchObject([{ text: 'hello', final: true }]);
    expect(other.asked).toEqual([]);
    mine.asked[0]?.answer({ ok: true });
    await settle();
    expect([events.length, clock.pending]).toEqual([0, 0]);
  });

  it('looks at the newest text next, and leaves out those in between', async () => {
    const { guard, asked } = handGuard('mine');
    const { check } = guardRig([guard]);
    check('a');
    check('a b');
    check('a b c', { final: true });
    check('another item', { itemId: 'i2' });
    expect(asked.map(({ text }) => text)).toEqual(['a', 'another item']);
    asked[0]?.answer({ ok: true });
    await settle();
    expect(asked.map(({ text }) => text)).toEqual(['a', 'another item', 'a b c']);
  });

  it('reports the first trip of an item once, and looks at it no more', async () => {
    const [first, second] = [handGuard('first'), handGuard('second')];
    const { check, events, clock } = guardRig([first.guard, second.guard]);
    check('bad');
    check('bad and worse');
    second.asked[0]?.answer({ ok: false, say: 'Let us talk of something else.' });
    await settle();
    first.asked[0]?.answer({ ok: false });
    await settle();
    check('bad and worse and more');
    expect(events).toEqual([
      {
        type: 'guard.tripped',
        guard: 'output',
        name: 'second',
        itemId: 'i1',
        say: 'Let us talk of something else.',
      },
    ]);
    expect([first.asked.length, second.asked.length, clock.pending]).toEqual([1, 1, 0]);
    check('fine', { itemId: 'i2' });
    expect(first.asked).toHaveLength(2);
  });

  it.each<[string, Guard['check']]>([
    ['rejects', () => Promise.reject(new Error('down'))],
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
    ['hangs', () => new Promise(() => {})],
  ])('lets pass what a guard that %s is asked for, and says so', async (_, check) => {
    const { check: ask, events, clock, logger } = guardRig([{ name: 'mine', on: 'output', check }]);
    ask('hello');
    await clock.pass(2_000);
    expect(events).toEqual([]);
    expect(logger.lines).toEqual([expect.stringMatching(/^a guard failed: the text passes .*"mine"/)]);
    expect(clock.pending).toBe(0);
  });

  it('goes on after a guard that hung', async () => {
    const { guard, asked } = handGuard('mine');
    const { check, events, clock } = guardRig([guard]);
    check('a');
    check('a b');
    await clock.pass(2_000);
    expect(asked[0]?.signal.aborted).toBe(true);
    asked[0]?.answer({ ok: false });
    asked[1]?.answer({ ok: false });
    await settle();
    expect(events).toMatchObject([{ type: 'guard.tripped' }]);
  });

  it('reports nothing after its end', async () => {
    const { guard, asked } = handGuard('mine');
    const { runs, check, events, clock, logger } = guardRig([guard]);
    check('a');
    check('a b');
    runs.close();
    asked[0]?.answer({ ok: false });
    await settle();
    expect([events.length, clock.pending, logger.lines.length, asked.length]).toEqual([0, 0, 0, 1]);
    expect(asked[0]?.signal.aborted).toBe(true);
  });
});

function announcementRig(announcer: Announcer | undefined) {
  const reports: { event: SessionEvent; samples: Int16Array | undefined }[] = [];
  const clock = new StepClock();
  const logger = lineLogger();
  const announcements = new Announcements({
    announcer,
    codec: {
      inputSampleRateHz: 24_000,
      outputSampleRateHz: 8_000,
      outputBytesPerMs: 8,
      encode: () => new Uint8Array(0),
      decode: () => new Int16Array(0),
    },
    clock,
    logger,
    report: (event, samples) => void reports.push({ event, samples }),
  });
  return { announcements, reports, clock };
}

describe('Announcements', () => {
  const text = { itemId: 'i1', text: 'Please wait.' };

  it('reports the sound with the bytes it stands for', async () => {
    const samples = new Int16Array(1_600);
    const { announcements, reports, clock } = announcementRig({ speak: async () => ({ samples }) });
    announcements.speak(text);
    await settle();
    expect(reports).toEqual([
      { event: { type: 'announcement.audio', itemId: 'i1', byteLength: 1_600 }, samples },
    ]);
    expect(clock.pending).toBe(0);
  });

  it.each<[string, Announcer | undefined, RegExp]>([
    ['there is none', undefined, /no announcer/],
    ['it cannot speak', { speak: () => Promise.reject(new Error('no voice')) }, /^no voice$/],
    [
      'it throws',
      {
        speak: () => {
          throw new Error('no voice');
        },
      },
      /^no voice$/,
    ],
    ['it hangs', { speak: () => new Promise(() => {}) }, /^not done within 10000 ms$/],
  ])('reports a failure once when %s', async (_, announcer, reason) => {
    const { announcements, reports, clock } = announcementRig(announcer);
    announcements.speak(text);
    await clock.pass(20_000);
    expect(reports.map(({ event }) => event)).toEqual([
      { type: 'announcement.failed', itemId: 'i1', reason: expect.stringMatching(reason) },
    ]);
    expect(clock.pending).toBe(0);
  });

  it('ends with the session', async () => {
    const signals: AbortSignal[] = [];
    const { announcements, reports, clock } = announcementRig({
      speak: (_text, signal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    announcements.speak(text);
    announcements.close();
    announcements.speak(text);
    await settle();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect([reports.length, clock.pending]).toEqual([0, 0]);
  });
});
