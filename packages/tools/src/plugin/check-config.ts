import { listProblems } from '../schema/field-name.ts';
import type { InputSchema } from '../schema/input-schema.ts';
import { compileSchema } from '../schema/schema-check.ts';
import { UnusableSchemaError } from '../schema/tool-json-schema.ts';
import { firstLine } from './plugin-loader.ts';

/** What came of checking settings: the parsed value, or what is wrong, in one line. */
export type ConfigVerdict =
  | { readonly kind: 'valid'; readonly value: unknown }
  | { readonly kind: 'invalid'; readonly problems: string };

/** Holds the settings of a plugin against its schema; without one it takes none. */
export async function checkConfig(schema: InputSchema | undefined, config: unknown): Promise<ConfigVerdict> {
  if (schema === undefined) {
    const keys = typeof config === 'object' && config !== null ? Object.keys(config) : [];
    if (keys.length === 0) return { kind: 'valid', value: {} };
    return {
      kind: 'invalid',
      problems: `it takes none, but has ${keys.map((key) => `"${key}"`).join(', ')}`,
    };
  }
  try {
    const verdict = await compileSchema(schema).check(config as never);
    return verdict.kind === 'valid' ? verdict : { kind: 'invalid', problems: listProblems(verdict.problems) };
  } catch (error) {
    const problems =
      error instanceof UnusableSchemaError ? `its schema cannot be used: ${error.message}` : firstLine(error);
    return { kind: 'invalid', problems };
  }
}
