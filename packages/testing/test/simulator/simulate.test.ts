import { type Effect, initialState, type SessionEvent, transition } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import {
  describeFailure,
  drawProfile,
  features,
  type Invariant,
  invariants,
  observedRegions,
  observeTransitions,
  profileNames,
  pureDriver,
  runSchedule,
  seedOfSchedule,
  traceText,
} from '../../src/index.ts';
import regressionSeeds from './regression-seeds.json' with { type: 'json' };

const seeds = Array.from({ length: 40 }, (_, index) => seedOfSchedule(99, index));

describe('a schedule', () => {
  it.each(seeds)('of seed %i holds every invariant', (seed) => {
    const result = runSchedule({ seed });
    expect(result.violation && describeFailure(result)).toBeUndefined();
  });

  it('is the same twice, byte for byte', () => {
    for (const seed of seeds.slice(0, 10)) {
      const [one, other] = [0, 1].map(() => traceText(runSchedule({ seed, keepTrace: true }).trace));
      expect(one).toBe(other);
      expect(one?.length).toBeGreaterThan(200);
    }
  });

  it.each(profileNames)('of profile %s comes to an end', (profile) => {
    const result = runSchedule({ seed: 5, profile });
    expect(result.violation && describeFailure(result)).toBeUndefined();
    expect(result.elapsedMs).toBeGreaterThan(3_000);
  });

  it('ends with the first thing that does not hold, and says how to run it again', () => {
    const never: Invariant = {
      id: 'X01',
      says: 'no response is asked for',
      watch: (_world, fail) => ({
        onEffect: (effect: Effect) => {
          if (effect.type === 'transport.send' && effect.event.type === 'response.create') fail('one is');
        },
      }),
    };
    const failed = seeds
      .map((seed) => runSchedule({ seed, invariants: [never] }))
      .find((result) => result.violation);
    expect(failed?.violation).toMatchObject({ invariant: 'X01', message: 'one is' });
    expect(failed && describeFailure(failed)).toContain(`npm run simulate -- --replay ${failed?.seed}`);
  });

  it('reports a session that throws', () => {
    const broken = pureDriver((state, event: SessionEvent) => {
      if (event.type === 'transport.opened') throw new Error('broken on purpose');
      return transition(state, event);
    });
    const result = runSchedule({ seed: seeds[0] ?? 1, driver: broken, profile: 'calm' });
    expect(result.violation).toMatchObject({ invariant: 'I09' });
    expect(result.violation?.message).toContain('broken on purpose');
  });
});

describe('what is checked', () => {
  it('has an id and a sentence each', () => {
    const ids = invariants.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { says } of invariants) expect(says.length).toBeGreaterThan(15);
  });

  it.each(
    Object.entries(regressionSeeds).flatMap(([profile, known]) => known.map((seed) => ({ profile, seed }))),
  )('holds in what once failed: $profile $seed', ({ profile, seed }) => {
    const result = runSchedule({ seed, profile });
    expect(result.violation && describeFailure(result)).toBeUndefined();
  });
});

describe('a profile', () => {
  it('turns each feature off, low and high over the seeds', () => {
    for (const feature of features) {
      const drawn = [
        ...seeds.map((seed) => drawProfile(seed)),
        ...seeds.map((seed) => drawProfile(seed, 'odd_servers')),
        ...seeds.map((seed) => drawProfile(seed, 'unruly_servers')),
        ...seeds.map((seed) => drawProfile(seed, 'joined_calls')),
      ];
      const levels = new Set(drawn.map((profile) => profile.levels[feature]));
      // A call is joined, or it is not.
      const expected = feature === 'joined_calls' ? ['high', 'off'] : ['high', 'low', 'off'];
      expect([...levels].toSorted(), feature).toEqual(expected);
    }
  });
});

describe('the observed changes', () => {
  it('are found for every region, from a state that is known', () => {
    const observed = observeTransitions({ schedules: 60, seed: 1 });
    for (const region of observedRegions) expect(observed[region].length, region).toBeGreaterThan(2);
    expect(observed.lifecycle).toContainEqual({ from: 'new', event: 'session.start', to: 'running' });
    expect(initialState).toBeTypeOf('function');
  });
});
