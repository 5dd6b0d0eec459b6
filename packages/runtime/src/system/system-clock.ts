import { performance } from 'node:perf_hooks';
import type { Clock } from '@antiphon/core';
import { TimerQueue } from './timer-queue.ts';

const timers = new TimerQueue(() => performance.now());

/** The time of this machine. Timers keep the process alive while they run. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer: (delayMs, fire) => timers.set(delayMs, fire),
};
