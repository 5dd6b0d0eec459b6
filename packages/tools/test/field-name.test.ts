import type { JsonObject } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { describeFields } from '../src/schema/field-name.ts';

describe('describeFields', () => {
  it.each<[string, z.ZodType]>([
    ['string', z.string()],
    ['string like /^[A-Z]{3}$/', z.string().regex(/^[A-Z]{3}$/)],
    ['string as YYYY-MM-DD', z.iso.date()],
    ['string as 2026-01-31T09:30:00Z', z.iso.datetime()],
    ['string an e-mail address', z.email()],
    ['string a URL with its scheme', z.url()],
    ['integer', z.int()],
    ['number at least 1 and at most 5', z.number().min(1).max(5)],
    ['number above 0 and below 9', z.number().positive().lt(9)],
    ['boolean', z.boolean()],
    ['"now"', z.literal('now')],
    ['"a" or "b"', z.enum(['a', 'b'])],
    ['array of integer at least 1', z.array(z.int().min(1))],
    ['array', z.array(z.unknown())],
    ['object with street, zip', z.object({ street: z.string(), zip: z.string() })],
    ['object', z.record(z.string(), z.number())],
  ])('tells what a field may be: %s', (told, schema) => {
    const parameters = z.toJSONSchema(z.object({ field: schema })) as JsonObject;
    expect(describeFields(parameters)).toBe(`field (${told}, required)`);
  });
});
