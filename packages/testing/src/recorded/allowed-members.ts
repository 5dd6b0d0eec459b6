import type { JsonObject, JsonValue } from '@antiphon/core';
import { isObject, text } from './json-members.ts';

/** Values that a server is known to take beyond its dialect: by event type and path, with `[]` for any element of a list. */
export type AllowedMembers = ReadonlyMap<string, JsonValue>;

/** Everything that the recorded client said: the server took it, whatever the dialect says. */
export function allowedBy(sent: readonly JsonObject[]): AllowedMembers {
  const allowed = new Map<string, JsonValue>();
  for (const event of sent) {
    if (event['type'] !== 'input_audio_buffer.append') note(event, text(event['type']), allowed);
  }
  return allowed;
}

/**
 * `event` without the member that the dialect refuses at `param`, where a server that is known to take it would not
 * have; undefined when it would.
 */
export function withoutAllowed(
  event: JsonObject,
  param: string | null | undefined,
  allowed: AllowedMembers,
): JsonObject | undefined {
  if (!param) return undefined;
  const path = param.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  const known = allowed.get(keyOf(text(event['type']), path));
  if (known === undefined) return undefined;
  const value = valueAt(event, path);
  if (value === undefined || typeof value !== typeof known || (value === null) !== (known === null)) {
    return undefined;
  }
  // A kind of object that the dialect has not: the other members belong to that kind.
  const isKind = path.at(-1) === 'type' && value === known;
  return removed(event, isKind ? path.slice(0, -1) : path);
}

/** `event` with the kind of its session, where the dialect wants it and the recorded client got by without. */
export function withOmitted(
  event: JsonObject,
  param: string | null | undefined,
  allowed: AllowedMembers,
): JsonObject | undefined {
  const { type, session } = event;
  const isOmitted = allowed.has('session.update.session') && !allowed.has('session.update.session.type');
  if (type !== 'session.update' || param !== 'session.type' || !isOmitted || !isObject(session))
    return undefined;
  return session['type'] === undefined ? { ...event, session: { ...session, type: 'realtime' } } : undefined;
}

function note(value: JsonValue, key: string, into: Map<string, JsonValue>): void {
  if (Array.isArray(value)) {
    for (const element of value as readonly JsonValue[]) {
      into.set(`${key}[]`, element);
      note(element, `${key}[]`, into);
    }
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      into.set(`${key}.${name}`, inner);
      note(inner, `${key}.${name}`, into);
    }
  }
}

function keyOf(type: string, path: readonly string[]): string {
  return path.reduce((key, part) => (/^\d+$/.test(part) ? `${key}[]` : `${key}.${part}`), type);
}

function valueAt(root: JsonValue, path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((value, part) => {
    if (Array.isArray(value)) return (value as readonly JsonValue[])[Number(part)];
    return isObject(value) ? value[part] : undefined;
  }, root);
}

function removed(root: JsonObject, path: readonly string[]): JsonObject {
  const [name = '', ...rest] = path;
  const { [name]: inner, ...others } = root;
  if (rest.length === 0 || inner === undefined) return others as JsonObject;
  if (Array.isArray(inner)) {
    const [index = '', ...deeper] = rest;
    const elements = (inner as readonly JsonValue[]).flatMap((element, at) => {
      if (at !== Number(index)) return [element];
      return deeper.length > 0 && isObject(element) ? [removed(element, deeper)] : [];
    });
    return { ...root, [name]: elements };
  }
  return isObject(inner) ? { ...root, [name]: removed(inner, rest) } : root;
}
