import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { agentsFileJsonSchema } from '../../src/config/json-schema.ts';
import { sampleFile } from './sample.ts';

type Validate = ((value: unknown) => boolean) & { errors?: unknown };

function compile(): Validate {
  const { Ajv } = createRequire(import.meta.url)('ajv') as {
    Ajv: new (options: object) => { compile(schema: object): Validate };
  };
  return new Ajv({ strict: false, allErrors: true }).compile(agentsFileJsonSchema());
}

describe('agentsFileJsonSchema', () => {
  test('accepts the sample', () => {
    const validate = compile();
    expect(validate(parseDocument(sampleFile).toJS()), JSON.stringify(validate.errors)).toBe(true);
  });

  test('accepts a file that leaves every default out', () => {
    expect(compile()({ version: 1, agents: { a: {} } })).toBe(true);
  });

  test.each([
    [{ version: 2, agents: { a: {} } }],
    [{ version: 1 }],
    [{ version: 1, agents: { a: { sped: 1 } } }],
    [{ version: 1, agents: { a: { turn_detection: { type: 'server_vad', threshold: 2 } } } }],
    [{ version: 1, agents: { a: {} }, tools: { 't t': {} } }],
  ])('refuses %j', (value) => {
    expect(compile()(value)).toBe(false);
  });

  test('describes every key', () => {
    const bare: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties, ...rest } = schema as { properties?: Record<string, { description?: string }> };
      for (const [key, each] of Object.entries(properties ?? {})) {
        if (each.description === undefined) bare.push(`${path}.${key}`);
        visit(each, `${path}.${key}`);
      }
      for (const [key, each] of Object.entries(rest)) visit(each, `${path}/${key}`);
    };
    const schema = agentsFileJsonSchema();
    visit(schema, '');
    expect(bare).toEqual([]);
    expect(Object.keys(schema['properties'] ?? {})).toEqual([
      'version',
      'default_agent',
      'providers',
      'prices',
      'plugins',
      'tools',
      'tool_limits',
      'languages',
      'recording',
      'agents',
    ]);
  });
});
