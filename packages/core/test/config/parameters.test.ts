import { describe, expect, test } from 'vitest';
import { parameterNames, parametersToJsonSchema } from '../../src/config/parameters.ts';
import type { JsonObject } from '../../src/json.ts';

describe('parametersToJsonSchema', () => {
  test('makes every parameter required but the optional ones and those with a default', () => {
    const result = parametersToJsonSchema({
      city: { type: 'string', description: 'City name' },
      days: { type: 'integer', minimum: 1, maximum: 7, default: 1 },
      unit: { enum: ['c', 'f'], optional: true },
      tags: { type: 'array', items: { type: 'string' }, optional: false },
    });
    expect(result).toEqual({
      ok: true,
      schema: {
        type: 'object',
        properties: {
          city: { type: 'string', description: 'City name' },
          days: { type: 'integer', minimum: 1, maximum: 7, default: 1 },
          unit: { enum: ['c', 'f'] },
          tags: { type: 'array', items: { type: 'string' } },
        },
        required: ['city', 'tags'],
        additionalProperties: false,
      },
    });
  });

  test('keeps a full JSON Schema', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
    expect(parametersToJsonSchema(schema)).toEqual({ ok: true, schema });
    expect(parametersToJsonSchema({ type: 'object' })).toEqual({
      ok: true,
      schema: { type: 'object', properties: {} },
    });
  });

  test('takes a parameter named type for a parameter', () => {
    const result = parametersToJsonSchema({ type: { type: 'string' } });
    expect(result).toMatchObject({ ok: true, schema: { required: ['type'] } });
  });

  test('has no parameters for an empty mapping', () => {
    expect(parametersToJsonSchema({})).toMatchObject({ ok: true, schema: { properties: {}, required: [] } });
  });

  test.each<[string, JsonObject, readonly (string | number)[], string]>([
    ['a word for a mapping', { a: 'string' }, ['a'], 'wrong_value'],
    ['no type', { a: { description: 'x' } }, ['a'], 'missing_type'],
    ['an unknown type', { a: { type: 'str' } }, ['a', 'type'], 'wrong_value'],
    ['an unknown keyword', { a: { type: 'string', max: 3 } }, ['a', 'max'], 'unknown_keyword'],
    ['a text for optional', { a: { type: 'string', optional: 'yes' } }, ['a', 'optional'], 'wrong_value'],
    ['a text for a bound', { a: { type: 'number', minimum: '1' } }, ['a', 'minimum'], 'wrong_value'],
    ['an empty enum', { a: { enum: [] } }, ['a', 'enum'], 'wrong_value'],
    ['a default of another type', { a: { type: 'integer', default: 1.5 } }, ['a', 'default'], 'wrong_value'],
    ['a broken pattern', { a: { type: 'string', pattern: '(' } }, ['a', 'pattern'], 'wrong_value'],
    [
      'a mistake inside items',
      { a: { type: 'array', items: { type: 'x' } } },
      ['a', 'items', 'type'],
      'wrong_value',
    ],
    ['properties that are a list', { type: 'object', properties: [] }, ['properties'], 'wrong_value'],
    ['required beside properties', { type: 'object', required: ['a'] }, ['required', 0], 'wrong_value'],
    [
      'a keyword named like a member of every object',
      { a: { type: 'string', toString: 1 } },
      ['a', 'toString'],
      'unknown_keyword',
    ],
  ])('refuses %s', (_, parameters, path, kind) => {
    expect(parametersToJsonSchema(parameters)).toMatchObject({ ok: false, problems: [{ path, kind }] });
  });
});

test('parameterNames reads both forms', () => {
  expect(parameterNames({ a: { type: 'string' }, b: 5 })).toEqual(['a', 'b']);
  expect(parameterNames({ type: 'object', properties: { c: {} } })).toEqual(['c']);
  expect(parameterNames({ type: 'object' })).toEqual([]);
});
