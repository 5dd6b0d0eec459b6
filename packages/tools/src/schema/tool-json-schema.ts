import { createRequire } from 'node:module';
import type { JsonObject, JsonValue } from '@antiphon/core';
import { z } from 'zod';
import type { zodToJsonSchema } from 'zod-to-json-schema';
import { type InputSchema, schemaKind } from './input-schema.ts';

/** A schema that cannot be the input of a tool; the message completes "cannot be used: …". */
export class UnusableSchemaError extends Error {
  override readonly name = 'UnusableSchemaError';
}

/**
 * The JSON Schema (draft 7, of the values before parsing) that a model is given for `schema`: always of type
 * `object`, without `$schema`. The only place where a schema becomes a JSON Schema.
 *
 * @throws {UnusableSchemaError} when the schema cannot be expressed, or is not one of an object.
 */
export function toolJsonSchema(schema: InputSchema): JsonObject {
  const { $schema: _, ...converted } = convert(schema);
  if (converted['type'] !== 'object') {
    throw new UnusableSchemaError(describeNonObject(converted));
  }
  return { ...converted, properties: converted['properties'] ?? {} };
}

function convert(schema: InputSchema): Record<string, JsonValue> {
  const kind = schemaKind(schema);
  try {
    switch (kind) {
      case 'zod4':
        return plainJson(
          z.toJSONSchema(schema as unknown as z.core.$ZodType, { io: 'input', target: 'draft-7' }),
        );
      case 'zod3':
        return plainJson(
          zod3Converter()(schema as unknown as Parameters<typeof zodToJsonSchema>[0], {
            target: 'jsonSchema7',
            effectStrategy: 'input',
            pipeStrategy: 'input',
          }),
        );
      case 'standard':
        return plainJson(standardJsonSchema(schema));
      case 'json-schema':
        return plainJson(schema);
      case 'unsupported':
        throw new UnusableSchemaError(
          schema === undefined
            ? 'there is none; a tool without parameters has input: z.object({})'
            : `it is ${schema === null ? 'null' : `a ${typeof schema}`}, not a schema`,
        );
    }
  } catch (error) {
    if (error instanceof UnusableSchemaError) throw error;
    throw new UnusableSchemaError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Loaded for the first schema of that age: hardly any program has one, and each would wait for it. */
function zod3Converter(): typeof zodToJsonSchema {
  const load = createRequire(import.meta.url);
  return (load('zod-to-json-schema') as { zodToJsonSchema: typeof zodToJsonSchema }).zodToJsonSchema;
}

function standardJsonSchema(schema: object): unknown {
  const standard: unknown = '~standard' in schema ? schema['~standard'] : undefined;
  const vendor = property(standard, 'vendor');
  const converter = property(standard, 'jsonSchema');
  const input = property(converter, 'input');
  if (typeof input !== 'function') {
    throw new UnusableSchemaError(
      `the schema library "${String(vendor)}" gives no JSON Schema (~standard.jsonSchema.input is missing)`,
    );
  }
  return input.call(converter, { target: 'draft-07' });
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** A deep copy that holds nothing but JSON; a schema with functions or cycles in it throws. */
function plainJson(value: unknown): Record<string, JsonValue> {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  if (typeof copy !== 'object' || copy === null || Array.isArray(copy)) {
    throw new UnusableSchemaError('it is not a JSON object');
  }
  return copy as Record<string, JsonValue>;
}

function describeNonObject(schema: JsonObject): string {
  if (Object.keys(schema).length === 0)
    return 'it is empty, so the model would be told nothing of the arguments';
  const type = schema['type'];
  if (type !== undefined) return `its type is ${JSON.stringify(type)}, not "object"`;
  return 'it has no "type": "object" at its top';
}
