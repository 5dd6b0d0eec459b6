import type { Parameter } from './parameters.ts';
import type { Edge, PatternGraph } from './pattern-graph.ts';
import type { SlotValue } from './slot-values.ts';
import type { Span } from './token.ts';
import type { SlotReading, Utterance } from './utterance.ts';

/** What a slot took of an utterance. `value` is absent for text, and for words that hold no value of the type. */
export interface SlotMatch {
  readonly span: Span;
  readonly value?: SlotValue;
}

/** The best way to lay a pattern over an utterance. */
export interface PatternMatch {
  readonly slots: ReadonlyMap<string, SlotMatch>;
  /** Weight of the pattern's words that were heard. */
  readonly weight: number;
  /** What was wrong: words left out, put in or heard differently, slots missing. 0 is a perfect match. */
  readonly penalty: number;
  /** Higher is better; comparable between patterns on the same utterance. */
  readonly score: number;
  /** Tokens that nothing in the pattern took. */
  readonly extra: readonly number[];
}

const leastLikeness = 0.68;
const leastPairLikeness = 0.8;
/** Keeps a pattern's own words from being taken for slot text. */
const wordReward = 0.03;

type Step =
  | {
      readonly kind: 'edge';
      readonly edge: Edge;
      readonly length: number;
      readonly penalty: number;
      readonly reading?: SlotReading;
    }
  | { readonly kind: 'extra'; readonly penalty: number };

interface Table {
  readonly columns: number;
  readonly costs: Float64Array;
  readonly previous: Int32Array;
  readonly steps: (Step | undefined)[];
}

/** What a pattern is matched for: the parameters of its slots, and what it costs to leave each token out. */
export interface MatchContext {
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** The utterance's own when absent. */
  readonly extraCosts?: readonly number[];
}

/**
 * Aligns a pattern with an utterance: the cheapest path through nodes × tokens, every cell looked at once
 * (nodes only lead forward), so the time is bounded by pattern size × tokens × the longest slot.
 */
export function matchPattern(
  graph: PatternGraph,
  utterance: Utterance,
  { parameters, extraCosts = utterance.extraCosts }: MatchContext,
): PatternMatch | undefined {
  const columns = utterance.tokens.length + 1;
  const cells = graph.edges.length * columns;
  const table: Table = {
    columns,
    costs: new Float64Array(cells).fill(Number.POSITIVE_INFINITY),
    previous: new Int32Array(cells).fill(-1),
    steps: new Array<Step | undefined>(cells),
  };
  table.costs[0] = 0;
  for (let at = 0; at < columns; at += 1) {
    for (const [node, edges] of graph.edges.entries()) {
      const cell = node * columns + at;
      if ((table.costs[cell] ?? Number.POSITIVE_INFINITY) > 4) continue;
      if (at < columns - 1) {
        const penalty = extraCosts[at] ?? 1;
        relax(table, { from: cell, to: cell + 1, cost: penalty, step: { kind: 'extra', penalty } });
      }
      for (const edge of edges) follow({ table, utterance, parameters, cell, at }, edge);
    }
  }
  const last = graph.edges.length * columns - 1;
  return Number.isFinite(table.costs[last]) ? traceBack(table, last) : undefined;
}

interface Move {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
  readonly step: Step;
}

function relax(table: Table, { from, to, cost, step }: Move): void {
  const total = (table.costs[from] ?? 0) + cost;
  if (total >= (table.costs[to] ?? 0) - 1e-12) return;
  table.costs[to] = total;
  table.previous[to] = from;
  table.steps[to] = step;
}

interface Place {
  readonly table: Table;
  readonly utterance: Utterance;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly cell: number;
  readonly at: number;
}

function follow(place: Place, edge: Edge): void {
  const { table, at, cell } = place;
  const target = edge.to * table.columns + at;
  if (edge.kind === 'pass') {
    const step: Step = { kind: 'edge', edge, length: 0, penalty: edge.cost };
    relax(table, { from: cell, to: target, cost: edge.cost, step });
  } else if (edge.kind === 'word') {
    followWord(place, edge, target);
  } else {
    followSlot(place, edge, target);
  }
}

function followWord(
  { table, utterance, at, cell }: Place,
  edge: Edge & { kind: 'word' },
  target: number,
): void {
  const missing: Step = { kind: 'edge', edge, length: 0, penalty: edge.missingCost };
  relax(table, { from: cell, to: target, cost: edge.missingCost, step: missing });
  for (const length of [1, 2] as const) {
    if (at + length >= table.columns) continue;
    const likeness = utterance.likeness(edge.word, at, length);
    if (likeness < (length === 1 ? leastLikeness : leastPairLikeness)) continue;
    const penalty = edge.weight * (1 - likeness) * 1.2 + (length === 2 ? 0.1 : 0);
    const step: Step = { kind: 'edge', edge, length, penalty };
    const cost = penalty - wordReward * edge.weight;
    relax(table, { from: cell, to: target + length, cost, step });
  }
}

function followSlot(
  { table, utterance, parameters, at, cell }: Place,
  edge: Edge & { kind: 'slot' },
  target: number,
): void {
  const parameter = parameters.get(edge.name);
  if (parameter === undefined) return;
  for (const reading of utterance.readings(parameter, at)) {
    const step: Step = { kind: 'edge', edge, length: reading.length, penalty: reading.penalty, reading };
    relax(table, { from: cell, to: target + reading.length, cost: reading.cost, step });
  }
}

function traceBack(table: Table, last: number): PatternMatch {
  const slots = new Map<string, SlotMatch>();
  const extra: number[] = [];
  let weight = 0;
  let penalty = 0;
  let slotTokens = 0;
  let valueSlots = 0;
  for (let cell = last; cell > 0; ) {
    const step = table.steps[cell];
    const before = table.previous[cell] ?? -1;
    if (step === undefined || before < 0) break;
    const from = before % table.columns;
    penalty += step.penalty;
    if (step.kind === 'extra') extra.unshift(from);
    else if (step.edge.kind === 'word' && step.length > 0) weight += step.edge.weight;
    else if (step.edge.kind === 'slot' && !slots.has(step.edge.name)) {
      const value = step.reading?.value;
      slots.set(step.edge.name, {
        span: { from, to: from + step.length },
        ...(value === undefined ? {} : { value }),
      });
      slotTokens += step.length;
      if (value?.ok === true) valueSlots += 1;
    }
    cell = before;
  }
  const score = weight - 1.5 * penalty + 0.25 * valueSlots - 0.01 * slotTokens;
  return { slots, weight, penalty, score, extra };
}

/** Whether a match is good enough to act on: little wrong for the words that were heard. */
export function isGoodMatch(match: PatternMatch): boolean {
  if (match.weight >= 0.95) return match.penalty <= Math.min(1, 0.25 * match.weight + 0.02);
  const hasValue = [...match.slots.values()].some((slot) => slot.value?.ok === true);
  return match.penalty <= 0.12 && (match.weight > 0 || hasValue);
}
