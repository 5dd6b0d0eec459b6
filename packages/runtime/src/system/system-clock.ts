import { performance } from 'node:perf_hooks';
import type { Clock } from '@antiphon/core';

/** The time of this machine. Timers keep the process alive while they run. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};
