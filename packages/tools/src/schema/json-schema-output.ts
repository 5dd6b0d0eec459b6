import type { JsonObject, JsonValue } from '@antiphon/core';

/** The types of a JSON Schema, and what their values are. */
export interface JsonTypes {
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
