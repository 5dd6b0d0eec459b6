import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { compact, compactOrNone, without } from '../../../src/protocol/beta/members.ts';

/** What a server may send: a member of this name is one like others. */
const strange = JSON.parse('{"__proto__":{"polluted":1},"a":null,"b":0}') as JsonObject;

describe('members of what is said in the beta dialect', () => {
  it('leave out what is undefined, and keep everything else with its name and order', () => {
    const kept = compact({ b: 0, a: undefined, c: null, d: '', e: false, f: {} });
    expect(Object.entries(kept)).toEqual([
      ['b', 0],
      ['c', null],
      ['d', ''],
      ['e', false],
      ['f', {}],
    ]);
  });

  it('are no object where none is left', () => {
    expect(compactOrNone({ a: undefined })).toBeUndefined();
    expect(compactOrNone({})).toBeUndefined();
    expect(compactOrNone({ a: undefined, b: null })).toEqual({ b: null });
    expect(compactOrNone(strange)).toBeDefined();
  });

  it('are those of an object without some', () => {
    expect(without({ a: 1, b: 2, c: 3 }, new Set(['b', 'x']))).toEqual({ a: 1, c: 3 });
  });

  it.each([
    ['compact', compact(strange)],
    ['without', without(strange, new Set(['b']))],
  ])('never become the prototype of what they are copied to: %s', (_name, copied) => {
    expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
    expect(Object.hasOwn(copied, '__proto__')).toBe(true);
    expect(copied['polluted']).toBeUndefined();
  });
});
