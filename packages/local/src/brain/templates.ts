import type { JsonValue } from '@antiphon/core';

/** Where a reply template looks its values up. */
export interface TemplateValues {
  readonly result: JsonValue;
  readonly arguments: { readonly [name: string]: JsonValue };
  /** Slot values in the user's words, preferred over the arguments. */
  readonly spoken: { readonly [name: string]: string };
}

const placeholder = /\{\{([^{}]*)\}\}/g;

/**
 * Fills `{{result.path.to.value}}`, `{{slot}}` and `{{arguments.name}}`. Paths go through objects by key and arrays by
 * index (`items.0.name`, `items[0].name`); `length` counts an array. A helper may follow a bar: `round` or `round:1`
 * (decimals), `count`, `first:3` (of an array), `upper`, `lower`. Arrays are read out as a list, booleans as yes and no.
 * @returns undefined when a value is missing, null or an object, so that nothing senseless is said.
 */
export function fillTemplate(template: string, values: TemplateValues): string | undefined {
  let isComplete = true;
  const filled = template.replace(placeholder, (_, inner: string) => {
    const [path = '', ...helpers] = inner.split('|').map((part) => part.trim());
    let value = lookUp(path, values);
    for (const helper of helpers) value = applyHelper(value, helper);
    const text = value === undefined ? undefined : spokenValue(value);
    if (text === undefined) isComplete = false;
    return text ?? '';
  });
  return isComplete && filled.trim() !== '' ? filled.replace(/[ \t]+/g, ' ').trim() : undefined;
}

function lookUp(path: string, values: TemplateValues): JsonValue | undefined {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
  const [root, ...rest] = keys;
  if (root === undefined) return undefined;
  if (root === 'result') return descend(values.result, rest);
  if (root === 'arguments' || root === 'args') return descend(values.arguments, rest);
  if (rest.length === 0 && Object.hasOwn(values.spoken, root)) return values.spoken[root];
  return descend(values.arguments, keys);
}

function descend(value: JsonValue, keys: readonly string[]): JsonValue | undefined {
  let at: JsonValue | undefined = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null) return undefined;
    if (Array.isArray(at)) at = key === 'length' ? at.length : (at as readonly JsonValue[])[Number(key)];
    else at = Object.hasOwn(at, key) ? (at as { readonly [name: string]: JsonValue })[key] : undefined;
  }
  return at;
}

function applyHelper(value: JsonValue | undefined, helper: string): JsonValue | undefined {
  const [name, option] = helper.split(':').map((part) => part.trim());
  const amount = option === undefined ? undefined : Number(option);
  switch (name) {
    case 'round':
      return typeof value === 'number' ? Number(value.toFixed(validDecimals(amount))) : value;
    case 'count':
      return Array.isArray(value) ? value.length : value;
    case 'first':
      return Array.isArray(value) ? value.slice(0, amount ?? 1) : value;
    case 'upper':
      return typeof value === 'string' ? value.toUpperCase() : value;
    case 'lower':
      return typeof value === 'string' ? value.toLowerCase() : value;
    default:
      return undefined;
  }
}

function validDecimals(decimals: number | undefined): number {
  return decimals !== undefined && Number.isInteger(decimals) && decimals >= 0 && decimals <= 10
    ? decimals
    : 0;
}

/** A scalar or a list of scalars as it is said; undefined for null and objects. */
export function spokenValue(value: JsonValue): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return spokenNumber(value);
    case 'boolean':
      return value ? 'yes' : 'no';
    default: {
      if (!Array.isArray(value)) return undefined;
      const parts = value.map((one: JsonValue) => spokenValue(one));
      return parts.every((part) => part !== undefined) ? joinList(parts) : undefined;
    }
  }
}

/** A number without floating-point noise: 0.1 + 0.2 is said as 0.3. */
export function spokenNumber(value: number): string {
  return String(Number(value.toPrecision(12)));
}

/** "a", "a and b", "a, b and c". */
export function joinList(parts: readonly string[], joiner = 'and'): string {
  if (parts.length <= 1) return parts[0] ?? '';
  return `${parts.slice(0, -1).join(', ')} ${joiner} ${parts.at(-1)}`;
}
