import type { PatternNode } from './pattern-syntax.ts';
import { isConnector, wordWeight } from './vocabulary.ts';

/** One step through a pattern. Nodes are numbered so that every edge leads to a higher number. */
export type Edge =
  | { readonly kind: 'pass'; readonly to: number; readonly cost: number }
  | {
      readonly kind: 'word';
      readonly to: number;
      readonly word: string;
      readonly weight: number;
      readonly missingCost: number;
    }
  | { readonly kind: 'slot'; readonly to: number; readonly name: string };

/** A pattern as a graph without loops, from node 0 to the last node. */
export interface PatternGraph {
  readonly edges: readonly (readonly Edge[])[];
  /** The weight of the words on the way that has the most of them. */
  readonly fullWeight: number;
}

/** Leaving out a slot together with the words that lead up to it ("in {city}") costs this. */
const missingSlotCost = 0.25;
/** A word that stands between two slots tells them apart, however light it is. */
const missingDelimiterCost = 1;

interface Builder {
  readonly edges: Edge[][];
}

/** Makes the graph that `matchPattern` walks. Its size is linear in the pattern's. */
export function graphOf(node: PatternNode): PatternGraph {
  const builder: Builder = { edges: [[]] };
  add(builder, node, 0);
  return { edges: builder.edges, fullWeight: heaviest(node) };
}

function newNode(builder: Builder): number {
  builder.edges.push([]);
  return builder.edges.length - 1;
}

function connect(builder: Builder, from: number, edge: Edge): void {
  builder.edges[from]?.push(edge);
}

/** Adds `node` after `from`; returns the node it ends in. */
function add(builder: Builder, node: PatternNode, from: number): number {
  switch (node.kind) {
    case 'word': {
      const to = newNode(builder);
      const weight = wordWeight(node.word);
      connect(builder, from, { kind: 'word', to, word: node.word, weight, missingCost: weight });
      return to;
    }
    case 'slot': {
      const to = newNode(builder);
      connect(builder, from, { kind: 'slot', to, name: node.name });
      return to;
    }
    case 'sequence':
      return addSequence(builder, node.items, from);
    case 'choice':
      return addChoice(builder, node.options, from);
    case 'optional': {
      const end = add(builder, node.item, from);
      const to = newNode(builder);
      connect(builder, end, { kind: 'pass', to, cost: 0 });
      connect(builder, from, { kind: 'pass', to, cost: 0 });
      return to;
    }
  }
}

function addChoice(builder: Builder, options: readonly PatternNode[], from: number): number {
  const ends = options.map((option) => add(builder, option, from));
  const to = newNode(builder);
  for (const end of ends) connect(builder, end, { kind: 'pass', to, cost: 0 });
  return to;
}

function addSequence(builder: Builder, items: readonly PatternNode[], from: number): number {
  const starts: number[] = [];
  let at = from;
  for (const [index, item] of items.entries()) {
    starts.push(at);
    const start = at;
    at = add(builder, item, at);
    if (item.kind === 'word' && isBetweenSlots(items, index)) {
      const weight = wordWeight(item.word);
      const edge: Edge = { kind: 'word', to: at, word: item.word, weight, missingCost: missingDelimiterCost };
      builder.edges[start]?.splice(-1, 1, edge);
    }
    if (item.kind === 'slot' && items.length > 1) {
      const lead = leadIndex(items, index);
      connect(builder, starts[lead] ?? from, { kind: 'pass', to: at, cost: missingSlotCost });
    }
    const previous = items[index - 1];
    if (item.kind === 'word' && previous?.kind === 'word') {
      const word = previous.word + item.word;
      const weight = wordWeight(previous.word) + wordWeight(item.word);
      connect(builder, starts[index - 1] ?? from, {
        kind: 'word',
        to: at,
        word,
        weight,
        missingCost: weight,
      });
    }
  }
  return at;
}

function isBetweenSlots(items: readonly PatternNode[], index: number): boolean {
  return items[index - 1]?.kind === 'slot' && items[index + 1]?.kind === 'slot';
}

/** The first of the words right before the slot at `index` that only lead up to it. */
function leadIndex(items: readonly PatternNode[], index: number): number {
  let lead = index;
  for (;;) {
    const previous = items[lead - 1];
    if (previous === undefined || !onlyLeadsUp(previous)) return lead;
    lead -= 1;
  }
}

function onlyLeadsUp(node: PatternNode): boolean {
  switch (node.kind) {
    case 'word':
      return isConnector(node.word);
    case 'slot':
      return false;
    case 'sequence':
      return node.items.every(onlyLeadsUp);
    case 'choice':
      return node.options.every(onlyLeadsUp);
    case 'optional':
      return onlyLeadsUp(node.item);
  }
}

function heaviest(node: PatternNode): number {
  switch (node.kind) {
    case 'word':
      return wordWeight(node.word);
    case 'slot':
      return 0;
    case 'sequence':
      return node.items.reduce((sum, item) => sum + heaviest(item), 0);
    case 'choice':
      return Math.max(...node.options.map(heaviest));
    case 'optional':
      return heaviest(node.item);
  }
}
