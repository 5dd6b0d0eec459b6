import type { JsonObject, JsonValue } from '@antiphon/core';
import { isObject, valueAt } from './references.ts';

/** Most schemas of which one is made; what lies beyond may be anything. */
const maxSchemas = 2_000;
const maxDepth = 16;
const maxTextLength = 400;

type Check = (value: JsonValue | undefined) => boolean;

const types = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
const isNumber: Check = (value) => typeof value === 'number';
const isCount: Check = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isType: Check = (value) => typeof value === 'string' && types.has(value);

/** Keywords that are taken over, where they hold what they may: documents are seldom checked for that. */
const plainKeywords: Readonly<Record<string, Check>> = {
  type: (value) => (Array.isArray(value) ? value.length > 0 && value.every(isType) : isType(value)),
  enum: (value) => Array.isArray(value) && value.length > 0,
  const: () => true,
  default: () => true,
  format: (value) => typeof value === 'string',
  minLength: isCount,
  maxLength: isCount,
  minimum: isNumber,
  maximum: isNumber,
  exclusiveMinimum: isNumber,
  exclusiveMaximum: isNumber,
  multipleOf: (value) => typeof value === 'number' && value > 0,
  minItems: isCount,
  maxItems: isCount,
  uniqueItems: (value) => typeof value === 'boolean',
  minProperties: isCount,
  maxProperties: isCount,
  required: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
};
/** Keywords whose lists hold nothing twice. */
const setKeywords = new Set(['type', 'enum', 'required']);
const branchKeywords = ['anyOf', 'oneOf', 'allOf'];

/**
 * Makes a JSON Schema (draft 7) of a schema of OpenAPI 3.0 or 3.1, references put in place. A schema that holds itself
 * may be anything where it comes again. Fields that a server fills in (`readOnly`) are left out.
 */
export function toJsonSchema(schema: JsonValue | undefined, document: JsonObject): JsonObject {
  return convert(schema, { document, references: [], depth: 0, left: { schemas: maxSchemas } });
}

interface Walk {
  readonly document: JsonObject;
  /** The references that lead here. */
  readonly references: readonly string[];
  readonly depth: number;
  readonly left: { schemas: number };
}

function convert(schema: JsonValue | undefined, walk: Walk): JsonObject {
  walk.left.schemas -= 1;
  if (!isObject(schema) || walk.depth > maxDepth || walk.left.schemas < 0) return {};
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    if (walk.references.includes(reference)) return {};
    const { $ref: _, ...beside } = schema;
    const target = valueAt(walk.document, reference);
    const references = [...walk.references, reference];
    return { ...convert(target, { ...walk, references }), ...convert(beside, walk) };
  }
  const inner = { ...walk, depth: walk.depth + 1 };
  return withNull(schema, {
    ...plainParts(schema),
    ...boundsOf30(schema),
    ...textParts(schema),
    ...(isObject(schema['items']) ? { items: convert(schema['items'], inner) } : {}),
    ...objectParts(schema, inner),
    ...branchParts(schema, inner),
  });
}

function plainParts(schema: JsonObject): JsonObject {
  const parts: Record<string, JsonValue> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const isSound = Object.hasOwn(plainKeywords, keyword) && plainKeywords[keyword]?.(value) === true;
    if (isSound) parts[keyword] = setKeywords.has(keyword) && Array.isArray(value) ? distinct(value) : value;
  }
  return parts;
}

function distinct(values: readonly JsonValue[]): JsonValue[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

/** In 3.0 the exclusive bounds are truth values beside the bounds. */
function boundsOf30(schema: JsonObject): JsonObject {
  const parts: Record<string, JsonValue> = {};
  for (const [exclusive, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    const limit = schema[bound];
    if (schema[exclusive] === true && typeof limit === 'number') parts[exclusive] = limit;
  }
  return parts;
}

function textParts(schema: JsonObject): JsonObject {
  const { description, pattern } = schema;
  return {
    ...(typeof description === 'string' ? { description: shorten(description) } : {}),
    ...(typeof pattern === 'string' && isRegex(pattern) ? { pattern } : {}),
  };
}

/** The same with white space drawn together, cut to what helps a model. */
export function shorten(text: string): string {
  const plain = text.replaceAll(/\s+/g, ' ').trim();
  return plain.length <= maxTextLength ? plain : `${plain.slice(0, maxTextLength - 1)}…`;
}

function isRegex(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp && pattern.length <= 512;
  } catch {
    return false;
  }
}

function objectParts(schema: JsonObject, walk: Walk): JsonObject {
  const { properties, additionalProperties, required } = schema;
  const parts: Record<string, JsonValue> = {};
  if (isObject(properties)) {
    const kept = Object.entries(properties).filter(([, field]) => !isReadOnly(field, walk.document));
    parts['properties'] = Object.fromEntries(kept.map(([name, field]) => [name, convert(field, walk)]));
    if (Array.isArray(required)) {
      parts['required'] = distinct(required.filter((name) => kept.some(([key]) => key === name)));
    }
  }
  if (typeof additionalProperties === 'boolean') parts['additionalProperties'] = additionalProperties;
  else if (isObject(additionalProperties))
    parts['additionalProperties'] = convert(additionalProperties, walk);
  return parts;
}

function isReadOnly(field: JsonValue | undefined, document: JsonObject): boolean {
  if (!isObject(field)) return false;
  const reference = field['$ref'];
  const target = typeof reference === 'string' ? valueAt(document, reference) : field;
  return isObject(target) && target['readOnly'] === true;
}

function branchParts(schema: JsonObject, walk: Walk): JsonObject {
  const parts: Record<string, JsonValue> = {};
  for (const keyword of branchKeywords) {
    const branches = schema[keyword];
    if (Array.isArray(branches) && branches.length > 0) {
      parts[keyword] = branches.map((branch: JsonValue) => convert(branch, walk));
    }
  }
  if (isObject(schema['not'])) parts['not'] = convert(schema['not'], walk);
  return parts;
}

/** In 3.0 `nullable` says that null will do. */
function withNull(schema: JsonObject, converted: JsonObject): JsonObject {
  if (schema['nullable'] !== true) return converted;
  const { type, enum: choices } = converted;
  return {
    ...converted,
    ...(typeof type === 'string' ? { type: [type, 'null'] } : {}),
    ...(Array.isArray(choices) && !choices.includes(null) ? { enum: [...choices, null] } : {}),
  };
}
