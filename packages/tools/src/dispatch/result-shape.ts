import type { JsonObject, JsonValue } from '@antiphon/core';

/** A part of a result. */
export interface ResultPart {
  /** Where in the result the part is; all of it when absent. */
  readonly path?: string;
  /** What is kept of it, or of each item of a list: paths, or new names with the paths they come from. */
  readonly fields?: readonly string[] | Readonly<Record<string, string>>;
  /** Most items of a list that are kept. */
  readonly maxItems?: number;
}

/** What of a result the model is given, and what only the application is shown. */
export interface ResultShape extends ResultPart {
  /** Most bytes of the text that the model is given. */
  readonly maxBytes?: number;
  /** What the application is shown beside that, and the model never sees; `{}` for all of the result. */
  readonly ui?: ResultPart;
}

/** A result cut to its shape; `note` tells the model what is missing. */
export interface ShapedResult {
  readonly value: JsonValue;
  readonly note: string;
}

/** What of a result the application is shown; undefined when the shape does not say. */
export function shapeForUi(result: JsonValue, shape: ResultShape | undefined): JsonValue | undefined {
  return shape?.ui === undefined ? undefined : shapeResult(result, shape.ui).value;
}

/** Cuts a result to what the model is to be given. `path` with nothing there gives null. */
export function shapeResult(result: JsonValue, shape: ResultPart | undefined): ShapedResult {
  if (shape === undefined) return { value: result, note: '' };
  const part = shape.path === undefined ? result : (valueAt(result, shape.path) ?? null);
  const [kept, note] = firstItems(part, shape.maxItems);
  return { value: shape.fields === undefined ? kept : pickEach(kept, namedPaths(shape.fields)), note };
}

function firstItems(value: JsonValue, most: number | undefined): readonly [JsonValue, string] {
  if (most === undefined || !Array.isArray(value) || value.length <= most) return [value, ''];
  return [value.slice(0, most), `the first ${most} of ${value.length} items`];
}

/** What is wrong with a shape, in words that follow the name of the setting. */
export function shapeProblem(shape: ResultShape | undefined): string | undefined {
  if (shape === undefined) return undefined;
  if (typeof shape !== 'object' || shape === null) return 'is not { path, fields, maxItems, maxBytes, ui }';
  const ofUi = shape.ui === undefined ? undefined : shapeProblem(shape.ui);
  if (ofUi !== undefined) return `has a ui that ${ofUi}`;
  const paths = [shape.path, ...(shape.fields === undefined ? [] : Object.values(shape.fields))];
  const wrong = paths.find((path) => path !== undefined && !pathPattern.test(String(path)));
  if (wrong !== undefined)
    return `holds ${JSON.stringify(wrong)}, which is not a path such as data.items[0].name`;
  const numbers = [shape.maxItems, shape.maxBytes].filter((value) => value !== undefined);
  return numbers.every((value) => Number.isInteger(value) && value > 0)
    ? undefined
    : 'has a limit that is not a whole number above 0';
}

const pathPattern = /^[^.[\]]+(?:\.[^.[\]]+|\[\d+\])*$/;

function namedPaths(
  fields: readonly string[] | Readonly<Record<string, string>>,
): readonly [string, string][] {
  if (!isList(fields)) return Object.entries(fields);
  return fields.map((path) => [partsOf(path).at(-1) ?? path, path]);
}

function isList(value: readonly string[] | Readonly<Record<string, string>>): value is readonly string[] {
  return Array.isArray(value);
}

function pickEach(value: JsonValue, paths: readonly [string, string][]): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => pick(item, paths));
  return pick(value, paths);
}

/** The fields of an object; anything else has none and stays as it is. */
function pick(value: JsonValue, paths: readonly [string, string][]): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const fields = paths.flatMap(([name, path]): [string, JsonValue][] => {
    const field = valueAt(value, path);
    return field === undefined ? [] : [[name, field]];
  });
  return Object.fromEntries(fields);
}

/** The value at a path, own members only. */
function valueAt(value: JsonValue, path: string): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const part of partsOf(path)) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as JsonObject)[part];
  }
  return current;
}

function partsOf(path: string): readonly string[] {
  return path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
}
