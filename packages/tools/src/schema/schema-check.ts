import type { JsonObject, JsonValue } from '@antiphon/core';
import type { ErrorObject } from 'ajv';
import { type CompileWhen, compileJsonSchema } from './compile-json-schema.ts';
import { fieldName, type SchemaProblem } from './field-name.ts';
import { type InputSchema, type StandardIssue, type StandardResult, schemaKind } from './input-schema.ts';
import { toolJsonSchema } from './tool-json-schema.ts';

/** The outcome of checking a value. */
export type SchemaVerdict =
  | { readonly kind: 'valid'; readonly value: unknown }
  | { readonly kind: 'invalid'; readonly problems: readonly SchemaProblem[] };

/** A schema made ready: what a model is told, and the check of what it writes. */
export interface CompiledSchema {
  readonly jsonSchema: JsonObject;
  /** Checks and parses; never changes `value`. Throws or rejects only when code inside the schema throws. */
  check(value: JsonValue): SchemaVerdict | Promise<SchemaVerdict>;
}

/**
 * Makes a schema ready for use.
 *
 * @throws {UnusableSchemaError}
 */
export function compileSchema(schema: InputSchema, when: CompileWhen = 'now'): CompiledSchema {
  const jsonSchema = toolJsonSchema(schema);
  switch (schemaKind(schema)) {
    case 'json-schema':
      return { jsonSchema, check: ajvCheck(jsonSchema, when) };
    case 'zod3':
      return { jsonSchema, check: zod3Check(schema) };
    default:
      return { jsonSchema, check: standardCheck(schema) };
  }
}

function standardCheck(schema: InputSchema): CompiledSchema['check'] {
  const { '~standard': standard } = schema as { '~standard': { validate(value: unknown): unknown } };
  return (value) => {
    const read = (result: StandardResult): SchemaVerdict =>
      result.issues === undefined ? { kind: 'valid', value: result.value } : invalid(result.issues, value);
    const result = standard.validate(value);
    return isThenable(result)
      ? Promise.resolve(result).then((late) => read(late as StandardResult))
      : read(result as StandardResult);
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function zod3Check(schema: InputSchema): CompiledSchema['check'] {
  const zod3 = schema as { safeParseAsync(value: unknown): Promise<unknown> };
  return async (value) => {
    const result = (await zod3.safeParseAsync(value)) as
      | { success: true; data: unknown }
      | { success: false; error: { issues: StandardIssue[] } };
    return result.success ? { kind: 'valid', value: result.data } : invalid(result.error.issues, value);
  };
}

function invalid(issues: readonly StandardIssue[], value: JsonValue): SchemaVerdict {
  return { kind: 'invalid', problems: issues.map((issue) => standardProblem(issue, value)) };
}

function standardProblem(issue: StandardIssue, value: JsonValue): SchemaProblem {
  const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
  const field = fieldName(path.map(String));
  const isMissing = path.length > 0 && valueAt(value, path) === undefined;
  return { field, problem: isMissing ? `is required (${issue.message})` : withoutFullStop(issue.message) };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.hasOwn(current, key) ? (current as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return current;
}

function withoutFullStop(message: string): string {
  return message.replace(/\.$/, '');
}

function ajvCheck(jsonSchema: JsonObject, when: CompileWhen): CompiledSchema['check'] {
  const compiled = compileJsonSchema(jsonSchema, when);
  return (value) => {
    const validate = compiled();
    const copy = copyOf(value);
    if (validate(copy)) return { kind: 'valid', value: copy };
    return {
      kind: 'invalid',
      problems: (validate.errors ?? []).map((error) => ajvProblem(error, jsonSchema)),
    };
  };
}

/** Defaults are written into what is checked. */
function copyOf(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element: JsonValue) => copyOf(element));
  const copy: Record<string, JsonValue> = {};
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') return structuredClone(value);
    copy[key] = copyOf(member as JsonValue);
  }
  return copy;
}

function ajvProblem(error: ErrorObject, jsonSchema: JsonObject): SchemaProblem {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer);
  const params: Record<string, unknown> = error.params;
  switch (error.keyword) {
    case 'required':
      return { field: fieldName([...path, String(params['missingProperty'])]), problem: 'is required' };
    case 'additionalProperties': {
      const known = path.length === 0 ? Object.keys((jsonSchema['properties'] ?? {}) as object) : [];
      const choices = known.length === 0 ? '' : `; the fields are ${known.join(', ')}`;
      return {
        field: fieldName([...path, String(params['additionalProperty'])]),
        problem: `is not a known field${choices}`,
      };
    }
    case 'enum':
      return { field: fieldName(path), problem: `must be one of ${listValues(params['allowedValues'])}` };
    case 'const':
      return { field: fieldName(path), problem: `must be ${JSON.stringify(params['allowedValue'])}` };
    default:
      return { field: fieldName(path), problem: error.message ?? `breaks "${error.keyword}"` };
  }
}

function listValues(values: unknown): string {
  return Array.isArray(values)
    ? values.map((value) => JSON.stringify(value)).join(', ')
    : 'the listed values';
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
