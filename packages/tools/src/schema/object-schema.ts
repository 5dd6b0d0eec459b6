import type { SchemaOutput } from './input-schema.ts';
import type { JsonTypes } from './json-schema-output.ts';

type Keyword =
  | `$${string}`
  | `x-${string}`
  | ('title' | 'description' | 'default' | 'examples' | 'deprecated' | 'readOnly' | 'writeOnly')
  | ('type' | 'properties' | 'required' | 'additionalProperties' | 'patternProperties' | 'propertyNames')
  | ('minProperties' | 'maxProperties' | 'dependentRequired' | 'dependentSchemas' | 'unevaluatedProperties')
  | ('definitions' | 'allOf' | 'anyOf' | 'oneOf' | 'not' | 'if' | 'then' | 'else' | 'enum' | 'const');

type HasTypes<Schema> = Schema extends { readonly properties: infer Fields }
  ? [Untyped<Fields>] extends [never]
    ? unknown
    : { readonly 'no such type of a field': never }
  : unknown;

interface OnlyObjects {
  readonly 'arguments are an object: z.object({ … }), or a JSON Schema of type object': never;
}

/** The fields of a type that does not exist. */
type Untyped<Fields> = {
  [Name in keyof Fields]: Fields[Name] extends { readonly type: infer Type }
    ? string extends Type
      ? never
      : Type extends keyof JsonTypes | readonly unknown[] | null
        ? never
        : Name
    : never;
}[keyof Fields];

type IsJsonObjectSchema<Schema> = string extends keyof Schema
  ? unknown
  : [Exclude<keyof Schema, Keyword>] extends [never]
    ? Schema extends { readonly type: infer Type }
      ? 'object' extends Type
        ? HasTypes<Schema>
        : OnlyObjects
      : HasTypes<Schema>
    : OnlyObjects;

/** What a schema of arguments or of settings has to fit: what it lets through is an object, as far as the compiler can tell. */
export type ObjectSchema<Schema> = Schema extends
  | { readonly '~standard': unknown }
  | { readonly _output: unknown }
  ? unknown extends SchemaOutput<Schema>
    ? unknown
    : SchemaOutput<Schema> extends readonly unknown[]
      ? OnlyObjects
      : SchemaOutput<Schema> extends object
        ? unknown
        : OnlyObjects
  : IsJsonObjectSchema<Schema>;
