import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import type { ConfigPath } from './problem.ts';
import { nameAdvice } from './suggest.ts';

/** Something wrong with parameters; `path` starts at the parameters. */
export type ParameterProblem = { readonly path: ConfigPath; readonly advice: string } & (
  | { readonly kind: 'wrong_value'; readonly expected: string }
  /** The last part of `path` is a key that means nothing. */
  | { readonly kind: 'unknown_keyword' }
  | { readonly kind: 'missing_type' }
);

/** The JSON Schema of parameters, or everything wrong with them. */
export type ParametersResult =
  | { readonly ok: true; readonly schema: JsonObject }
  | { readonly ok: false; readonly problems: readonly ParameterProblem[] };

/**
 * The JSON Schema (type `object`) of parameters as an author wrote them: a mapping with `type: object` at its top is one
 * already; anything else is the shorthand, a mapping from names to schemas in which every parameter is required unless it
 * has `optional: true` or a `default`.
 */
export function parametersToJsonSchema(parameters: JsonObject): ParametersResult {
  const isFull = parameters['type'] === 'object';
  const problems = isFull ? checkSchema(parameters, []) : checkShorthand(parameters);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, schema: isFull ? withProperties(parameters) : expandShorthand(parameters) };
}

/** The names of the parameters, also of a malformed declaration. */
export function parameterNames(parameters: JsonObject): readonly string[] {
  if (parameters['type'] !== 'object') return Object.keys(parameters);
  const properties = parameters['properties'];
  return isJsonObject(properties) ? Object.keys(properties) : [];
}

/** The protocol wants `properties` in every schema of a function. */
function withProperties(schema: JsonObject): JsonObject {
  return 'properties' in schema ? schema : { ...schema, properties: {} };
}

function expandShorthand(parameters: JsonObject): JsonObject {
  const properties: [string, JsonValue][] = [];
  const required: string[] = [];
  for (const [name, declared] of Object.entries(parameters)) {
    if (!isJsonObject(declared)) continue;
    const { optional, ...schema } = declared;
    properties.push([name, schema]);
    if (optional !== true && !('default' in schema)) required.push(name);
  }
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required,
    additionalProperties: false,
  };
}

function checkShorthand(parameters: JsonObject): readonly ParameterProblem[] {
  return Object.entries(parameters).flatMap(([name, declared]): readonly ParameterProblem[] => {
    if (!isJsonObject(declared)) {
      const advice = `Write ${name}: { type: string, description: … }.`;
      const expected = 'a mapping with the type of the parameter';
      return [{ kind: 'wrong_value', path: [name], expected, advice }];
    }
    const { optional, ...schema } = declared;
    const problems = [...checkSchema(schema, [name])];
    if (optional !== undefined && typeof optional !== 'boolean') {
      problems.push(wrong([name, 'optional'], 'true or false'));
    }
    if (!typeGivers.some((keyword) => keyword in schema)) {
      const advice = `one of ${typeNames.join(', ')}`;
      problems.push({ kind: 'missing_type', path: [name], advice });
    }
    return problems;
  });
}

const typeNames = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];
const typeGivers = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref', 'not', 'if'];

type Check = (value: JsonValue, path: ConfigPath, schema: JsonObject) => readonly ParameterProblem[];

const text: Check = (value, path) => (typeof value === 'string' ? [] : [wrong(path, 'a text')]);
const number: Check = (value, path) => (typeof value === 'number' ? [] : [wrong(path, 'a number')]);
const count: Check = (value, path) =>
  Number.isInteger(value) && Number(value) >= 0 ? [] : [wrong(path, 'a whole number, 0 or more')];
const truth: Check = (value, path) => (typeof value === 'boolean' ? [] : [wrong(path, 'true or false')]);
const anything: Check = () => [];
const subschema: Check = (value, path) =>
  typeof value === 'boolean'
    ? []
    : isJsonObject(value)
      ? checkSchema(value, path)
      : [wrong(path, 'a schema')];
const subschemas: Check = (value, path) =>
  isJsonObject(value)
    ? Object.entries(value).flatMap(([name, each]) => subschema(each, [...path, name], {}))
    : [wrong(path, 'a mapping from names to schemas')];
const branches: Check = (value, path) =>
  Array.isArray(value) && value.length > 0
    ? value.flatMap((each, index) => subschema(each, [...path, index], {}))
    : [wrong(path, 'a list of schemas')];

/** The keywords of JSON Schema draft 7 and what each holds. */
const keywords: Readonly<Record<string, Check>> = {
  type: checkType,
  description: text,
  title: text,
  enum: (value, path) => (Array.isArray(value) && value.length > 0 ? [] : [wrong(path, 'a list of values')]),
  const: anything,
  default: checkDefault,
  examples: anything,
  format: text,
  pattern: checkRegex,
  minLength: count,
  maxLength: count,
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: number,
  items: (value, path) => (Array.isArray(value) ? branches(value, path, {}) : subschema(value, path, {})),
  additionalItems: subschema,
  contains: subschema,
  minItems: count,
  maxItems: count,
  uniqueItems: truth,
  properties: subschemas,
  required: checkRequired,
  additionalProperties: subschema,
  patternProperties: subschemas,
  propertyNames: subschema,
  minProperties: count,
  maxProperties: count,
  dependencies: anything,
  definitions: subschemas,
  $defs: subschemas,
  $ref: text,
  $schema: text,
  $id: text,
  $comment: text,
  anyOf: branches,
  oneOf: branches,
  allOf: branches,
  not: subschema,
  if: subschema,
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: subschema,
  else: subschema,
  readOnly: truth,
  writeOnly: truth,
  deprecated: truth,
};

function checkSchema(schema: JsonObject, path: ConfigPath): readonly ParameterProblem[] {
  return Object.entries(schema).flatMap(([keyword, value]): readonly ParameterProblem[] => {
    const check = Object.hasOwn(keywords, keyword) ? keywords[keyword] : undefined;
    if (check !== undefined) return check(value, [...path, keyword], schema);
    if (keyword.startsWith('x-')) return [];
    const advice = nameAdvice(keyword, [...Object.keys(keywords), 'optional'], 'Remove it.');
    return [{ kind: 'unknown_keyword', path: [...path, keyword], advice }];
  });
}

function checkType(value: JsonValue, path: ConfigPath): readonly ParameterProblem[] {
  const types = Array.isArray(value) ? value : [value];
  const unknown = types.find((type) => typeof type !== 'string' || !typeNames.includes(type));
  if (unknown === undefined && types.length > 0) return [];
  const expected = `one of ${typeNames.join(', ')}`;
  const advice = nameAdvice(String(unknown), typeNames, `Use ${expected}.`);
  return [{ kind: 'wrong_value', path, expected, advice }];
}

function checkRegex(value: JsonValue, path: ConfigPath): readonly ParameterProblem[] {
  try {
    if (typeof value === 'string' && new RegExp(value, 'u')) return [];
  } catch {
    return [wrong(path, 'a regular expression')];
  }
  return [wrong(path, 'a regular expression')];
}

function checkRequired(value: JsonValue, path: ConfigPath, schema: JsonObject): readonly ParameterProblem[] {
  if (!Array.isArray(value)) return [wrong(path, 'a list of names')];
  const names = isJsonObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  return value.flatMap((name: JsonValue, index): readonly ParameterProblem[] => {
    if (typeof name === 'string' && names.includes(name)) return [];
    const expected =
      names.length === 0 ? 'the name of a property' : `one of the properties: ${names.join(', ')}`;
    const advice = nameAdvice(
      typeof name === 'string' ? name : '',
      names,
      'Declare it under properties, or remove it from required.',
    );
    return [{ kind: 'wrong_value', path: [...path, index], expected, advice }];
  });
}

function checkDefault(value: JsonValue, path: ConfigPath, schema: JsonObject): readonly ParameterProblem[] {
  const values = schema['enum'];
  if (Array.isArray(values) && !values.some((each) => JSON.stringify(each) === JSON.stringify(value))) {
    return [wrong(path, `one of ${values.map((each) => JSON.stringify(each)).join(', ')}`)];
  }
  const type = schema['type'];
  if (typeof type !== 'string' || !typeNames.includes(type) || hasType(value, type)) return [];
  return [wrong(path, `of the type ${type}`)];
}

function hasType(value: JsonValue, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isJsonObject(value);
  return type === 'null' ? value === null : typeof value === type;
}

function wrong(path: ConfigPath, expected: string): ParameterProblem {
  return { kind: 'wrong_value', path, expected, advice: `Write ${expected} here.` };
}
