import type { JsonObject, JsonValue } from '@antiphon/core';

/** The members of an object. */
export type Members = readonly (readonly [name: string, value: JsonValue])[];

/** `event` with other members in each of its objects; objects named in `kept` stay as they are. */
export function changedMembers(
  event: JsonObject,
  change: (members: Members) => Members,
  kept: readonly string[] = [],
): JsonObject {
  const changed = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(changed);
    if (value === null || typeof value !== 'object') return value;
    const members = Object.entries(value as JsonObject).map(
      ([name, inner]) => [name, kept.includes(name) ? inner : changed(inner as JsonValue)] as const,
    );
    return Object.fromEntries(change(members as Members)) as JsonObject;
  };
  return changed(event) as JsonObject;
}
