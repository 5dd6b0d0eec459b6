import { type Document, isAlias, isMap, isScalar, isSeq, type Pair } from 'yaml';
import type { ConfigNode, MapEntry, MapNode, TextRange } from './config-node.ts';
import { type ConfigPath, type Finding, type FindingPlace, finding, LineIndex, shorten } from './problem.ts';
import { forbiddenKeys, yamlLimits } from './yaml-limits.ts';

/** A node with what it costs when every alias in it is written out. */
interface Costed {
  readonly node: ConfigNode;
  readonly nodes: number;
  readonly depth: number;
}

interface Building {
  readonly findings: Finding[];
  readonly lines: LineIndex;
  /** Anchored nodes that are complete; the last one of a name counts. */
  readonly anchors: Map<string, Costed>;
  readonly open: Set<string>;
  readonly reported: Set<string>;
  aliases: number;
  mergedEntries: number;
}

const nodeLimit = `${yamlLimits.maxNodes} values, those that aliases and merges bring included`;

/**
 * The values of a document with their places: aliases resolved, merge keys (`<<`) applied, keys checked.
 * Undefined when a limit of {@link yamlLimits} is exceeded; the findings say which.
 */
export function buildTree(
  document: Document.Parsed,
  text: string,
): { readonly root: ConfigNode | undefined; readonly findings: readonly Finding[] } {
  const building: Building = {
    findings: [],
    lines: new LineIndex(text),
    anchors: new Map(),
    open: new Set(),
    reported: new Set(),
    aliases: 0,
    mergedEntries: 0,
  };
  const { node, nodes, depth } = build(document.contents, { start: 0, end: 0 }, building, []);
  const place = { offset: node.range.start, path: [] };
  if (nodes + building.mergedEntries > yamlLimits.maxNodes) {
    reportOnce(building, finding(place, 'config.too_many_nodes', { limit: nodeLimit }));
  }
  if (depth > yamlLimits.maxDepth) {
    reportOnce(building, finding(place, 'config.too_deep', { max_depth: yamlLimits.maxDepth }));
  }
  return { root: building.reported.size === 0 ? node : undefined, findings: building.findings };
}

function build(source: unknown, fallback: TextRange, building: Building, path: ConfigPath): Costed {
  if (isAlias(source)) return resolveAlias(source.source, rangeOf(source, fallback), building, path);
  const anchor = isMap(source) || isSeq(source) || isScalar(source) ? source.anchor : undefined;
  if (anchor !== undefined) building.open.add(anchor);
  const built = buildPlain(source, fallback, building, path);
  if (anchor !== undefined) {
    building.open.delete(anchor);
    building.anchors.set(anchor, built);
  }
  return built;
}

function buildPlain(source: unknown, fallback: TextRange, building: Building, path: ConfigPath): Costed {
  if (isMap(source)) {
    const range = rangeOf(source, fallback);
    return buildMap(source.items, { range, flow: source.flow === true }, building, path);
  }
  if (isSeq(source)) {
    const range = rangeOf(source, fallback);
    const items = source.items.map((item, index) => build(item, range, building, [...path, index]));
    return { node: { kind: 'list', range, items: items.map(({ node }) => node) }, ...costOf(items) };
  }
  const range = isScalar(source) ? rangeOf(source, fallback) : fallback;
  const value = isScalar(source) ? jsonScalar(source.value, range, building, path) : null;
  return { node: { kind: 'scalar', range, value }, nodes: 1, depth: 0 };
}

function buildMap(
  pairs: readonly Pair<unknown, unknown>[],
  shape: Pick<MapNode, 'range' | 'flow'>,
  building: Building,
  path: ConfigPath,
): Costed {
  const entries = new Map<string, MapEntry>();
  const merged: MapNode[] = [];
  const children: Costed[] = [];
  for (const pair of pairs) {
    const keyRange = rangeOf(pair.key, shape.range);
    const key = keyText(pair.key, keyRange, building, path);
    const child = build(pair.value, { start: keyRange.end, end: keyRange.end }, building, [
      ...path,
      key ?? '?',
    ]);
    children.push(child);
    if (key === undefined) continue;
    if (isMergeKey(pair.key)) {
      merged.push(...mergeSources(child.node, keyRange, building, path));
      continue;
    }
    if (acceptsKey(key, { offset: keyRange.start, path: [...path, key] }, entries, building))
      entries.set(key, { keyRange, node: child.node });
  }
  applyMerges(entries, merged, building);
  return { node: { kind: 'map', ...shape, entries }, ...costOf(children) };
}

function resolveAlias(name: string, range: TextRange, building: Building, path: ConfigPath): Costed {
  const place = { offset: range.start, path };
  const nothing: Costed = { node: { kind: 'scalar', range, value: null }, nodes: 1, depth: 0 };
  building.aliases += 1;
  if (building.aliases > yamlLimits.maxAliases) {
    reportOnce(building, finding(place, 'config.too_many_aliases', { max_aliases: yamlLimits.maxAliases }));
    return nothing;
  }
  const target = building.open.has(name) ? undefined : building.anchors.get(name);
  if (target !== undefined) return target;
  const reason = building.open.has(name) ? 'stands inside what it stands for' : 'is not defined above';
  building.findings.push(finding(place, 'config.bad_alias', { name: shorten(name, 60), reason }));
  return nothing;
}

function mergeSources(
  node: ConfigNode,
  keyRange: TextRange,
  building: Building,
  path: ConfigPath,
): readonly MapNode[] {
  const sources = node.kind === 'list' ? node.items : [node];
  const maps = sources.filter((source) => source.kind === 'map');
  if (maps.length !== sources.length) {
    building.findings.push(finding({ offset: keyRange.start, path }, 'config.bad_merge', {}));
  }
  return maps;
}

/** A key of the mapping itself wins over a merged one, an earlier merged mapping over a later one. */
function applyMerges(entries: Map<string, MapEntry>, merged: readonly MapNode[], building: Building): void {
  for (const source of merged) {
    building.mergedEntries += source.entries.size;
    if (building.mergedEntries > yamlLimits.maxNodes) {
      const place = { offset: source.range.start, path: [] };
      reportOnce(building, finding(place, 'config.too_many_nodes', { limit: nodeLimit }));
      return;
    }
    for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
  }
}

function acceptsKey(
  key: string,
  place: FindingPlace,
  entries: ReadonlyMap<string, MapEntry>,
  building: Building,
): boolean {
  if (forbiddenKeys.has(key)) {
    building.findings.push(finding(place, 'config.forbidden_key', { key }));
    return false;
  }
  const first = entries.get(key);
  if (first === undefined) return true;
  const firstLine = building.lines.positionOf(first.keyRange.start).line;
  const data = { key: shorten(key, 60), first_line: firstLine };
  building.findings.push(finding(place, 'config.duplicate_key', data));
  return false;
}

function keyText(key: unknown, range: TextRange, building: Building, path: ConfigPath): string | undefined {
  if (isScalar(key) && typeof key.value === 'string') return key.value;
  if (isScalar(key) && (typeof key.value === 'number' || typeof key.value === 'boolean')) {
    return key.source ?? String(key.value);
  }
  const got = isMap(key) ? 'a mapping' : isSeq(key) ? 'a list' : isAlias(key) ? 'an alias' : 'nothing';
  building.findings.push(finding({ offset: range.start, path }, 'config.bad_key', { got }));
  return undefined;
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

function jsonScalar(
  value: unknown,
  range: TextRange,
  building: Building,
  path: ConfigPath,
): string | number | boolean | null {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    const place = { offset: range.start, path };
    building.findings.push(finding(place, 'config.bad_number', { got: String(value) }));
    return 0;
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function costOf(children: readonly Costed[]): { nodes: number; depth: number } {
  return children.reduce(
    (sum, child) => ({ nodes: sum.nodes + child.nodes, depth: Math.max(sum.depth, child.depth + 1) }),
    { nodes: 1, depth: 1 },
  );
}

function rangeOf(source: unknown, fallback: TextRange): TextRange {
  if (!isScalar(source) && !isMap(source) && !isSeq(source) && !isAlias(source)) return fallback;
  const range = source.range;
  return range ? { start: range[0], end: range[1] } : fallback;
}

/** Limits end the use of the file: one finding of each is enough. */
function reportOnce(building: Building, limit: Finding): void {
  if (building.reported.has(limit.code)) return;
  building.reported.add(limit.code);
  building.findings.push(limit);
}
