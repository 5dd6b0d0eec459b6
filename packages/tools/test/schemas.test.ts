import { createRequire } from 'node:module';
import type { JsonObject } from '@antiphon/core';
import { defineTool, type InputSchema, type Tool, type ToolContext } from '@antiphon/tools';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { z } from 'zod';
import { z as z3 } from 'zod/v3';
import { buildRegistry } from '../src/registry.ts';
import { schemaKind } from '../src/schema/input-schema.ts';
import { compileSchema } from '../src/schema/schema-check.ts';
import { toolJsonSchema, UnusableSchemaError } from '../src/schema/tool-json-schema.ts';

const zod4 = z.object({
  city: z.string().describe('City name'),
  days: z.number().min(1).default(3),
  unit: z.enum(['c', 'f']).optional(),
});
const zod3 = z3.object({
  city: z3.string().describe('City name'),
  days: z3.number().min(1).default(3),
  unit: z3.enum(['c', 'f']).optional(),
});
const raw = {
  type: 'object',
  properties: {
    city: { type: 'string', description: 'City name' },
    days: { type: 'number', minimum: 1, default: 3 },
    unit: { type: 'string', enum: ['c', 'f'] },
  },
  required: ['city'],
} as const;

/** A Standard Schema of no library in particular. */
const standard = {
  '~standard': {
    version: 1 as const,
    vendor: 'handmade',
    validate: (value: unknown) => {
      const { city, days = 3, unit } = value as { city?: unknown; days?: number; unit?: 'c' | 'f' };
      const issues = [
        ...(typeof city === 'string' ? [] : [{ message: 'expected a string', path: [{ key: 'city' }] }]),
        ...(unit === undefined || ['c', 'f'].includes(unit)
          ? []
          : [{ message: 'expected "c" or "f"', path: ['unit'] }]),
        ...(days >= 1 ? [] : [{ message: 'expected at least 1', path: ['days'] }]),
      ];
      return issues.length > 0
        ? { issues }
        : { value: { city: city as string, days, ...(unit && { unit }) } };
    },
    jsonSchema: { input: ({ target }: { target: string }) => ({ $schema: target, ...raw }) },
    types: undefined as
      | { input: unknown; output: { city: string; days: number; unit?: 'c' | 'f' } }
      | undefined,
  },
};

const kinds: readonly [string, InputSchema][] = [
  ['zod4', zod4],
  ['zod3', zod3],
  ['standard', standard],
  ['json-schema', raw],
];

describe.each(kinds)('%s', (kind, schema) => {
  it('is recognised', () => {
    expect(schemaKind(schema)).toBe(kind);
  });

  it('gives the JSON Schema of what the model writes, without $schema', () => {
    const { additionalProperties: _, ...json } = toolJsonSchema(schema);
    expect(json).toEqual(raw);
  });

  it('lets valid values through, with defaults, and leaves the given value alone', async () => {
    const given = { city: 'Rome' };
    expect(await compileSchema(schema).check(given)).toEqual({
      kind: 'valid',
      value: { city: 'Rome', days: 3 },
    });
    expect(given).toEqual({ city: 'Rome' });
  });

  it.each([
    [{}, 'city', 'is required'],
    [{ city: 7 }, 'city', 'string'],
    [{ city: 'Rome', unit: 'kelvin' }, 'unit', 'f'],
    [{ city: 'Rome', days: 0 }, 'days', '1'],
  ])('names the field of %j and what is valid', async (value, field, says) => {
    const verdict = await compileSchema(schema).check(value);
    expect(verdict).toMatchObject({
      kind: 'invalid',
      problems: [{ field, problem: expect.stringContaining(says) }],
    });
  });
});

const withField = (field: JsonObject) => ({ type: 'object', properties: { a: field } });

describe('schemas that cannot be used', () => {
  const cyclic: Record<string, unknown> = { type: 'object' };
  cyclic['properties'] = cyclic;
  const table: readonly [why: string, schema: unknown, says: string][] = [
    ['an empty JSON Schema', {}, 'empty'],
    ['a text', z.string(), 'its type is "string"'],
    ['an array', { type: 'array', items: {} }, 'its type is "array"'],
    ['no type', { properties: { a: {} } }, 'no "type": "object"'],
    ['a union', z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]), 'no "type": "object"'],
    ['a Date in zod 4', z.object({ at: z.date() }), 'Date'],
    [
      'a wrong JSON Schema type',
      { type: 'object', properties: { a: { type: 'strin' } } },
      'schema is invalid',
    ],
    ['an expression that is none', withField({ type: 'string', pattern: '(' }), 'Invalid regular'],
    ['an id of an older draft', withField({ type: 'object', id: 'a' }), 'NOT SUPPORTED'],
    ['a null that has no type', withField({ anyOf: [{ items: { nullable: true } }] }), 'nullable'],
    ['a dangling $ref', { type: 'object', properties: { a: { $ref: '#/nowhere' } } }, 'nowhere'],
    ['a cycle', cyclic, 'circular'],
    ['undefined', undefined, 'there is none'],
    ['a list', [], 'not a schema'],
    [
      'a Standard Schema without JSON Schema',
      { '~standard': { version: 1, vendor: 'other', validate: () => ({ value: 1 }) } },
      '"other" gives no JSON Schema',
    ],
  ];
  it.each(table)('%s', (_why, schema, says) => {
    for (const when of ['now', 'first_use'] as const) {
      const compile = () => compileSchema(schema as InputSchema, when);
      expect(compile).toThrow(UnusableSchemaError);
      expect(compile).toThrow(says);
    }
  });
});

describe('a schema that is compiled when it is first used', () => {
  const { Ajv } = createRequire(import.meta.url)('ajv') as typeof import('ajv');

  it.each([
    ['plain ones', withField({ type: ['string', 'null'], pattern: '^a', not: { const: 'ab' } }), 0],
    ['a field called id', withField({ type: 'object', properties: { id: { type: 'integer' } } }), 0],
    ['references', { ...withField({ $ref: '#/definitions/b' }), definitions: { b: { const: 'a' } } }, 1],
  ] as const)('is not compiled before, where that cannot fail: %s', async (_what, schema, before) => {
    const compile = vi.spyOn(Ajv.prototype, 'compile');
    const { check } = compileSchema(schema as JsonObject, 'first_use');
    expect(compile).toHaveBeenCalledTimes(before);
    for (const value of [{}, { a: 'a' }, { a: 'ab' }, { a: { id: 2 ** 60 } }, { a: { id: 1 } }]) {
      expect(await check(value)).toEqual(await compileSchema(schema as JsonObject).check(value));
    }
    compile.mockRestore();
  });

  it('is one of more tools than an agent can have', () => {
    const compile = vi.spyOn(Ajv.prototype, 'compile');
    const entries = (count: number) =>
      Array.from({ length: count }, (_, at) => {
        const input = withField({ type: 'string' }) as JsonObject;
        const tool = defineTool({ name: `t${at}`, description: 'x', input, execute: () => null }) as Tool;
        return { tool, origin: 'a test', where: {} };
      });
    expect(buildRegistry(entries(2)).registry.names).toHaveLength(2);
    expect(compile).toHaveBeenCalledTimes(2);
    expect(buildRegistry(entries(3_000)).registry.names).toHaveLength(3_000);
    expect(compile).toHaveBeenCalledTimes(2);
    compile.mockRestore();
  });
});

describe('details of JSON Schema', () => {
  it('names unknown fields and the known ones, at any depth', async () => {
    const schema: JsonObject = {
      type: 'object',
      properties: {
        stop: {
          type: 'array',
          items: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      },
      additionalProperties: false,
    };
    const { check } = compileSchema(schema);
    expect(await check({ stop: [{}], stops: 1 })).toEqual({
      kind: 'invalid',
      problems: [
        { field: 'stops', problem: 'is not a known field; the fields are stop' },
        { field: 'stop[0].city', problem: 'is required' },
      ],
    });
  });

  it('checks formats', async () => {
    const { check } = compileSchema({
      type: 'object',
      properties: { day: { type: 'string', format: 'date' } },
    });
    expect(await check({ day: '2026-11-24' })).toMatchObject({ kind: 'valid' });
    expect(await check({ day: 'tomorrow' })).toMatchObject({ kind: 'invalid', problems: [{ field: 'day' }] });
  });

  it('describes what goes into a transform, and gives what comes out', async () => {
    const schema = z.object({ city: z.string() }).transform(({ city }) => city.length);
    const { jsonSchema, check } = compileSchema(schema);
    expect(jsonSchema['properties']).toEqual({ city: { type: 'string' } });
    expect(await check({ city: 'Rome' })).toEqual({ kind: 'valid', value: 4 });
  });

  it('keeps recursion in zod 4', () => {
    const Node = z.object({
      name: z.string(),
      get children() {
        return z.array(Node).optional();
      },
    });
    expect(JSON.stringify(toolJsonSchema(Node))).toContain('$ref');
    expect(() => compileSchema(Node)).not.toThrow();
  });
});

describe('the types of execute', () => {
  const shared = { name: 'a', description: 'A' };

  it('follow the schema', () => {
    defineTool({
      ...shared,
      input: zod4,
      execute: (input) =>
        expectTypeOf(input).toEqualTypeOf<{ city: string; days: number; unit?: 'c' | 'f' | undefined }>(),
    });
    defineTool({
      ...shared,
      input: zod3,
      execute: (input) =>
        expectTypeOf(input).toEqualTypeOf<{ city: string; days: number; unit?: 'c' | 'f' | undefined }>(),
    });
    defineTool({
      ...shared,
      input: standard,
      execute: (input) =>
        expectTypeOf(input).toEqualTypeOf<{ city: string; days: number; unit?: 'c' | 'f' }>(),
    });
    defineTool({ ...shared, input: raw, execute: (input) => expectTypeOf(input['city']).not.toBeAny() });
    defineTool({
      ...shared,
      input: zod4,
      execute: (_, context) => expectTypeOf(context).toEqualTypeOf<ToolContext>(),
    });
  });

  it('give a frozen value that stays typed', async () => {
    const tool = defineTool({ ...shared, input: zod4, timeoutMs: 5, execute: ({ city }) => city });
    expectTypeOf(tool.execute)
      .parameter(0)
      .toEqualTypeOf<{ city: string; days: number; unit?: 'c' | 'f' | undefined }>();
    expect(Object.isFrozen(tool)).toBe(true);
    expect(tool.settings).toEqual({ timeoutMs: 5 });
  });
});
