import type { JsonObject, JsonValue } from '../../json.ts';
import { isJsonObject } from '../tolerant.ts';

/** Members as they are put together: undefined stands for absent. */
export type Members = { readonly [key: string]: JsonValue | undefined };

/** Leaves out what is undefined. */
export function compact(members: Members): JsonObject {
  return chosen(members, (_name, value) => value !== undefined);
}

/** Like {@link compact}; undefined when nothing is left. */
export function compactOrNone(members: Members): JsonObject | undefined {
  const object = compact(members);
  for (const _name in object) return object;
  return undefined;
}

/** `owner` without some of its members. */
export function without(owner: JsonObject, names: ReadonlySet<string>): JsonObject {
  return chosen(owner, (name) => !names.has(name));
}

/** A loop: lists of the members took most of the time in which a session is understood. */
function chosen(
  members: Members,
  isWanted: (name: string, value: JsonValue | undefined) => boolean,
): JsonObject {
  const object: Record<string, JsonValue | undefined> = {};
  for (const name of Object.keys(members)) {
    const value = members[name];
    if (!isWanted(name, value)) continue;
    // Written plainly it would be the prototype.
    if (name === '__proto__')
      Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
    else object[name] = value;
  }
  return object as JsonObject;
}

/** A member that is an object; undefined for anything else. */
export function objectAt(owner: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = owner?.[name];
  return isJsonObject(value) ? value : undefined;
}

/** A member that is a text; undefined for anything else. */
export function textAt(owner: JsonObject | undefined, name: string): string | undefined {
  const value = owner?.[name];
  return typeof value === 'string' ? value : undefined;
}

/** Translates the elements of a list that are objects; other values pass as they are. */
export function eachObject(
  value: JsonValue | undefined,
  translate: (element: JsonObject) => JsonObject | undefined,
): JsonValue | undefined {
  if (!isList(value)) {
    return value;
  }
  return value.flatMap((element): readonly JsonValue[] => {
    const translated = isJsonObject(element) ? translate(element) : element;
    return translated === undefined ? [] : [translated];
  });
}

/** Translates a member that is an object; null and absent pass as they are. */
export function mapObject(
  value: JsonValue | undefined,
  translate: (object: JsonObject) => JsonValue | undefined,
): JsonValue | undefined {
  return isJsonObject(value) ? translate(value) : value;
}

/** A typed value of the protocol as the JSON that it is. */
export function asJson(value: object): JsonObject {
  return value as JsonObject;
}

/** Like {@link asJson} for any value; members that are undefined count as absent. */
export function asValue(value: object | string | null | undefined): JsonValue | undefined {
  return value as JsonValue | undefined;
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
