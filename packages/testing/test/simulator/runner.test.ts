import { describe, expect, it } from 'vitest';
import {
  describeFailure,
  type Invariant,
  profileNames,
  runnerRules,
  runRunnerSchedule,
  seedOfSchedule,
  traceText,
} from '../../src/index.ts';
import regressionSeeds from './runner-regression-seeds.json' with { type: 'json' };

const seeds = Array.from({ length: 12 }, (_, index) => seedOfSchedule(77, index));

describe('a schedule of a real runner', () => {
  it.each(seeds)('of seed %i holds every rule', async (seed) => {
    const result = await runRunnerSchedule({ seed });
    expect(result.violation && describeFailure(result)).toBeUndefined();
  });

  it('is the same twice, byte for byte', async () => {
    for (const seed of seeds.slice(0, 4)) {
      const one = await runRunnerSchedule({ seed, keepTrace: true });
      const other = await runRunnerSchedule({ seed, keepTrace: true });
      expect(traceText(one.trace)).toBe(traceText(other.trace));
      expect(one.steps).toBeGreaterThan(10);
    }
  });

  it.each(profileNames.filter((name) => name !== 'joined_calls'))(
    'of profile %s comes to an end',
    async (profile) => {
      const result = await runRunnerSchedule({ seed: 5, profile });
      expect(result.violation && describeFailure(result)).toBeUndefined();
    },
  );

  it('is refused in a call that is joined, which no runner holds', async () => {
    await expect(runRunnerSchedule({ seed: 5, profile: 'joined_calls' })).rejects.toThrow(
      'with the pure session only',
    );
  });

  it('ends with the first thing that does not hold, though the runner contains what is thrown', async () => {
    const never: Invariant = {
      id: 'X01',
      says: 'nothing is ever sent to a server',
      watch: (_world, fail) => ({
        onEffect: (effect) => effect.type === 'transport.send' && fail('something is'),
      }),
    };
    const result = await runRunnerSchedule({ seed: seeds[0] ?? 1, profile: 'calm', invariants: [never] });
    expect(result.violation).toMatchObject({ invariant: 'X01', message: 'something is' });
    expect(describeFailure(result)).toContain(`--replay ${seeds[0]} --driver runner --profile calm`);
  });

  it.each(
    Object.entries(regressionSeeds).flatMap(([profile, known]) => known.map((seed) => ({ profile, seed }))),
  )('holds in what once failed: $profile $seed', async ({ profile, seed }) => {
    const result = await runRunnerSchedule({ seed, profile });
    expect(result.violation && describeFailure(result)).toBeUndefined();
  });

  it('leaves nothing of its own behind', async () => {
    const before = process.listenerCount('unhandledRejection');
    await runRunnerSchedule({ seed: 1, profile: 'calm' });
    expect(process.listenerCount('unhandledRejection')).toBe(before);
    expect(Object.hasOwn(AbortSignal.prototype, 'addEventListener')).toBe(false);
  });
});

describe('what is checked of a runner', () => {
  it('is said in a sentence each', () => {
    for (const says of Object.values(runnerRules)) expect(says.length).toBeGreaterThan(15);
  });
});
