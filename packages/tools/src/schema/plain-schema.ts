import type { JsonValue } from '@antiphon/core';

/** Keywords whose values hold no schema. */
const valueKeywords: ReadonlySet<string> = new Set([
  ...['type', 'enum', 'const', 'default', 'format', 'title', 'description', 'examples', 'required'],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ...['multipleOf', 'minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties'],
]);
/** Keywords that hold a schema, or a list of them. */
const schemaKeywords: ReadonlySet<string> = new Set([
  'items',
  'additionalProperties',
  'not',
  'anyOf',
  'oneOf',
  'allOf',
]);

/** Whether a schema that is one by its form can be compiled for certain: it has no references, and only known keywords. */
export function isPlainSchema(schema: JsonValue): boolean {
  if (Array.isArray(schema)) return schema.every(isPlainSchema);
  if (typeof schema !== 'object' || schema === null) return typeof schema === 'boolean';
  return Object.entries(schema).every(([keyword, value]) => {
    if (keyword === 'properties') return Object.values(value as object).every(isPlainSchema);
    if (keyword === 'pattern') return isExpression(value as string);
    return valueKeywords.has(keyword) || (schemaKeywords.has(keyword) && isPlainSchema(value as JsonValue));
  });
}

function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
