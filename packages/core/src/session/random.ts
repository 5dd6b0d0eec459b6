import type { SessionState } from './state.ts';
import { alter } from './step.ts';

/**
 * The next random number of a session in [0, 1), and the state behind it (mulberry32, Tommy Ettinger 2017, public
 * domain). In the state, so that a log replays the same delays.
 */
export function drawRandom(state: SessionState): [value: number, state: SessionState] {
  const random = (state.random + 0x6d2b79f5) | 0;
  let bits = Math.imul(random ^ (random >>> 15), random | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return [((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000, alter(state, { random })];
}
