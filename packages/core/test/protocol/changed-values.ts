import type { JsonObject, JsonValue } from '../../src/json.ts';

const values: readonly (JsonValue | undefined)[] = [
  undefined,
  null,
  'other',
  7,
  true,
  [],
  ['x'],
  {},
  { type: 'x' },
];

/** Every place in an event with everything that may stand there and should not. */
export function changesOf(
  event: JsonObject,
): readonly { readonly path: string; readonly value: JsonValue | undefined }[] {
  return places(event).flatMap((path) => values.map((value) => ({ path: path.join('.'), value })));
}

/** Every place in a value, the value itself left out. */
function places(value: JsonValue, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    [...path, name],
    ...places(member, [...path, name]),
  ]);
}

/** A value with another at one of its places; without it where that is undefined. */
export function withValue(
  value: JsonValue,
  [name = '', ...rest]: readonly string[],
  put: JsonValue | undefined,
): JsonValue {
  const copy = structuredClone(value) as Record<string, JsonValue | undefined>;
  copy[name] = rest.length === 0 ? put : withValue(copy[name] as JsonValue, rest, put);
  if (copy[name] === undefined && !Array.isArray(copy)) delete copy[name];
  return copy as JsonValue;
}
