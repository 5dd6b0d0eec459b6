import type * as z from 'zod';
import { isJsonObject } from './tolerant.ts';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** What could be read of a value, or what is wrong with it. The texts name places and kinds and quote no content. */
export type Read<Value> =
  /** `leftOut`: what could not be read and was more than null. */
  | { readonly ok: true; readonly value: Value; readonly leftOut?: string }
  | { readonly ok: false; readonly problem: string };

/** Each round leaves out something or goes up a level; no message of a server lies deeper. */
const maxRounds = 12;

/**
 * Reads `value` by `schema`, without the members and list elements that the schema cannot read: some servers write null
 * for what is not there, and a strange member is no reason to miss that a response is over. Where something that is
 * left out was needed, what holds it is left out with it; a value of which nothing would remain is a problem.
 */
export function readable<Schema extends z.ZodType>(schema: Schema, value: unknown): Read<z.output<Schema>> {
  const first = schema.safeParse(value);
  if (first.success) return { ok: true, value: first.data };
  let issues = first.error.issues;
  let rest = value;
  let leftOut: string | undefined;
  for (let round = 0; round < maxRounds; round++) {
    const places = issues.flatMap(deepest).map((path) => presentPart(rest, path));
    if (places.some((path) => path.length === 0)) break;
    if (places.some((path) => valueAt(rest, path) !== null)) leftOut ??= told(issues);
    rest = lastFirst(places).reduce(without, rest);
    const result = schema.safeParse(rest);
    if (result.success) return { ok: true, value: result.data, ...(leftOut !== undefined && { leftOut }) };
    issues = result.error.issues;
  }
  return { ok: false, problem: told(first.error.issues) };
}

function told([issue]: readonly Issue[]): string {
  return issue === undefined ? '' : ` at '${issue.path.join('.')}': ${issue.message}`;
}

/** Of a union, the places inside the option that fits but for a few members; the whole where none does. */
function deepest(issue: Issue): readonly Path[] {
  if (issue.code !== 'invalid_union') return [issue.path];
  const inside = issue.errors
    .map((option) => option.flatMap(deepest))
    .find((paths) => paths.length > 0 && paths.every((path) => path.length > 0));
  return inside === undefined ? [issue.path] : inside.map((path) => [...issue.path, ...path]);
}

/** The part of `path` that leads to something that is there. */
function presentPart(root: unknown, path: Path): Path {
  let value = root;
  for (const [depth, name] of path.entries()) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return path.slice(0, depth);
    value = (value as Record<PropertyKey, unknown>)[name];
  }
  return path;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce((value, name) => (value as Record<PropertyKey, unknown>)[name], root);
}

/** Each path once, later elements of a list before earlier ones, so that no position moves before its turn. */
function lastFirst(paths: readonly Path[]): readonly Path[] {
  const byPlace = new Map(paths.map((path) => [path.map(sortable).join('\n'), path]));
  return [...byPlace].sort(([one], [other]) => (one < other ? 1 : -1)).map(([, path]) => path);
}

function sortable(name: PropertyKey): string {
  return typeof name === 'number' ? String(name).padStart(10, '0') : String(name);
}

/** `root` without what stands at the path. */
function without(root: unknown, [name, ...rest]: Path): unknown {
  if (Array.isArray(root)) {
    const elements = [...(root as readonly unknown[])];
    const at = Number(name);
    if (rest.length === 0) elements.splice(at, 1);
    else elements[at] = without(elements[at], rest);
    return elements;
  }
  if (!isJsonObject(root) || name === undefined) return root;
  const { [String(name)]: inner, ...others } = root as Readonly<Record<string, unknown>>;
  if (rest.length === 0) return others;
  return { ...root, [String(name)]: without(inner, rest) };
}
