import { createRequire } from 'node:module';
import type { JsonObject } from '@antiphon/core';
import type { Ajv, ValidateFunction } from 'ajv';
import { UnusableSchemaError } from './tool-json-schema.ts';

let keeper: Ajv | undefined;

/**
 * Makes a JSON Schema the check of a value. Each is alone with its names and references; that it is a schema at all is
 * checked by one for all, which compiles what schemas are checked by once.
 *
 * @throws {UnusableSchemaError}
 */
export function compileJsonSchema(jsonSchema: JsonObject): ValidateFunction {
  keeper ??= newAjv({ validateSchema: true });
  try {
    void keeper.validateSchema(jsonSchema, true);
    return newAjv({ validateSchema: false }).compile(jsonSchema);
  } catch (error) {
    throw new UnusableSchemaError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Loaded with the first schema: two hundred modules, which a program without JSON Schema does not wait for. */
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
