import type { JsonObject } from '../json.ts';
import { isJsonObject } from './tolerant.ts';

// What events that are read by hand have in common: whether a member has the shape that its schema takes as it is.

export function isText(value: unknown): boolean {
  return typeof value === 'string';
}

export function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

export function isTextOrNone(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

export function isNone(value: unknown): boolean {
  return value === undefined || value === null;
}

export function isIndex(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

export function isFiniteOrAbsent(value: unknown): boolean {
  return value === undefined || Number.isFinite(value);
}

export function isListOf(value: unknown, check: (element: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(check);
}

/** A message, a call or the output of one, with all that the schema would else add or change. */
export function isPlainItem(item: unknown): boolean {
  if (!isJsonObject(item) || !isText(item['id'])) return false;
  const { type, status } = item;
  const isKnown = status === 'completed' || status === 'in_progress' || status === 'incomplete';
  if (!isKnown && status !== undefined) return false;
  switch (type) {
    case 'function_call':
      return isText(item['call_id']) && isText(item['name']) && isText(item['arguments']);
    case 'function_call_output':
      return isText(item['call_id']) && isText(item['output']);
    case 'message':
      return isRole(item['role']) && isListOf(item['content'], isPart) && isTextOrNone(item['phase']);
    default:
      return false;
  }
}

function isRole(role: unknown): boolean {
  return role === 'user' || role === 'assistant' || role === 'system';
}

function isPart(part: unknown): boolean {
  return isJsonObject(part) && isPartOfKind(part);
}

function isPartOfKind(part: JsonObject): boolean {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return isText(part['text']);
    case 'input_audio':
    case 'output_audio':
    case 'audio':
      return (part['transcript'] === null || isText(part['transcript'])) && isTextOrAbsent(part['audio']);
    default:
      return false;
  }
}
