import type { JsonObject, JsonValue } from '../../json.ts';
import { isJsonObject } from '../tolerant.ts';
import type { GeminiSchema } from './client-messages.ts';

/** Schemas are written out this deep, with all they refer to; what lies deeper may be anything. */
const deepest = 8;

const types: Readonly<Record<string, GeminiSchema['type']>> = {
  string: 'STRING',
  number: 'NUMBER',
  integer: 'INTEGER',
  boolean: 'BOOLEAN',
  array: 'ARRAY',
  object: 'OBJECT',
};
/** The formats that the service knows; it refuses others. */
const formats: ReadonlySet<string> = new Set(['float', 'double', 'int32', 'int64', 'enum', 'date-time']);
const numbers = [
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
] as const satisfies readonly (keyof GeminiSchema)[];

/**
 * The parameters of a function in the words of Gemini: types in capitals, `nullable`, and no member that it does not know.
 * What they cannot say is said in the description or left open; arguments are checked on this side all the same.
 * Undefined for a function without parameters.
 */
export function toGeminiParameters(schema: JsonObject | undefined): GeminiSchema | undefined {
  if (schema === undefined) return undefined;
  const parameters = convert(schema, { root: schema, depth: 0 });
  return parameters.properties === undefined ? undefined : parameters;
}

interface Place {
  readonly root: JsonObject;
  readonly depth: number;
}

function convert(written: JsonObject, place: Place): GeminiSchema {
  const schema = resolve(written, place);
  const inner: Place = { root: place.root, depth: place.depth + 1 };
  if (place.depth > deepest) return { type: 'OBJECT' };
  const choice = choices(schema);
  if (choice !== undefined) return convertChoice(schema, choice, inner);
  const name = typeName(schema);
  const type = types[name];
  return compact({
    type,
    nullable: isNullable(schema) ? true : undefined,
    title: text(schema, 'title'),
    description: described(schema, type),
    format: formats.has(text(schema, 'format') ?? '') ? text(schema, 'format') : undefined,
    enum: type === 'STRING' ? texts(values(schema)) : undefined,
    pattern: text(schema, 'pattern'),
    ...Object.fromEntries(numbers.map((key) => [key, number(schema, key)])),
    ...(type === 'ARRAY' && { items: itemsOf(schema, inner) }),
    ...(type === 'OBJECT' && propertiesOf(schema, inner)),
  });
}

/** A reference to a definition of the same schema is put in its place. */
function resolve(schema: JsonObject, { root, depth }: Place): JsonObject {
  const reference = text(schema, '$ref');
  if (reference === undefined || depth > deepest) return schema;
  const path = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  const target = path.reduce<JsonValue | undefined>(
    (at, key) => (isJsonObject(at) ? at[key.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined),
    root,
  );
  const { $ref: _reference, ...own } = schema;
  return isJsonObject(target) ? resolve({ ...target, ...own }, { root, depth: depth + 1 }) : own;
}

function choices(schema: JsonObject): readonly JsonObject[] | undefined {
  const listed = schema['anyOf'] ?? schema['oneOf'];
  const options = Array.isArray(listed) ? listed.filter(isJsonObject) : [];
  if (options.length > 0) return options;
  const named = typeNames(schema).filter((name) => name !== 'null');
  if (named.length < 2) return undefined;
  const { title: _title, description: _description, ...shared } = schema;
  return named.map((type) => ({ ...shared, type }));
}

function convertChoice(schema: JsonObject, options: readonly JsonObject[], place: Place): GeminiSchema {
  const real = options.filter((option) => typeName(option) !== 'null');
  const nullable = real.length < options.length || isNullable(schema) ? true : undefined;
  const description = text(schema, 'description');
  const [only, ...others] = real;
  if (only !== undefined && others.length === 0) {
    return compact({
      ...convert(only, place),
      ...(nullable && { nullable }),
      ...(description !== undefined && { description }),
    });
  }
  return compact({
    anyOf: real.map((option) => convert(option, place)),
    nullable,
    title: text(schema, 'title'),
    description,
  });
}

function propertiesOf(schema: JsonObject, place: Place): GeminiSchema {
  const written = schema['properties'];
  const entries = isJsonObject(written)
    ? Object.entries(written).flatMap(([name, value]) =>
        isJsonObject(value) ? [[name, convert(value, place)] as const] : [],
      )
    : [];
  if (entries.length === 0) return {};
  const names = new Set(entries.map(([name]) => name));
  const required = texts(schema['required'])?.filter((name) => names.has(name));
  return compact({
    properties: Object.fromEntries(entries),
    required: required?.length ? required : undefined,
  });
}

/** A list has to say of what it is. */
function itemsOf(schema: JsonObject, place: Place): GeminiSchema {
  const items = schema['items'];
  return isJsonObject(items) ? convert(items, place) : { type: 'STRING' };
}

function typeName(schema: JsonObject): string {
  const [named] = typeNames(schema).filter((name) => name !== 'null');
  if (named !== undefined) return named;
  if (typeNames(schema).includes('null')) return 'null';
  if (isJsonObject(schema['properties'])) return 'object';
  if (schema['items'] !== undefined) return 'array';
  const [value] = values(schema) ?? [];
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value === 'boolean' ? 'boolean' : typeof value === 'string' ? 'string' : 'object';
}

function typeNames(schema: JsonObject): readonly string[] {
  const { type } = schema;
  return typeof type === 'string' ? [type] : (texts(type) ?? []);
}

function isNullable(schema: JsonObject): boolean {
  return (
    schema['nullable'] === true ||
    (typeNames(schema).includes('null') && typeNames(schema).length > 1) ||
    values(schema)?.includes(null) === true
  );
}

function values(schema: JsonObject): readonly JsonValue[] | undefined {
  if (schema['const'] !== undefined) return [schema['const']];
  const listed = schema['enum'];
  return Array.isArray(listed) && listed.length > 0 ? listed : undefined;
}

/** Values that are no texts have no place of their own. */
function described(schema: JsonObject, type: GeminiSchema['type']): string | undefined {
  const description = text(schema, 'description');
  const allowed = type === 'STRING' ? undefined : values(schema)?.filter((value) => value !== null);
  if (allowed === undefined) return description;
  const words = `One of ${allowed.map((value) => JSON.stringify(value)).join(', ')}.`;
  return description === undefined ? words : `${description} ${words}`;
}

function texts(value: JsonValue | readonly JsonValue[] | undefined): readonly string[] | undefined {
  const found = Array.isArray(value) ? value.filter((element) => typeof element === 'string') : [];
  return found.length === 0 ? undefined : found;
}

function text(owner: JsonObject, name: string): string | undefined {
  const value = owner[name];
  return typeof value === 'string' ? value : undefined;
}

function number(owner: JsonObject, name: string): number | undefined {
  const value = owner[name];
  return typeof value === 'number' ? value : undefined;
}

function compact(schema: GeminiSchema): GeminiSchema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}
