import type { JsonObject, JsonValue } from '@antiphon/core';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that is an object; undefined for anything else. */
export function member(owner: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = owner?.[name];
  return isObject(value) ? value : undefined;
}

/** The elements of a member that are objects. */
export function list(owner: JsonObject | undefined, name: string): readonly JsonObject[] {
  const value = owner?.[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A text; empty for anything else. */
export function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Typed events and items are JSON by their schema. */
export function asJson(value: object): JsonObject {
  return value as JsonObject;
}
