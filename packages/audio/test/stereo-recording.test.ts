import { concatSamples, StereoRecording } from '@antiphon/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest } from './support/digest.ts';

const of = (...values: number[]) => Int16Array.from(values);

/** Left and right of interleaved samples. */
function sides(stereo: Int16Array): { user: number[]; agent: number[] } {
  const user = [...stereo].filter((_, i) => i % 2 === 0);
  return { user, agent: [...stereo].filter((_, i) => i % 2 === 1) };
}

describe('the stereo recording', () => {
  it('places the agent at the end of the user when it was silent', () => {
    const recording = new StereoRecording({ sampleRateHz: 8_000 });
    recording.pushUser(of(1, 2, 3));
    expect(recording.pushAgent(of(7, 8))).toBe(3);
    expect(sides(recording.finish())).toEqual({ user: [1, 2, 3, 0, 0], agent: [0, 0, 0, 7, 8] });
  });

  it('queues agent audio that comes faster than the user side moves', () => {
    const recording = new StereoRecording({ sampleRateHz: 8_000 });
    recording.pushUser(of(1));
    recording.pushAgent(of(7, 8));
    recording.pushUser(of(2));
    expect(recording.pushAgent(of(9))).toBe(3);
    recording.pushUser(of(3, 4, 5));
    expect(recording.pushAgent(of(10))).toBe(5);
    expect(sides(recording.finish())).toEqual({ user: [1, 2, 3, 4, 5, 0], agent: [0, 7, 8, 9, 0, 10] });
  });

  it('goes on together after align', () => {
    const recording = new StereoRecording({ sampleRateHz: 8_000 });
    recording.pushAgent(of(7, 8));
    recording.align();
    recording.pushUser(of(1));
    recording.align();
    expect(recording.pushAgent(of(9))).toBe(3);
    expect(sides(recording.finish())).toEqual({ user: [0, 0, 1, 0], agent: [7, 8, 0, 9] });
  });

  it('hands over only what is final', () => {
    const recording = new StereoRecording({ sampleRateHz: 8_000 });
    recording.pushAgent(of(7, 8));
    expect(recording.pull().length).toBe(0);
    recording.pushUser(of(1));
    expect([...recording.pull()]).toEqual([1, 7]);
    recording.pushUser(of(2, 3));
    expect([...recording.pull()]).toEqual([2, 8, 3, 0]);
    expect(recording.pull().length).toBe(0);
    expect(recording.frames).toBe(3);
  });

  it('is the same whenever it is pulled, as the placement rule says', () => {
    const step = fc.oneof(
      fc.record({ side: fc.constant('user' as const), count: fc.nat(9000) }),
      fc.record({ side: fc.constant('agent' as const), count: fc.nat(9000) }),
      fc.record({ side: fc.constant('align' as const), count: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 12 }), (steps) => {
        const recording = new StereoRecording({ sampleRateHz: 8_000 });
        const pulled: Int16Array[] = [];
        const user: number[] = [];
        const agent: number[] = [];
        const pad = (side: number[], length: number) => {
          while (side.length < length) side.push(0);
        };
        let next = 1;
        for (const [{ side, count }, pull] of steps) {
          const samples = Int16Array.from({ length: count }, () => (next++ % 30_000) + 1);
          if (side === 'user') {
            recording.pushUser(samples);
            user.push(...samples);
          } else if (side === 'agent') {
            pad(agent, user.length);
            expect(recording.pushAgent(samples)).toBe(agent.length);
            agent.push(...samples);
          } else {
            recording.align();
            pad(user, agent.length);
            pad(agent, user.length);
          }
          if (pull) pulled.push(recording.pull());
        }
        pulled.push(recording.finish());
        pad(user, agent.length);
        pad(agent, user.length);
        const stereo = concatSamples(pulled, new Int16Array(0));
        const expected = Int16Array.from(
          { length: user.length * 2 },
          (_, i) => (i % 2 === 0 ? user : agent)[i >> 1] ?? 0,
        );
        expect(digest(stereo)).toBe(digest(expected));
      }),
      { numRuns: 60 },
    );
  });
});
