import { AntiphonError, type JsonObject, type JsonValue } from '@antiphon/core';
import { describeFields } from '../schema/field-name.ts';
import type { ToolLimits } from './limits.ts';

/** Arguments as a JSON object, or why they are refused. */
export type ParsedArguments =
  | { readonly kind: 'parsed'; readonly value: JsonObject }
  | {
      readonly kind: 'refused';
      /** What is recorded as the arguments: parsed as far as possible, else the text, cut when it is too large. */
      readonly arguments: JsonValue;
      readonly error: AntiphonError;
    };

/** Characters kept of arguments that are too large. */
const keptCharacters = 1_000;

/**
 * Reads the arguments that a model wrote: size, then depth, then JSON, then forbidden keys. An empty text means no
 * arguments.
 */
export function parseArguments(
  text: string,
  { tool, parameters, limits }: { tool: string; parameters: JsonObject; limits: ToolLimits },
): ParsedArguments {
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.argumentBytes) {
    const error = new AntiphonError('tool.arguments_too_large', {
      tool,
      bytes,
      limit: `${limits.argumentBytes} bytes`,
    });
    return { kind: 'refused', arguments: `${text.slice(0, keptCharacters)}…`, error };
  }
  if (nestingDepth(text) > limits.argumentDepth) {
    const error = new AntiphonError('tool.arguments_too_deep', { tool, limit: limits.argumentDepth });
    return { kind: 'refused', arguments: text, error };
  }
  const expected = (): string => describeFields(parameters);
  let value: JsonValue;
  try {
    value = text.trim() === '' ? {} : (JSON.parse(text) as JsonValue);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'it cannot be read';
    const error = new AntiphonError(
      'tool.arguments_not_json',
      { tool, reason, expected: expected() },
      { cause },
    );
    return { kind: 'refused', arguments: text, error };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const reason = `it is ${Array.isArray(value) ? 'a list' : JSON.stringify(value).slice(0, 40)}`;
    const error = new AntiphonError('tool.arguments_not_json', { tool, reason, expected: expected() });
    return { kind: 'refused', arguments: value, error };
  }
  if (hasInfinity(value)) {
    const reason = 'it holds a number that is too large';
    const error = new AntiphonError('tool.arguments_not_json', { tool, reason, expected: expected() });
    return { kind: 'refused', arguments: text, error };
  }
  const key = forbiddenKey(value);
  if (key !== undefined) {
    const error = new AntiphonError('tool.arguments_forbidden', { tool, key, expected: expected() });
    return { kind: 'refused', arguments: text, error };
  }
  return { kind: 'parsed', value: value as JsonObject };
}

/** Deepest nesting of brackets in a JSON text, strings left out; an upper bound when the text is not JSON. */
export function nestingDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
    } else if (character === '{' || character === '[') {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (character === '}' || character === ']') {
      depth -= 1;
    }
  }
  return deepest;
}

/** JSON of a number like 1e999 is read as infinity, which no JSON can say again. */
function hasInfinity(value: JsonValue): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).some((member) => hasInfinity(member as JsonValue))
  );
}

/** A key that could change the prototype of whatever the arguments are merged into. */
function forbiddenKey(value: JsonValue): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, field] of Object.entries(value)) {
    if (key === '__proto__') return '"__proto__"';
    const isObject = typeof field === 'object' && field !== null;
    if (key === 'constructor' && isObject && Object.hasOwn(field, 'prototype'))
      return '"constructor.prototype"';
    const inner = forbiddenKey(field as JsonValue);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
