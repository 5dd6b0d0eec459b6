import type { JsonObject, JsonValue } from '@antiphon/core';
import { findSlots } from './free-slots.ts';
import type { Parameter } from './parameters.ts';
import { isGoodMatch, matchPattern, type PatternMatch } from './pattern-match.ts';
import type { FoundSlot } from './slot-search.ts';
import { readSlot, type SlotValue } from './slot-values.ts';
import type { ToolModel, ToolPattern } from './tool-model.ts';
import type { Utterance } from './utterance.ts';
import { isConnector } from './vocabulary.ts';

/** A call under construction: what was understood of a request so far. */
export interface Draft {
  readonly model: ToolModel;
  readonly arguments: JsonObject;
  /** The arguments in the user's words. */
  readonly spoken: Readonly<Record<string, string>>;
  /** Values that were said but cannot be taken, with what to tell the user. */
  readonly rejected: Readonly<Record<string, string>>;
  readonly reply?: string;
  /** Whether the user must be asked before the call is made. */
  readonly needsConsent: boolean;
}

/** A draft with the pattern match it comes from. */
export interface PatternDraft {
  readonly draft: Draft;
  readonly match: PatternMatch;
}

/** Up to this much may be wrong with a match before a tool with effects is called on the strength of it. */
const sureMatchPenalty = 0.25;

interface Candidate {
  readonly model: ToolModel;
  readonly pattern: ToolPattern;
  readonly match: PatternMatch;
}

/** The best good match of any pattern of any of the tools. */
export function draftFromPatterns(
  models: readonly ToolModel[],
  utterance: Utterance,
): PatternDraft | undefined {
  const best = bestMatch(models, utterance, isGoodMatch);
  return best && { draft: draftOf(best, utterance), match: best.match };
}

/** A pattern that is nothing but a text slot takes anything; it is asked last. */
export function draftFromCatchAll(models: readonly ToolModel[], utterance: Utterance): Draft | undefined {
  const safe = models.filter((model) => model.tool.effects === 'none');
  const best = bestMatch(
    safe,
    utterance,
    (match) => match.weight === 0 && match.slots.size > 0 && match.penalty <= 0.35,
  );
  return best && draftOf(best, utterance);
}

function bestMatch(
  models: readonly ToolModel[],
  utterance: Utterance,
  accepts: (match: PatternMatch) => boolean,
): Candidate | undefined {
  let best: Candidate | undefined;
  for (const model of models) {
    const context = { parameters: model.parameters, extraCosts: extraCostsFor(model, utterance) };
    for (const pattern of model.patterns) {
      const match = matchPattern(pattern.graph, utterance, context);
      if (match === undefined || !accepts(match)) continue;
      if (best === undefined || match.score > best.match.score + 1e-9) best = { model, pattern, match };
    }
  }
  return best;
}

interface TailSearch {
  readonly model: ToolModel;
  readonly match: PatternMatch;
  readonly parameter: Parameter;
  readonly utterance: Utterance;
}

/** "call the dentist [tomorrow]": a date at the end of a text, when the tool has a parameter for one that has no slot. */
function momentTail({ model, match, parameter, utterance }: TailSearch) {
  const slot = match.slots.get(parameter.name);
  const isContent = parameter.type.kind === 'text' && parameter.type.text === 'content';
  if (slot === undefined || parameter.type.kind !== 'text' || isContent) return undefined;
  const { from: start, to } = slot.span;
  for (const other of model.parameters.values()) {
    if (other.type.kind !== 'moment' || match.slots.has(other.name)) continue;
    for (let from = start + 1; from < to; from += 1) {
      const value = readSlot(other, utterance, { from, to });
      if (value.ok) return { name: other.name, value, from };
    }
  }
  return undefined;
}

const valueKinds: ReadonlySet<string> = new Set([
  'moment',
  'duration',
  'choice',
  'boolean',
  'list',
  'time-text',
]);
const valueTokenCost = 0.05;

/** A value of some parameter of the tool may stand in a sentence without its pattern having a place for it. */
function extraCostsFor(model: ToolModel, utterance: Utterance): readonly number[] {
  const typed = [...model.parameters.values()].filter((one) => valueKinds.has(one.type.kind));
  if (typed.length === 0 || model.patterns.length === 0) return utterance.extraCosts;
  const others = [...model.parameters.keys()].filter((name) => !typed.some((one) => one.name === name));
  const found = findSlots({ model, utterance, known: new Set(others), used: new Set(), scope: 'values' });
  const costs = [...utterance.extraCosts];
  for (const { span, value } of found.values()) {
    if (!value.ok) continue;
    let from = span.from;
    while (from > 0 && isConnector(utterance.tokens[from - 1]?.norm ?? '')) from -= 1;
    costs.fill(valueTokenCost, from, span.to);
  }
  return costs;
}

function draftOf({ model, pattern, match }: Candidate, utterance: Utterance): Draft {
  const slots = new Map<string, SlotValue>();
  for (const [name, slot] of match.slots) {
    const parameter = model.parameters.get(name);
    if (parameter === undefined) continue;
    const tail = slot.value === undefined ? momentTail({ model, match, parameter, utterance }) : undefined;
    if (tail !== undefined) slots.set(tail.name, tail.value);
    const span = { from: slot.span.from, to: tail?.from ?? slot.span.to };
    slots.set(name, slot.value ?? readSlot(parameter, utterance, span));
  }
  const extra = new Set(match.extra);
  const used = new Set([...utterance.tokens.keys()].filter((at) => !extra.has(at)));
  const others = findSlots({ model, utterance, known: new Set(slots.keys()), used, scope: 'values' });
  const draft = withSlots(emptyDraft(model, pattern.reply), new Map([...valuesOf(others), ...slots]));
  return {
    ...draft,
    needsConsent: wantsConsent(model) && match.penalty > sureMatchPenalty,
  };
}

/** A draft from a sentence that no pattern matches, its values found by their types and the words before them. */
export function draftFromSentence(model: ToolModel, utterance: Utterance): Draft {
  const found = findSlots({ model, utterance, known: new Set(), used: new Set(), scope: 'all' });
  const replies = [...new Set(model.patterns.map((pattern) => pattern.reply))];
  const draft = withSlots(
    emptyDraft(
      model,
      replies.find((reply) => reply !== undefined),
    ),
    valuesOf(found),
  );
  return { ...draft, needsConsent: wantsConsent(model) };
}

/** Whether a guess of a call has to be agreed to; where the session asks for each call, the brain does not ask besides. */
function wantsConsent({ tool }: ToolModel): boolean {
  return tool.effects === 'external' && tool.asksUser !== true;
}

export function valuesOf(found: ReadonlyMap<string, FoundSlot>): ReadonlyMap<string, SlotValue> {
  return new Map([...found].map(([name, slot]) => [name, slot.value]));
}

function emptyDraft(model: ToolModel, reply: string | undefined): Draft {
  const settled: Record<string, JsonValue> = {};
  for (const parameter of model.parameters.values()) {
    if (parameter.type.kind === 'fixed' && parameter.isRequired)
      settled[parameter.name] = parameter.type.value;
    const required = model.tool.parameters['required'];
    const isListed = Array.isArray(required) && required.includes(parameter.name);
    if (isListed && parameter.defaultValue !== undefined) settled[parameter.name] = parameter.defaultValue;
  }
  const base = { model, arguments: settled, spoken: {}, rejected: {}, needsConsent: false };
  return reply === undefined ? base : { ...base, reply };
}

/** The draft with more slots read: values that can be taken, and those that cannot. */
export function withSlots(draft: Draft, slots: ReadonlyMap<string, SlotValue>): Draft {
  const values: Record<string, JsonValue> = { ...draft.arguments };
  const spoken: Record<string, string> = { ...draft.spoken };
  const rejected: Record<string, string> = { ...draft.rejected };
  for (const [name, slot] of slots) {
    if (slot.ok) {
      values[name] = slot.value;
      spoken[name] = slot.spoken;
      delete rejected[name];
    } else {
      rejected[name] = slot.problem;
    }
  }
  return { ...draft, arguments: values, spoken, rejected };
}

/** What must still be asked: a value that was said but cannot be taken, else a required one that was not said. */
export function openParameter(draft: Draft): Parameter | undefined {
  const parameters = [...draft.model.parameters.values()];
  const isOpen = (one: Parameter): boolean =>
    draft.rejected[one.name] !== undefined && (one.isRequired || draft.rejected[one.name] !== '');
  return (
    parameters.find(isOpen) ??
    parameters.find((one) => one.isRequired && draft.arguments[one.name] === undefined)
  );
}

/** For a turn that must lead to the call: a few words that are no request are the value that is missing. */
export function withBareAnswer(draft: Draft, utterance: Utterance): Draft {
  const open = openParameter(draft);
  if (open === undefined || utterance.tokens.length > 4) return draft;
  const value = readSlot(open, utterance, { from: 0, to: utterance.tokens.length });
  return value.ok ? withSlots(draft, new Map([[open.name, value]])) : draft;
}

/** Whether nothing needs asking before the call. */
export function isReady(draft: Draft): boolean {
  return openParameter(draft) === undefined && !draft.needsConsent;
}
