import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { JsonObject } from '../../src/json.ts';
import { readServerEvent } from '../../src/protocol/codec.ts';
import { readable } from '../../src/protocol/readable.ts';
import { openUnion, tolerant } from '../../src/protocol/tolerant.ts';
import { changesOf, withValue } from './changed-values.ts';
import { serverSamples } from './samples.ts';

/** What an event cannot do without, whatever its type; of an item, what it is and what it answers. */
const essential =
  /^(type|item|item_id|response_id|response|response\.id|delta|audio_start_ms|audio_end_ms|error|call_id|arguments|event|text|(item\.)(type|id|role|call_id|name|output|server_label))$/;

describe.each(Object.entries(serverSamples))('a %s with something strange in it', (type, sample) => {
  const event = { type, ...sample } as unknown as JsonObject;
  const places = changesOf(event).filter(({ path }) => !essential.test(path));

  it('is read without it', () => {
    for (const { path, value } of places) {
      const read = readServerEvent(withValue(event, path.split('.'), value));
      expect([path, value, read.kind]).toEqual([path, value, read.kind === 'audio' ? 'audio' : 'event']);
    }
  });
});

const Fruit = openUnion([
  tolerant({ type: z.literal('apple'), name: z.string(), grams: z.number().optional() }),
  tolerant({ type: z.literal('pear'), name: z.string() }),
]);
const Basket = tolerant({
  id: z.string(),
  owner: tolerant({ name: z.string(), age: z.number().optional() }).optional(),
  fruits: z.array(Fruit).default([]),
  labels: z.record(z.string(), z.string()).optional(),
});

describe('readable', () => {
  it.each([
    ['all that is right', { id: 'a', fruits: [{ type: 'pear', name: 'p' }] }, undefined, undefined],
    ['null', { id: 'a', fruits: null, owner: null }, { id: 'a', fruits: [] }, undefined],
    [
      'one strange member',
      { id: 'a', owner: { name: 'o', age: 'old' } },
      { id: 'a', owner: { name: 'o' }, fruits: [] },
      'owner.age',
    ],
    ['what lacks what it needs', { id: 'a', owner: { age: 3 } }, { id: 'a', fruits: [] }, 'owner.name'],
    [
      'several elements of a list',
      {
        id: 'a',
        fruits: [{ type: 'apple' }, { type: 'pear', name: 'p' }, { type: 'pear', name: 7 }, { type: 'plum' }],
      },
      {
        id: 'a',
        fruits: [
          { type: 'pear', name: 'p' },
          { type: 'unknown', rawType: 'plum', raw: { type: 'plum' } },
        ],
      },
      'fruits.0',
    ],
    [
      'a member of an element',
      { id: 'a', fruits: [{ type: 'apple', name: 'a', grams: 'many' }] },
      { id: 'a', fruits: [{ type: 'apple', name: 'a' }] },
      'fruits.0',
    ],
    [
      'one of many labels',
      { id: 'a', labels: { one: '1', two: { x: 1 } } },
      { id: 'a', labels: { one: '1' }, fruits: [] },
      'labels.two',
    ],
  ])('reads %s', (_name, value, expected, leftOut) => {
    const read = readable(Basket, value);
    expect(read).toMatchObject({ ok: true, value: expected ?? value });
    expect(read.ok && read.leftOut?.includes(`'${leftOut}'`)).toBe(leftOut === undefined ? undefined : true);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'basket'],
    ['a list', [1]],
    ['what has no id', { fruits: [] }],
    ['what has no readable id', { id: 7 }],
  ])('has a problem with %s', (_name, value) => {
    expect(readable(Basket, value)).toMatchObject({ ok: false, problem: expect.stringContaining(' at ') });
  });

  it('quotes nothing of what it cannot read', () => {
    const read = readable(Basket, { id: 'a', labels: { one: { secret: 'hunter2' } } });
    expect(JSON.stringify(read)).not.toContain('hunter2');
  });
});
