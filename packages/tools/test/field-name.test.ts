import type { JsonObject } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { describeFields } from '../src/schema/field-name.ts';

describe('describeFields', () => {
  it.each<[z.ZodType, string]>([
    [z.string(), 'string'],
    [z.string().regex(/^[A-Z]{3}$/), 'string like /^[A-Z]{3}$/'],
    [z.iso.date(), 'string as YYYY-MM-DD'],
    [z.iso.datetime(), 'string as 2026-01-31T09:30:00Z'],
    [z.email(), 'string an e-mail address'],
    [z.url(), 'string a URL with its scheme'],
    [z.int(), 'integer'],
    [z.number().min(1).max(5), 'number at least 1 and at most 5'],
    [z.number().positive().lt(9), 'number above 0 and below 9'],
    [z.boolean(), 'boolean'],
    [z.literal('now'), '"now"'],
    [z.enum(['a', 'b']), '"a" or "b"'],
    [z.array(z.int().min(1)), 'array of integer at least 1'],
    [z.array(z.unknown()), 'array'],
    [z.object({ street: z.string(), zip: z.string() }), 'object with street, zip'],
    [z.record(z.string(), z.number()), 'object'],
  ])('tells what %# may be: %s', (schema, told) => {
    const parameters = z.toJSONSchema(z.object({ field: schema })) as JsonObject;
    expect(describeFields(parameters)).toBe(`field (${told}, required)`);
  });
});
