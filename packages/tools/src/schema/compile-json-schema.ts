import { createRequire } from 'node:module';
import type { JsonObject } from '@antiphon/core';
import type { Ajv, ValidateFunction } from 'ajv';
import { isPlainSchema } from './plain-schema.ts';
import { withSafeIntegers } from './safe-integers.ts';
import { UnusableSchemaError } from './tool-json-schema.ts';

let keeper: Ajv | undefined;

/** When a schema becomes code, which takes some milliseconds; one that might not become any always does at once. */
export type CompileWhen = 'now' | 'first_use';

/**
 * Makes a JSON Schema the check of a value. Each is alone with its names and references; that it is a schema at all is
 * checked by one for all, which compiles what schemas are checked by once.
 *
 * @throws {UnusableSchemaError}
 */
export function compileJsonSchema(jsonSchema: JsonObject, when: CompileWhen = 'now'): () => ValidateFunction {
  keeper ??= newAjv({ validateSchema: true });
  const compile = (): ValidateFunction =>
    newAjv({ validateSchema: false }).compile(withSafeIntegers(jsonSchema));
  let compiled: ValidateFunction | undefined;
  try {
    void keeper.validateSchema(jsonSchema, true);
    if (when === 'now' || !isPlainSchema(jsonSchema)) compiled = compile();
  } catch (error) {
    throw new UnusableSchemaError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  return () => {
    compiled ??= compile();
    return compiled;
  };
}

/** Loaded with the first schema: seventy modules, which a program without JSON Schema does not wait for. */
function newAjv({ validateSchema }: { readonly validateSchema: boolean }): Ajv {
  const load = createRequire(import.meta.url);
  const { Ajv } = load('ajv') as typeof import('ajv');
  const { default: addFormats } = (load('ajv-formats') as typeof import('ajv-formats')).default;
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: false,
    strictNumbers: true,
    logger: false,
    validateSchema,
  });
  addFormats(ajv);
  return ajv;
}
