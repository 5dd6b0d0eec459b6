import type { JsonObject } from '@antiphon/core';
import type { JsonSchemaOutput } from './json-schema-output.ts';

/** What a Standard Schema answers: the parsed value, or what is wrong with the given one. */
export type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One problem found by a Standard Schema. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * A schema of any library that implements Standard Schema version 1 (https://standardschema.dev), zod 4 included.
 * To be the input of a tool it must also give its JSON Schema, as the second part of that specification describes.
 */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
    readonly types?: { readonly input: unknown; readonly output: unknown } | undefined;
  };
}

/** The parts of a zod 3 schema that are relied on. */
export interface Zod3Schema {
  readonly _output: unknown;
  readonly _def: object;
  safeParseAsync(value: unknown): Promise<unknown>;
}

/** What may describe the input of a tool or the config of a plugin. */
export type InputSchema = StandardSchema | Zod3Schema | JsonObject;

/** The value that a schema lets through; for a plain JSON Schema, an object with the fields that it names. */
export type SchemaOutput<Schema> = Schema extends {
  readonly '~standard': { readonly types?: infer Types };
}
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : unknown
  : Schema extends { readonly _output: infer Output }
    ? Output
    : JsonSchemaOutput<Schema>;

/** Which of the supported kinds a schema is. `zod3` comes before `standard`: later zod 3 is both. */
export type SchemaKind = 'zod4' | 'zod3' | 'standard' | 'json-schema' | 'unsupported';

/** Tells the kind of a schema by its structure, so that copies of a library other than ours are recognised too. */
export function schemaKind(schema: unknown): SchemaKind {
  if (schema === null || (typeof schema !== 'object' && typeof schema !== 'function')) return 'unsupported';
  if ('_zod' in schema) return 'zod4';
  if (hasZod3Definition(schema)) return 'zod3';
  if ('~standard' in schema) return 'standard';
  return typeof schema === 'object' && !Array.isArray(schema) ? 'json-schema' : 'unsupported';
}

function hasZod3Definition(schema: object): boolean {
  const definition = '_def' in schema ? schema._def : undefined;
  return (
    typeof definition === 'object' &&
    definition !== null &&
    'typeName' in definition &&
    typeof definition.typeName === 'string'
  );
}
