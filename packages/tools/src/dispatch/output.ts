import type { JsonValue } from '@antiphon/core';

/** What a tool returned, as JSON; or what is wrong with it. */
export type ShapedOutput =
  | { readonly kind: 'json'; readonly value: JsonValue }
  | { readonly kind: 'not-json'; readonly problem: string }
  | { readonly kind: 'too-large' };

/** Deepest nesting of a result. */
const maxDepth = 100;

class NotJson extends Error {}
class TooLarge extends Error {}

interface Walk {
  readonly ancestors: Set<object>;
  bytesLeft: number;
}

/**
 * Copies what a tool returned into plain JSON of at most `maxBytes`. `undefined` becomes `null`, and is left out of
 * objects; what has a `toJSON` method is replaced by its result. Functions, symbols, BigInts, NaN, infinities,
 * instances of classes and circular data are refused. A text that is too large is cut, anything else refused.
 */
export function shapeOutput(value: unknown, maxBytes: number): ShapedOutput {
  if (value === undefined) return { kind: 'json', value: null };
  if (typeof value === 'string') return { kind: 'json', value: cutToBytes(value, maxBytes) };
  try {
    return {
      kind: 'json',
      value: copy(value, 'result', { ancestors: new Set(), bytesLeft: maxBytes }) ?? null,
    };
  } catch (error) {
    if (error instanceof TooLarge) return { kind: 'too-large' };
    const problem = error instanceof NotJson ? error.message : 'reading it threw an error';
    return { kind: 'not-json', problem };
  }
}

function copy(value: unknown, path: string, walk: Walk): JsonValue | undefined {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'string':
      spend(walk, Buffer.byteLength(value) + 2);
      return value;
    case 'boolean':
      spend(walk, 5);
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new NotJson(`${path} is ${value}`);
      spend(walk, String(value).length);
      return value;
    case 'object':
      return value === null ? null : copyObject(value, path, walk);
    default:
      throw new NotJson(`${path} is a ${typeof value}`);
  }
}

function copyObject(object: object, path: string, walk: Walk): JsonValue | undefined {
  if (walk.ancestors.has(object)) throw new NotJson(`${path} is circular`);
  if (walk.ancestors.size >= maxDepth) throw new NotJson(`it is nested deeper than ${maxDepth} levels`);
  spend(walk, 2);
  walk.ancestors.add(object);
  try {
    if ('toJSON' in object && typeof object.toJSON === 'function') return copy(object.toJSON(), path, walk);
    if (Array.isArray(object)) {
      return Array.from(object as unknown[], (item, index) => copyItem(item, `${path}[${index}]`, walk));
    }
    if (!isPlain(object)) throw new NotJson(`${path} is ${describeInstance(object)}`);
    return copyFields(object, path, walk);
  } finally {
    walk.ancestors.delete(object);
  }
}

function copyItem(item: unknown, path: string, walk: Walk): JsonValue {
  spend(walk, 1);
  return copy(item, path, walk) ?? null;
}

function copyFields(object: object, path: string, walk: Walk): JsonValue {
  const fields: [string, JsonValue][] = [];
  for (const [key, field] of Object.entries(object)) {
    const value: JsonValue | undefined = copy(field, `${path}.${key}`, walk);
    if (value === undefined) continue;
    spend(walk, Buffer.byteLength(key) + 4);
    fields.push([key, value]);
  }
  return Object.fromEntries(fields);
}

function spend(walk: Walk, bytes: number): void {
  walk.bytesLeft -= bytes;
  if (walk.bytesLeft < 0) throw new TooLarge();
}

/** Made by `{}` in this or another realm, or without a prototype. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describeInstance(object: object): string {
  const name = object.constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance of a class';
}

/** The result as the model is given it: a text as it is, anything else as JSON, cut with a note to `maxBytes`. */
export function outputText(value: JsonValue, maxBytes: number): string {
  return cutToBytes(typeof value === 'string' ? value : JSON.stringify(value), maxBytes);
}

/** Cuts a text to `maxBytes` of UTF-8, a note about what is missing included. */
function cutToBytes(text: string, maxBytes: number): string {
  const byteLength = Buffer.byteLength(text);
  if (byteLength <= maxBytes) return text;
  const note = ` … [cut here: the whole is ${byteLength} bytes long]`;
  const room = Math.max(0, maxBytes - Buffer.byteLength(note));
  return withoutPartialCharacter(Buffer.from(text, 'utf8').subarray(0, room)) + note;
}

function withoutPartialCharacter(bytes: Buffer): string {
  let end = bytes.length;
  while (end > 0 && ((bytes[end - 1] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  const lead = bytes[end - 1] ?? 0;
  const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  const isWhole = bytes.length - (end - 1) >= needed;
  return bytes.subarray(0, isWhole ? bytes.length : Math.max(0, end - 1)).toString('utf8');
}
