import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimerQueue } from '../src/system/timer-queue.ts';

describe('TimerQueue', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('fires in the order of their times, and of their setting where those are the same', () => {
    const queue = new TimerQueue(() => performance.now());
    const fired: string[] = [];
    for (const [name, delayMs] of [
      ['c', 300],
      ['a', 100],
      ['b1', 200],
      ['d', 400],
      ['b2', 200],
    ] as const) {
      queue.set(delayMs, () => fired.push(name));
    }
    vi.advanceTimersByTime(50);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(160);
    expect(fired).toEqual(['a', 'b1', 'b2']);
    vi.advanceTimersByTime(1_000);
    expect(fired).toEqual(['a', 'b1', 'b2', 'c', 'd']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('agrees with a timer of its own for each, whatever is set and cancelled', () => {
    const queue = new TimerQueue(() => performance.now());
    let seed = 7;
    const draw = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    const ours: number[] = [];
    const due = new Map<number, { readonly atMs: number; readonly cancel: () => void }>();
    let nowMs = 0;
    for (let name = 0; name < 800; name += 1) {
      const delayMs = 1 + draw(2_000);
      due.set(name, { atMs: nowMs + delayMs, cancel: queue.set(delayMs, () => ours.push(name)) });
      const victim = draw(name + 1);
      if (draw(4) > 0 && due.has(victim)) {
        due.get(victim)?.cancel();
        due.delete(victim);
      }
      if (draw(3) > 0) continue;
      const stepMs = draw(40);
      vi.advanceTimersByTime(stepMs);
      nowMs += stepMs;
      // A timer may come a millisecond early.
      const fired = ours.splice(0);
      for (const each of fired) {
        expect(due.get(each)?.atMs).toBeLessThanOrEqual(nowMs + 1);
        due.delete(each);
      }
      for (const { atMs } of due.values()) expect(atMs).toBeGreaterThan(nowMs - 1);
    }
    vi.advanceTimersByTime(5_000);
    expect(ours.toSorted((a, b) => a - b)).toEqual([...due.keys()]);
  });

  it('fires what is set by a timer that fires, and the rest after one that throws', () => {
    const queue = new TimerQueue(() => performance.now());
    const fired: string[] = [];
    queue.set(10, () => {
      queue.set(0, () => fired.push('set within'));
      throw new Error('broken');
    });
    queue.set(10, () => fired.push('after'));
    expect(() => vi.advanceTimersByTime(20)).toThrow('broken');
    vi.advanceTimersByTime(20);
    expect(fired.toSorted()).toEqual(['after', 'set within']);
  });

  it('keeps the process alive as long as one runs, and no longer', () => {
    vi.useRealTimers();
    const queue = new TimerQueue(() => performance.now());
    const timeouts = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timeouts();
    const cancels = [queue.set(60_000, () => {}), queue.set(50_000, () => {})];
    expect(timeouts()).toBe(before + 1);
    for (const cancel of cancels) cancel();
    expect(timeouts()).toBe(before);
    cancels.push(queue.set(90_000, () => {}));
    expect(timeouts()).toBe(before + 1);
    for (const cancel of cancels) cancel();
    expect(timeouts()).toBe(before);
  });
});
