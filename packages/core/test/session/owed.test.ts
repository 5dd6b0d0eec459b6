import { describe, expect, it } from 'vitest';
import { firstAgain } from '../../src/session/owed.ts';

describe('a request that comes first again', () => {
  it.each([
    { when: 'idle', owed: 'now', expected: 'now' },
    { when: 'idle', owed: 'idle', expected: 'idle' },
    { when: 'now', owed: 'idle', expected: 'now' },
  ] as const)('as $when before one that is owed $owed is owed $expected', ({ when, owed, expected }) => {
    const request = { kind: 'answer', when, attempt: 0 } as const;
    expect(firstAgain(request, [{ kind: 'answer', when: owed, attempt: 0 }])).toEqual([
      { ...request, when: expected },
    ]);
  });
});
