import type { JsonObject, JsonValue } from '../json.ts';
import type { ConfigPath } from './problem.ts';

/** Where a node stands in the text, in UTF-16 units; `end` is after its last character. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A value of the file with its place. Aliases share the node they stand for. */
export type ConfigNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly range: TextRange;
  readonly value: string | number | boolean | null;
}

export interface ListNode {
  readonly kind: 'list';
  readonly range: TextRange;
  readonly items: readonly ConfigNode[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly range: TextRange;
  /** Whether it is written with braces. */
  readonly flow: boolean;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly keyRange: TextRange;
  readonly node: ConfigNode;
}

/** The node at `path`, or undefined. */
export function nodeAt(root: ConfigNode, path: ConfigPath): ConfigNode | undefined {
  let node: ConfigNode | undefined = root;
  for (const part of path) {
    if (node === undefined) return undefined;
    node = childOf(node, part);
  }
  return node;
}

/**
 * Where to point for `path`: at the value; for something that is not there, at the key of the nearest parent that is
 * (its first character when it has no key).
 */
export function offsetOf(root: ConfigNode, path: ConfigPath): number {
  let node = root;
  let offset = root.range.start;
  for (const part of path) {
    const child = childOf(node, part);
    if (child === undefined) return offset;
    const entry = node.kind === 'map' ? node.entries.get(String(part)) : undefined;
    offset = entry?.keyRange.start ?? child.range.start;
    node = child;
  }
  return node.range.start;
}

/** The start of the key at the end of `path`, or of the value where there is no key. */
export function keyOffsetOf(root: ConfigNode, path: ConfigPath): number {
  const parent = nodeAt(root, path.slice(0, -1));
  const last = path.at(-1);
  const entry = parent?.kind === 'map' ? parent.entries.get(String(last)) : undefined;
  return entry?.keyRange.start ?? offsetOf(root, path);
}

/** The plain value of a node, with every text passed through `convert`. */
export function toValue(
  node: ConfigNode,
  convert: (scalar: ScalarNode, path: ConfigPath) => JsonValue,
  path: ConfigPath = [],
): JsonValue {
  switch (node.kind) {
    case 'scalar':
      return convert(node, path);
    case 'list':
      return node.items.map((item, index) => toValue(item, convert, [...path, index]));
    case 'map': {
      const entries = [...node.entries].map(
        ([key, entry]) => [key, toValue(entry.node, convert, [...path, key])] as const,
      );
      return Object.fromEntries(entries) satisfies JsonObject;
    }
  }
}

/** A copy of the tree in which the entries of every mapping went through `change`. */
export function mapEntries(
  node: ConfigNode,
  change: (entries: ReadonlyMap<string, MapEntry>, path: ConfigPath) => ReadonlyMap<string, MapEntry>,
  path: ConfigPath = [],
): ConfigNode {
  if (node.kind === 'scalar') return node;
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item, index) => mapEntries(item, change, [...path, index])) };
  }
  const entries = [...change(node.entries, path)].map(
    ([key, entry]) => [key, { ...entry, node: mapEntries(entry.node, change, [...path, key]) }] as const,
  );
  return { ...node, entries: new Map(entries) };
}

function childOf(node: ConfigNode, part: string | number): ConfigNode | undefined {
  if (node.kind === 'map') return node.entries.get(String(part))?.node;
  if (node.kind === 'list' && typeof part === 'number') return node.items[part];
  return undefined;
}
