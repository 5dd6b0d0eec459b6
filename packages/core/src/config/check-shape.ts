import type * as z from 'zod';
import type { JsonValue } from '../json.ts';
import { AgentsFileSchema } from './agents-file.ts';
import { type ConfigNode, type MapEntry, mapEntries } from './config-node.ts';
import {
  explainIssue,
  nameKeys,
  type PlainIssue,
  plainIssues,
  type UnknownKey,
  unknownKeyFinding,
} from './explain-issues.ts';
import type { ConfigEnv } from './interpolate.ts';
import type { ConfigPath, Finding } from './problem.ts';
import {
  type Conversions,
  convertText,
  isResolved,
  pathKey,
  type ResolvedText,
  type ResolvedTree,
  resolveVariables,
} from './resolve-variables.ts';
import { nearestName } from './suggest.ts';

/** The file held against its schema. */
export interface CheckedShape {
  /** The tree with misspelt keys read as what they most likely mean, so that later checks make no noise about them. */
  readonly root: ConfigNode;
  /** The value of `root`, without defaults. */
  readonly value: JsonValue;
  readonly texts: ReadonlyMap<string, ResolvedText>;
  readonly conversions: Conversions;
  /** Nothing is found where a variable is not resolved: that is another check's to report. */
  readonly findings: readonly Finding[];
}

/** Unknown keys inside a misspelt key are found one level a round. */
const maxRounds = 12;

/**
 * Checks the shape of the whole file.
 *
 * Each round either reads variables as the numbers the schema wants, or reports unknown keys and unsound names and takes
 * them for what they most likely mean (or away); the last round reports everything else.
 */
export function checkShape(original: ConfigNode, env: ConfigEnv): CheckedShape {
  const misnamed: Finding[] = [];
  const conversions = new Map<string, 'number' | 'boolean'>();
  let root = original;
  for (let round = 1; ; round++) {
    const resolved = resolveVariables(root, env, conversions);
    const result = AgentsFileSchema.safeParse(resolved.value, { error: nameKeys });
    if (result.success) return { root, ...resolved, conversions, findings: misnamed };
    if (round < maxRounds && addConversions(result.error.issues, resolved, conversions)) continue;
    const issues = plainIssues(result.error.issues, resolved.value);
    const unknown = issues.flatMap(unknownKeysOf);
    const badNames = issues.filter((issue) => issue.code === 'invalid_key');
    if ((unknown.length === 0 && badNames.length === 0) || round === maxRounds) {
      const findings = [...misnamed, ...explainAll(issues, root, resolved)];
      return { root, ...resolved, conversions, findings };
    }
    for (const each of unknown) misnamed.push(unknownKeyFinding(each, root));
    misnamed.push(...explainAll(badNames, root, resolved));
    root = withSoundNames(withoutUnknownKeys(root, unknown), badNames);
  }
}

function explainAll(
  issues: readonly PlainIssue[],
  root: ConfigNode,
  { value, texts }: ResolvedTree,
): readonly Finding[] {
  return issues
    .filter((issue) => {
      const text = texts.get(pathKey(toPath(issue.path)));
      return issue.code !== 'unrecognized_keys' && (text === undefined || isResolved(text));
    })
    .map((issue) => explainIssue(issue, { root, value }));
}

function unknownKeysOf(issue: PlainIssue): readonly UnknownKey[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const choices = issue.message.split(' ').filter(Boolean);
  return issue.keys.map((key) => ({ path: toPath(issue.path), key, choices }));
}

/** Notes every variable that stands where a number or truth value is wanted and spells one. */
function addConversions(
  issues: readonly z.core.$ZodIssue[],
  { texts }: ResolvedTree,
  conversions: Map<string, 'number' | 'boolean'>,
): boolean {
  const before = conversions.size;
  for (const { path, type } of wantedTypes(issues)) {
    const text = texts.get(pathKey(path));
    if (text === undefined || !text.result.whole || !isResolved(text)) continue;
    if (convertText(text.result.text, type) !== undefined) conversions.set(pathKey(path), type);
  }
  return conversions.size > before;
}

function wantedTypes(
  issues: readonly z.core.$ZodIssue[],
  parent: ConfigPath = [],
): readonly { readonly path: ConfigPath; readonly type: 'number' | 'boolean' }[] {
  return issues.flatMap((issue) => {
    const path = [...parent, ...toPath(issue.path)];
    if (issue.code === 'invalid_union') return issue.errors.flatMap((branch) => wantedTypes(branch, path));
    if (issue.code !== 'invalid_type') return [];
    if (issue.expected === 'number' || issue.expected === 'int') return [{ path, type: 'number' as const }];
    return issue.expected === 'boolean' ? [{ path, type: 'boolean' as const }] : [];
  });
}

/** Every unknown key renamed to the key it most likely means where that one is not there; else taken away. */
function withoutUnknownKeys(root: ConfigNode, unknown: readonly UnknownKey[]): ConfigNode {
  const byMapping = new Map<string, UnknownKey[]>();
  for (const each of unknown) {
    const mapping = pathKey(each.path);
    const others = byMapping.get(mapping);
    if (others === undefined) byMapping.set(mapping, [each]);
    else others.push(each);
  }
  return mapEntries(root, (entries, path) => {
    const here = byMapping.get(pathKey(path));
    if (here === undefined) return entries;
    const known = new Map(entries);
    for (const { key } of here) known.delete(key);
    for (const { key, choices } of here.slice(0, maxRenamed)) {
      const entry = entries.get(key);
      const meant = nearestName(key, choices);
      if (entry !== undefined && meant !== undefined && !known.has(meant)) known.set(meant, entry);
    }
    return known;
  });
}

/** The zod of a record passes over what stands under a name it refuses: under a sound one it is checked too. */
function withSoundNames(root: ConfigNode, badNames: readonly PlainIssue[]): ConfigNode {
  const bad = new Set(badNames.map(({ path }) => pathKey(toPath(path))));
  return mapEntries(root, (entries, path) => {
    if (![...entries.keys()].some((key) => bad.has(pathKey([...path, key])))) return entries;
    const renamed = new Map<string, MapEntry>();
    for (const [key, entry] of entries) {
      const sound = key.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, longestSoundName) || '_';
      const name = bad.has(pathKey([...path, key])) && !entries.has(sound) ? sound : key;
      renamed.set(name, entry);
    }
    return renamed;
  });
}

const longestSoundName = 48;

/** Of one mapping; an agent file has no mapping with more fixed keys. */
const maxRenamed = 40;

function toPath(path: readonly PropertyKey[]): ConfigPath {
  return path.map((part) => (typeof part === 'number' ? part : String(part)));
}
