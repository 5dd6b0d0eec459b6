import type { JsonObject, JsonValue } from '@antiphon/core';

/** One thing that is wrong with a value: where, and what would be right. */
export interface SchemaProblem {
  /** Path of the field, such as `stops[0].city`; empty for the whole value. */
  readonly field: string;
  readonly problem: string;
}

/** Writes a path of keys and indexes as it would be written in code. */
export function fieldName(path: readonly string[]): string {
  return path.reduce((name, part) => {
    if (/^\d+$/.test(part)) return `${name}[${part}]`;
    return name === '' ? part : `${name}.${part}`;
  }, '');
}

/** One line for all problems, at most `limit` of them: `city is required; unit must be one of "c", "f"`. */
export function listProblems(problems: readonly SchemaProblem[], limit = 8): string {
  const shown = problems
    .slice(0, limit)
    .map(({ field, problem }) => (field === '' ? problem : `"${field}" ${joinPhrase(problem)}`));
  const hidden = problems.length - shown.length;
  return hidden > 0 ? `${shown.join('; ')}; and ${hidden} more` : shown.join('; ');
}

/** Messages of schema libraries are sentences of their own and follow a colon; ours continue the name of the field. */
function joinPhrase(problem: string): string {
  return /^[A-Z]/.test(problem) ? `is wrong: ${problem}` : problem;
}

/** What the fields of an object schema may hold, in words for a model: `city (string, required), unit ("c" or "f")`. */
export function describeFields(jsonSchema: JsonObject): string {
  const properties = Object.entries((jsonSchema['properties'] ?? {}) as Record<string, JsonValue>);
  if (properties.length === 0) return 'no arguments, {}';
  const required = new Set((jsonSchema['required'] ?? []) as readonly string[]);
  return properties
    .slice(0, 20)
    .map(([name, schema]) => {
      const notes = [describeType(schema), ...(required.has(name) ? ['required'] : [])].filter(
        (note) => note !== '',
      );
      return notes.length === 0 ? name : `${name} (${notes.join(', ')})`;
    })
    .join(', ');
}

function describeType(schema: JsonValue | undefined): string {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return '';
  const { enum: choices, const: only, type } = schema as JsonObject;
  if (Array.isArray(choices))
    return choices
      .slice(0, 12)
      .map((choice) => JSON.stringify(choice))
      .join(' or ');
  if (only !== undefined) return JSON.stringify(only);
  if (typeof type === 'string') return detailed(type, schema as JsonObject);
  return Array.isArray(type) ? type.join(' or ') : '';
}

/** How texts of a format look, where that has to be known to write one. */
const spellings: Readonly<Record<string, string>> = {
  date: 'as YYYY-MM-DD',
  time: 'as HH:MM:SS',
  'date-time': 'as 2026-01-31T09:30:00Z',
  duration: 'as P1DT2H',
  email: 'an e-mail address',
  uri: 'a URL with its scheme',
  uuid: 'a UUID',
};
/** Longer patterns teach a model nothing. */
const longestPattern = 40;

function detailed(type: string, schema: JsonObject): string {
  switch (type) {
    case 'string':
      return `string${spellingOf(schema)}`;
    case 'number':
    case 'integer':
      return `${type}${boundsOf(schema)}`;
    case 'array': {
      const items = describeType(schema['items']);
      return items === '' ? type : `array of ${items}`;
    }
    case 'object': {
      const names = Object.keys((schema['properties'] ?? {}) as JsonObject);
      return names.length === 0 ? type : `object with ${names.slice(0, 12).join(', ')}`;
    }
    default:
      return type;
  }
}

function spellingOf({ format, pattern }: JsonObject): string {
  const known =
    typeof format === 'string' && Object.hasOwn(spellings, format) ? spellings[format] : undefined;
  if (known !== undefined) return ` ${known}`;
  return typeof pattern === 'string' && pattern.length <= longestPattern ? ` like /${pattern}/` : '';
}

function boundsOf({
  minimum,
  maximum,
  exclusiveMinimum: above,
  exclusiveMaximum: below,
}: JsonObject): string {
  const said = [
    isBound(minimum) && `at least ${minimum}`,
    isBound(above) && `above ${above}`,
    isBound(maximum) && `at most ${maximum}`,
    isBound(below) && `below ${below}`,
  ].filter((bound) => bound !== false);
  return said.length === 0 ? '' : ` ${said.join(' and ')}`;
}

/** Integers of schema libraries are bounded by what a double can hold, which is nothing to tell. */
function isBound(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}
