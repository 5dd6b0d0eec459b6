import type { JsonObject, JsonValue } from '@antiphon/core';
import type { SchemaOutput } from './input-schema.ts';

/** The types of a JSON Schema, and what their values are. */
interface JsonTypes {
  readonly string: string;
  readonly number: number;
  readonly integer: number;
  readonly boolean: boolean;
  readonly null: null;
  readonly array: readonly JsonValue[];
  readonly object: Readonly<Record<string, JsonValue>>;
}

/** What a field of a JSON Schema lets through, as far as its own keywords tell. */
type FieldOutput<Field> = Field extends { readonly enum: readonly (infer Value)[] }
  ? Value
  : Field extends { readonly type: infer Type extends keyof JsonTypes }
    ? JsonTypes[Type]
    : JsonValue;

type RequiredOf<Schema> = Schema extends { readonly required: readonly (infer Name)[] } ? Name : never;

/** What a JSON Schema lets through: the fields that it names; any where their names are not known to the compiler. */
export type JsonSchemaOutput<Schema> = Schema extends { readonly properties: infer Fields extends JsonObject }
  ? string extends keyof Fields
    ? Readonly<Record<string, JsonValue>>
    : {
        readonly [Name in keyof Fields & RequiredOf<Schema>]: FieldOutput<Fields[Name]>;
      } & {
        readonly [Name in Exclude<keyof Fields, RequiredOf<Schema>>]?: FieldOutput<Fields[Name]>;
      } & (Schema extends { readonly additionalProperties: false | undefined }
          ? unknown
          : Schema extends { readonly additionalProperties: unknown }
            ? Readonly<Record<string, unknown>>
            : unknown)
  : Readonly<Record<string, JsonValue>>;

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
