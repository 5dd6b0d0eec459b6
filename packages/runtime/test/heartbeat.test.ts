import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat } from '../src/providers/heartbeat.ts';

function rig() {
  const told: string[] = [];
  let answer: () => void = () => {};
  const socket = {
    bufferedAmount: 0,
    pings: 0,
    ping() {
      this.pings += 1;
    },
    on: (event: 'pong' | 'ping', listener: () => void) => {
      if (event === 'pong') answer = listener;
    },
  };
  const heartbeat = new Heartbeat({
    socket,
    intervalMs: 5_000,
    stuckLimitBytes: 1_000,
    onSilence: (ms) => told.push(`silent for ${ms}`),
    onStuck: () => told.push('stuck'),
  });
  heartbeat.start();
  return { told, socket, heartbeat, answer: () => answer() };
}

describe('Heartbeat', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('pings, and is content with an answer', () => {
    const { told, socket, answer } = rig();
    for (let i = 0; i < 4; i += 1) {
      vi.advanceTimersByTime(5_000);
      answer();
    }
    expect([told, socket.pings]).toEqual([[], 4]);
  });

  it('is content with any sign of life', () => {
    const { told, heartbeat } = rig();
    for (let i = 0; i < 4; i += 1) {
      vi.advanceTimersByTime(5_000);
      heartbeat.noteLife();
    }
    expect(told).toEqual([]);
  });

  it('tells of silence after a ping, at the next', () => {
    const { told } = rig();
    vi.advanceTimersByTime(9_999);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(told).toEqual(['silent for 5000']);
  });

  it('looks once more for an answer that has not been read yet', async () => {
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { told, socket, answer } = rig();
    vi.advanceTimersByTime(10_000);
    // What arrived while the process was busy is read between a timer and what it put off.
    answer();
    await new Promise((resolve) => setImmediate(resolve));
    expect([told, socket.pings]).toEqual([[], 2]);
  });

  it('tells of a peer that takes nothing', () => {
    const { told, socket, answer } = rig();
    const beat = (bufferedAmount: number): void => {
      socket.bufferedAmount = bufferedAmount;
      vi.advanceTimersByTime(5_000);
      answer();
    };
    beat(2_000);
    beat(1_500);
    beat(900);
    beat(1_100);
    expect(told).toEqual([]);
    beat(1_100);
    expect(told).toEqual(['stuck']);
  });

  it('ends', () => {
    const { told, heartbeat } = rig();
    vi.advanceTimersByTime(5_000);
    heartbeat.stop();
    vi.advanceTimersByTime(60_000);
    expect([told, vi.getTimerCount()]).toEqual([[], 0]);
  });
});
