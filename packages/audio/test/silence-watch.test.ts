import { describe, expect, it } from 'vitest';
import { SilenceWatch } from '../src/node/devices/program/silence-watch.ts';
import { ManualClock, settle } from './support/manual-clock.ts';

function watched() {
  const clock = new ManualClock();
  const asked: ((isAnswered: boolean) => void)[] = [];
  let gone = 0;
  const watch = new SilenceWatch({
    clock,
    answers: () => new Promise((resolve) => asked.push(resolve)),
    onGone: () => gone++,
  });
  watch.start();
  return { clock, watch, asked, gone: () => gone };
}

describe('a microphone that gives nothing', () => {
  it('is gone when another program is answered and it still gives nothing', async () => {
    const { clock, asked, gone } = watched();
    await clock.pass(2_100);
    asked[0]?.(true);
    await settle();
    await clock.pass(699);
    expect(gone()).toBe(0);
    await clock.pass(1);
    await clock.pass(10_000);
    expect([gone(), asked.length]).toEqual([1, 1]);
  });

  it('is waited for as long as no other program is answered either', async () => {
    const { clock, watch, asked, gone } = watched();
    await clock.pass(9_000);
    expect([asked.length, gone()]).toEqual([1, 0]);
    // All of it comes at once.
    watch.heard();
    asked[0]?.(true);
    await clock.pass(2_000);
    expect([asked.length, gone()]).toEqual([1, 0]);
  });

  it('is asked about again when nobody answers, and gone with the sound system after fifteen seconds', async () => {
    const { clock, asked, gone } = watched();
    for (let second = 0; second < 14; second++) {
      asked.at(-1)?.(false);
      await clock.pass(1_000);
    }
    expect([asked.length > 5, gone()]).toEqual([true, 0]);
    for (let second = 0; second < 4; second++) {
      asked.at(-1)?.(false);
      await clock.pass(1_000);
    }
    expect(gone()).toBe(1);
  });

  it('is watched no more when it is let go, also while somebody is asked', async () => {
    const { clock, watch, asked, gone } = watched();
    await clock.pass(2_100);
    watch.stop();
    asked[0]?.(true);
    await clock.pass(10_000);
    expect(gone()).toBe(0);
  });
});

it('a microphone is not asked about where this process alone stood still', async () => {
  const { clock, watch, asked } = watched();
  for (let look = 0; look < 5; look++) {
    // One timer is due, and what has waited in the pipe is read behind it.
    clock.jump(30_000);
    await clock.pass(0);
    watch.heard();
  }
  expect(asked).toEqual([]);
});
