import { describe, expect, it } from 'vitest';
import { EventQueue, Prng, seedOfSchedule } from '../../src/index.ts';

describe('the queue of virtual time', () => {
  it('runs tasks in the order they are due, those due at once in the order they were made', () => {
    const queue = new EventQueue();
    const ran: string[] = [];
    for (const [delayMs, name] of [
      [30, 'c'],
      [10, 'a'],
      [10, 'b'],
      [50, 'd'],
    ] as const) {
      queue.after(delayMs, () => ran.push(`${name}${queue.nowMs}`));
    }
    while (queue.runNext(40)) {
      // One at a time.
    }
    expect(ran).toEqual(['a10', 'b10', 'c30']);
    expect(queue.nowMs).toBe(40);
  });

  it('runs what a task adds, and nothing that was cancelled', () => {
    const queue = new EventQueue();
    const ran: number[] = [];
    const cancelled = queue.after(5, () => ran.push(-1));
    queue.after(1, () => {
      queue.cancel(cancelled);
      queue.after(2, () => ran.push(queue.nowMs));
    });
    while (queue.runNext(10)) {
      // One at a time.
    }
    expect(ran).toEqual([3]);
  });

  it('stays in order over many tasks', () => {
    const queue = new EventQueue();
    const random = new Prng(7);
    const ran: number[] = [];
    for (let count = 0; count < 2_000; count++) queue.after(random.int(0, 500), () => ran.push(queue.nowMs));
    while (queue.runNext(1_000)) {
      // One at a time.
    }
    expect(ran).toEqual(ran.toSorted((a, b) => a - b));
    expect(ran).toHaveLength(2_000);
  });
});

describe('the random numbers', () => {
  it('are the same for the same seed, and independent of how many another actor drew', () => {
    const one = new Prng(42);
    const other = new Prng(42);
    other.next();
    other.next();
    const draws = (random: Prng) => Array.from({ length: 5 }, () => random.int(0, 1_000));
    expect(draws(one.fork('user'))).toEqual(draws(other.fork('user')));
    expect(draws(one.fork('user'))).not.toEqual(draws(one.fork('tools')));
  });

  it('give every schedule a seed of its own', () => {
    const seeds = Array.from({ length: 10_000 }, (_, index) => seedOfSchedule(1, index));
    expect(new Set(seeds).size).toBe(10_000);
  });
});
