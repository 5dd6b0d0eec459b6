import type { JsonObject, JsonValue } from '@antiphon/core';

/** Adds up usage objects member by member: numbers are added, objects alike; anything else is left out. */
export function addUsage(total: JsonObject, usage: JsonObject): JsonObject {
  const sum: Record<string, JsonValue> = { ...total };
  for (const [name, value] of Object.entries(usage)) {
    const known = sum[name];
    if (typeof value === 'number') sum[name] = (typeof known === 'number' ? known : 0) + value;
    else if (isObject(value)) sum[name] = addUsage(isObject(known) ? known : {}, value);
  }
  return sum;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
