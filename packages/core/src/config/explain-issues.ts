import type * as z from 'zod';
import type { JsonValue } from '../json.ts';
import { type ConfigNode, keyOffsetOf, nodeAt, offsetOf } from './config-node.ts';
import { type ConfigPath, type Finding, finding, pathText, shorten } from './problem.ts';
import { nameAdvice } from './suggest.ts';

/**
 * Passed to zod as its error map: the message of an unknown key becomes the keys the mapping may have, which only the
 * schema knows.
 */
export function nameKeys(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  const definition = issue.inst?._zod.def as { shape?: Readonly<Record<string, unknown>> } | undefined;
  return Object.keys(definition?.shape ?? {}).join(' ');
}

/** An issue of zod with unions reduced to the branch the author most likely meant. */
export type PlainIssue = Exclude<z.core.$ZodIssue, z.core.$ZodIssueInvalidUnion> | UnmetUnion;

/** No branch fits: `expected` says in words what would. */
interface UnmetUnion {
  readonly code: 'unmet_union';
  readonly path: PropertyKey[];
  readonly expected: string;
  /** The texts that would fit. */
  readonly choices: readonly string[];
}

/** Replaces each union by the issues of its likeliest branch. */
export function plainIssues(issues: readonly z.core.$ZodIssue[], value: JsonValue): readonly PlainIssue[] {
  return issues.flatMap((issue): readonly PlainIssue[] => {
    if (issue.code !== 'invalid_union') return [issue];
    if (issue.errors.length === 0) {
      const options = 'options' in issue ? (issue.options ?? []) : [];
      const choices = options.map(String);
      return [{ code: 'unmet_union', path: issue.path, expected: oneOf(choices), choices }];
    }
    const owner = valueAt(value, issue.path);
    const branches = issue.errors.map((branch) => plainIssues(branch, owner));
    const fitting = branches.filter((branch) => !branch.some(isTypeMismatch));
    const [best] = fitting.sort(
      (a, b) => strangers(a) - strangers(b) || missing(a, owner) - missing(b, owner) || weight(a) - weight(b),
    );
    if (best === undefined) {
      const expected = [...new Set(branches.map((branch) => expectation(branch[0])))].join(' or ');
      return [{ code: 'unmet_union', path: issue.path, expected, choices: [] }];
    }
    return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  });
}

function isTypeMismatch(issue: PlainIssue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'unmet_union');
}

/** Members of the value that a branch does not know. */
function strangers(issues: readonly PlainIssue[]): number {
  return issues.reduce(
    (sum, issue) =>
      sum + (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys.length : 0),
    0,
  );
}

/** Members that a branch must have and the value has not: what stands in the value says which branch was meant. */
function missing(issues: readonly PlainIssue[], owner: JsonValue): number {
  return issues.filter(({ path }) => path.length === 1 && valueAt(owner, path) === undefined).length;
}

function weight(issues: readonly PlainIssue[]): number {
  return issues.reduce(
    (sum, issue) =>
      sum +
      (issue.code === 'unrecognized_keys' ? issue.keys.length * 2 : 1) +
      (issue.path.length === 0 ? 1 : 0),
    0,
  );
}

/** What an issue is explained from. */
export interface ExplainContext {
  readonly root: ConfigNode;
  /** The value zod saw. */
  readonly value: JsonValue;
}

/** A finding for an issue; unknown keys are not explained here, see {@link unknownKeyFinding}. */
export function explainIssue(issue: PlainIssue, context: ExplainContext): Finding {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const place = { offset: offsetOf(context.root, path), path };
  const key = path.at(-1);
  if (valueAt(context.value, path) === undefined && key !== undefined) {
    const data = { place: pathText(path.slice(0, -1)), key: String(key), example: exampleOf(issue) };
    return finding(place, 'config.missing_key', data);
  }
  const data = { place: pathText(path), got: describe(context.root, path) };
  switch (issue.code) {
    case 'invalid_type':
    case 'custom':
    case 'unmet_union': {
      if (issue.code === 'unmet_union' && issue.choices.length > 0) break;
      const expected = expectation(issue);
      return finding(place, 'config.wrong_type', {
        ...data,
        expected,
        advice: typeAdvice(expected, data.got),
      });
    }
    case 'invalid_key': {
      const keyPlace = { offset: keyOffsetOf(context.root, path), path };
      const reason = issue.issues[0]?.message ?? issue.message;
      const parent = pathText(path.slice(0, -1));
      return finding(keyPlace, 'config.bad_name', { name: shorten(String(key), 80), place: parent, reason });
    }
    default:
  }
  const expected = expectation(issue);
  return finding(place, 'config.wrong_value', {
    ...data,
    expected,
    advice: valueAdvice(issue, context, path),
  });
}

/** A key that the mapping at `path` does not have. */
export interface UnknownKey {
  readonly path: ConfigPath;
  readonly key: string;
  /** The keys it may have. */
  readonly choices: readonly string[];
}

/** The finding for an unknown key, pointing at the key. */
export function unknownKeyFinding({ key, choices, path }: UnknownKey, root: ConfigNode): Finding {
  const keyPath = [...path, key];
  const otherwise = choices.length === 0 ? 'Remove it.' : `The keys here are: ${choices.join(', ')}.`;
  return finding({ offset: keyOffsetOf(root, keyPath), path: keyPath }, 'config.unknown_key', () => ({
    key: shorten(key, 60),
    place: pathText(path),
    advice: nameAdvice(key, choices, otherwise),
  }));
}

function expectation(issue: PlainIssue | undefined): string {
  switch (issue?.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return oneOf(issue.values.map(String));
    case 'unmet_union':
      return issue.expected;
    case 'too_small':
      return sizeWords(
        issue.origin,
        `at least ${issue.minimum}`,
        issue.exact === true ? issue.minimum : undefined,
        issue.inclusive === false ? `more than ${issue.minimum}` : undefined,
      );
    case 'too_big':
      return sizeWords(
        issue.origin,
        `at most ${issue.maximum}`,
        issue.exact === true ? issue.maximum : undefined,
        undefined,
      );
    case 'invalid_format':
      return issue.message.startsWith('expected ')
        ? issue.message.slice(9)
        : `a text that matches ${issue.pattern ?? issue.format}`;
    case 'custom':
      return issue.message.replace(/^expected /, '');
    default:
      return issue?.message ?? 'another value';
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'null',
};

function sizeWords(
  origin: string,
  bound: string,
  exactly: number | bigint | undefined,
  exclusive: string | undefined,
): string {
  const words = exactly === undefined ? (exclusive ?? bound) : `exactly ${exactly}`;
  if (origin === 'string')
    return words === 'at least 1' ? 'a text that is not empty' : `a text of ${words} characters`;
  if (origin === 'array') return `a list of ${words} entr${words.endsWith(' 1') ? 'y' : 'ies'}`;
  return words;
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}

function typeAdvice(expected: string, got: string): string {
  if (expected === 'a text' && /^(?:the number|true|false)/.test(got)) return 'Put quotes round the value.';
  if (expected.startsWith('a list') && got.startsWith('the text')) return 'Write it as a list: [value].';
  if (/number|true or false/.test(expected) && /^the text "(?:-?[\d.]+|true|false)"$/.test(got))
    return 'Write it without quotes.';
  return `Write ${expected} here.`;
}

function valueAdvice(issue: PlainIssue, context: ExplainContext, path: ConfigPath): string {
  const value = valueAt(context.value, path);
  const expected = `Use ${expectation(issue)}.`;
  if (typeof value !== 'string') return expected;
  if (issue.code === 'invalid_value') return nameAdvice(value, issue.values.map(String), expected);
  return issue.code === 'unmet_union' ? nameAdvice(value, issue.choices, expected) : expected;
}

function exampleOf(issue: PlainIssue): string {
  if (issue.code === 'invalid_value' && issue.values.length === 1) return String(issue.values[0]);
  return expectation(issue);
}

/** The value as it stands in the file, so that variables show by name and never by value. */
export function describe(root: ConfigNode, path: ConfigPath): string {
  const node = nodeAt(root, path);
  if (node === undefined) return 'nothing';
  if (node.kind === 'map') return 'a mapping';
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (typeof node.value === 'string') return `the text ${JSON.stringify(shorten(node.value, 60))}`;
  if (typeof node.value === 'number') return `the number ${node.value}`;
  return node.value === null ? 'nothing' : String(node.value);
}

/** The member of a plain value at `path`, or undefined. */
export function valueAt(value: JsonValue, path: readonly PropertyKey[]): JsonValue {
  let current: unknown = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part))
      return undefined as never;
    current = (current as Record<PropertyKey, unknown>)[part];
  }
  return current as JsonValue;
}
