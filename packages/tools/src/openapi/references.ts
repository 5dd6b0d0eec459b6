import type { JsonObject, JsonValue } from '@antiphon/core';

/** Follows the `$ref` of an object inside one document, for as long as it leads to another. */
export function resolveReference(value: JsonValue | undefined, document: JsonObject): JsonObject | undefined {
  let current: JsonValue | undefined = value;
  for (let hops = 0; hops < 16; hops += 1) {
    if (!isObject(current)) return undefined;
    const reference = current['$ref'];
    if (typeof reference !== 'string') return current;
    current = valueAt(document, reference);
  }
  return undefined;
}

/** The part of a document that a local reference names; undefined when there is none, or it is in another document. */
export function valueAt(document: JsonObject, reference: string): JsonValue | undefined {
  if (!reference.startsWith('#/')) return undefined;
  let current: JsonValue | undefined = document;
  for (const part of reference.slice(2).split('/')) {
    const key = decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as JsonObject)[key];
  }
  return current;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
