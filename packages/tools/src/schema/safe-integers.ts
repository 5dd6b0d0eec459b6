import type { JsonObject, JsonValue } from '@antiphon/core';

/** Keywords whose values are data, and no schemas. */
const dataKeywords: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);

const [least, most] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

/**
 * A schema whose whole numbers end where two of them become one: a model that writes 9007199254740993 is told so, and the
 * tool is not given its neighbour.
 */
export function withSafeIntegers(schema: JsonObject): JsonObject {
  return bounded(schema) as JsonObject;
}

function bounded(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element: JsonValue) => bounded(element));
  const copy = Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, member]) => [
      key,
      dataKeywords.has(key) ? member : bounded(member),
    ]),
  );
  if (copy['type'] !== 'integer') return copy;
  // A bound of the author's own that is narrower, or is no number, stays as it is.
  const { minimum = least, maximum = most } = copy;
  return { ...copy, minimum: atLeast(minimum), maximum: atMost(maximum) };
}

function atLeast(bound: JsonValue): JsonValue {
  return typeof bound === 'number' ? Math.max(least, bound) : bound;
}

function atMost(bound: JsonValue): JsonValue {
  return typeof bound === 'number' ? Math.min(most, bound) : bound;
}
