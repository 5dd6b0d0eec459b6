import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeardTarget, settle, uplinkRig } from './uplink-rig.ts';

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('feed' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
    },
    fc.record({
      kind: fc.constant('route' as const),
      replay: fc.constantFrom('tail' as const, 'open_turn' as const),
    }),
    fc.record({
      kind: fc.constantFrom(
        'detach' as const,
        'hold' as const,
        'release' as const,
        'commit' as const,
        'forget' as const,
        'slow' as const,
        'fast' as const,
        'tick' as const,
      ),
    }),
    fc.record({
      kind: fc.constantFrom(
        'gate_open' as const,
        'gate_turns' as const,
        'begin' as const,
        'end' as const,
        'drop' as const,
      ),
    }),
  ),
  { maxLength: 30 },
);

function isAscending(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value > (values[index - 1] ?? Number.NaN));
}

type Step = typeof steps extends fc.Arbitrary<(infer Each)[]> ? Each : never;

async function run(kind: 'live' | 'recorded', list: readonly Step[]): Promise<void> {
  const { uplink, clock, feed, source, failures } = uplinkRig(kind);
  const targets: HeardTarget[] = [];
  for (const step of list) {
    const target = targets.at(-1);
    switch (step.kind) {
      case 'feed':
        await feed(step.ms);
        break;
      case 'route':
        targets.push(new HeardTarget());
        uplink.route({ epoch: targets.length, target: targets.at(-1) ?? new HeardTarget() }, step.replay);
        break;
      case 'detach':
        uplink.detach();
        break;
      case 'hold':
        uplink.hold();
        break;
      case 'release':
        uplink.release();
        break;
      case 'commit':
        uplink.commit('evt');
        break;
      case 'forget':
        uplink.mark('item', { commit: 'evt', audioEndMs: 500 });
        uplink.forget('item');
        break;
      case 'slow':
        if (target) target.bufferedBytes = 1e6;
        break;
      case 'fast':
        if (target) target.bufferedBytes = 0;
        break;
      case 'tick':
        clock.fire();
        break;
      case 'gate_open':
        uplink.setGate({ kind: 'open' });
        break;
      case 'gate_turns':
        uplink.setGate({ kind: 'turns', lookBackMs: 300 });
        break;
      case 'begin':
        uplink.openTurn(uplink.position - 200);
        break;
      case 'end':
        uplink.closeTurn(uplink.position);
        uplink.sendAll();
        break;
      case 'drop':
        uplink.dropTurn();
        target?.forget();
        break;
    }
    await settle();
    const counts = uplink.counts;
    const { receivedSamples, sentSamples, droppedSamples, withheldSamples, keptSamples, replayedSamples } =
      counts;
    expect(sentSamples + droppedSamples + withheldSamples + keptSamples).toBe(receivedSamples);
    expect(Object.values(counts).every((count) => count >= 0)).toBe(true);
    const heard = targets.flatMap((each) => each.heard);
    expect(heard.length).toBe(sentSamples + replayedSamples);
    expect(new Set(heard).size).toBe(sentSamples);
    if (kind === 'recorded') expect(droppedSamples).toBe(0);
    else expect(keptSamples).toBeLessThanOrEqual(15_000 + 20);
    expect(targets.every((each) => each.known.every(isAscending))).toBe(true);
  }
  uplink.release();
  uplink.route({ epoch: 1_000, target: new HeardTarget() }, 'tail');
  uplink.close();
  await settle();
  expect([clock.timers.size, failures.length]).toEqual([0, 0]);
  expect(source.pulls === 0 || source.aborted).toBe(true);
}

describe('whatever happens to an Uplink', () => {
  it.each(['live', 'recorded'] as const)(
    'a %s source is sent in order, once for each connection, and accounted for',
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(steps, (list) => run(kind, list)),
        { numRuns: 400 },
      );
    },
  );
});
