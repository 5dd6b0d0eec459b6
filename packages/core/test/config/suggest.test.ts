import { expect, test } from 'vitest';
import { nearestName } from '../../src/config/suggest.ts';

test.each<[string, readonly string[], string | undefined]>([
  ['agent', ['agents', 'version'], 'agents'],
  ['turnDetection', ['turn_detection'], 'turn_detection'],
  ['wetaher', ['weather'], 'weather'],
  ['opnai', ['local', 'openai'], 'openai'],
  ['b', ['a'], undefined],
  ['xyz', ['speed', 'voice'], undefined],
  ['', ['a'], undefined],
  ['k'.repeat(1000), ['k'.repeat(999)], undefined],
])('%s among %j is %s', (name, candidates, expected) => {
  expect(nearestName(name, candidates)).toBe(expected);
});
