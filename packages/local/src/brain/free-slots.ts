import { findChoice } from './choices.ts';
import { readMoment } from './dates.ts';
import { readDuration } from './durations.ts';
import { findNameText, findText } from './free-text.ts';
import type { Parameter, ParameterType } from './parameters.ts';
import { readQuantity } from './quantities.ts';
import type { FoundSlot, SlotSearch } from './slot-search.ts';
import { readSlot } from './slot-values.ts';
import { findExpression } from './spoken-math.ts';
import type { Span } from './token.ts';
import { identifierWords } from './tokens.ts';
import type { Utterance } from './utterance.ts';

/**
 * Looks for values of the parameters anywhere in a sentence: numbers, lengths of time, dates, enumerated values and
 * arithmetic by what they are; free text by the words before it in the tool's patterns, and by usual prepositions.
 */
export function findSlots(search: SlotSearch): ReadonlyMap<string, FoundSlot> {
  const found = new Map<string, FoundSlot>();
  const used = new Set(search.used);
  const wanted = [...search.model.parameters.values()].filter((one) => !search.known.has(one.name));
  const take = (parameter: Parameter, slot: FoundSlot | undefined): void => {
    if (slot === undefined) return;
    found.set(parameter.name, slot);
    for (let at = slot.span.from; at < slot.span.to; at += 1) used.add(at);
  };
  for (const kind of typedOrder) {
    for (const parameter of wanted) {
      if (parameter.type.kind === kind) take(parameter, findTyped(parameter, { ...search, used }));
    }
  }
  if (search.scope === 'values') return found;
  const texts = wanted.filter((one) => one.type.kind === 'text');
  for (const parameter of texts.filter((one) => isNameText(one.type))) {
    take(parameter, findNameText(parameter, { ...search, used }));
  }
  for (const parameter of texts.filter((one) => !isNameText(one.type))) {
    take(parameter, findText(parameter, { ...search, used }));
  }
  return found;
}

const typedOrder: readonly ParameterType['kind'][] = [
  'expression',
  'moment',
  'duration',
  'iso-duration',
  'time-text',
  'choice',
  'list',
  'boolean',
  'number',
];

function isNameText(type: ParameterType): boolean {
  return type.kind === 'text' && type.text !== 'content' && type.text !== 'subject';
}

function findTyped(parameter: Parameter, search: SlotSearch): FoundSlot | undefined {
  const { utterance, used } = search;
  const { type } = parameter;
  switch (type.kind) {
    case 'expression': {
      const math = findExpression(utterance.tokens);
      return math === undefined
        ? undefined
        : readFound(parameter, search, { from: math.from, to: math.from + math.length });
    }
    case 'choice': {
      const choice = findChoice(type.values, utterance.tokens, used);
      return (
        choice && {
          span: choice.span,
          value: { ok: true, value: choice.value, spoken: String(choice.value) },
        }
      );
    }
    case 'boolean':
      return findBoolean(parameter, search);
    case 'number':
      return findNumber(parameter, search);
    default:
      return findLongest(parameter, search);
  }
}

function readFound(parameter: Parameter, search: SlotSearch, span: Span): FoundSlot | undefined {
  const value = readSlot(parameter, search.utterance, span);
  return value.ok || value.problem !== '' ? { span, value } : undefined;
}

function isFree(used: ReadonlySet<number>, span: Span): boolean {
  for (let at = span.from; at < span.to; at += 1) if (used.has(at)) return false;
  return true;
}

/** The longest run of free tokens that reads as a time or a length of time. */
function findLongest(parameter: Parameter, search: SlotSearch): FoundSlot | undefined {
  const { utterance, used } = search;
  let best: FoundSlot | undefined;
  for (let from = 0; from < utterance.tokens.length; from += 1) {
    for (const length of lengthsAt(parameter.type, utterance, from)) {
      const span = { from, to: from + length };
      if (!isFree(used, span) || length <= (best === undefined ? 0 : best.span.to - best.span.from)) continue;
      best = readFound(parameter, search, span) ?? best;
    }
  }
  return best;
}

function lengthsAt(type: ParameterType, utterance: Utterance, at: number): readonly number[] {
  const duration = readDuration(utterance.tokens, at)?.length ?? 0;
  const moment = readMoment(utterance.tokens, at, utterance.now)?.length ?? 0;
  switch (type.kind) {
    case 'duration':
    case 'iso-duration':
      return duration > 0 ? [duration] : [];
    case 'moment':
      return moment > 0 ? [moment] : [];
    case 'time-text':
      return [moment, duration].filter((length) => length > 0);
    case 'list':
      return type.item.kind === 'text'
        ? []
        : [1, 2, 3, 4, 5, 6, 7].filter((n) => at + n <= utterance.tokens.length);
    default:
      return [];
  }
}

/** A number next to the parameter's name ("for 2 guests"), else the only number that is free. */
function findNumber(parameter: Parameter, search: SlotSearch): FoundSlot | undefined {
  const { utterance, used, model } = search;
  const spans: Span[] = [];
  for (let from = 0; from < utterance.tokens.length; from += 1) {
    const found = utterance.tokens[from]?.norm === 'a' ? undefined : readQuantity(utterance.tokens, from);
    if (found === undefined) continue;
    const span = { from, to: from + found.length };
    if (isFree(used, span)) spans.push(span);
    from = span.to - 1;
  }
  const names = new Set(identifierWords(parameter.name).flatMap((word) => [word, `${word}s`]));
  const named = spans.find(
    (span) =>
      [-2, -1].some((ahead) => names.has(utterance.tokens[span.from + ahead]?.norm ?? '')) ||
      [0, 1].some((ahead) => names.has(utterance.tokens[span.to + ahead]?.norm ?? '')),
  );
  const numbers = [...model.parameters.values()].filter((one) => one.type.kind === 'number');
  const only = parameter.isRequired || (numbers.length === 1 && spans.length === 1) ? spans[0] : undefined;
  const span = named ?? only;
  return span && readFound(parameter, search, span);
}

/** A flag is set by its name ("with sugar"), and cleared by its name after a "no", or by on and off. */
function findBoolean(parameter: Parameter, search: SlotSearch): FoundSlot | undefined {
  const { tokens } = search.utterance;
  const names = identifierWords(parameter.name).filter(
    (word) => word.length > 2 && !['with', 'has', 'the'].includes(word),
  );
  const at = tokens.findIndex((token, i) => names.includes(token.norm) && !search.used.has(i));
  if (at >= 0) {
    const before = tokens.slice(Math.max(0, at - 2), at).map((token) => token.norm);
    const value = !before.some((word) => ['no', 'not', 'without'].includes(word));
    return { span: { from: at, to: at + 1 }, value: { ok: true, value, spoken: value ? 'yes' : 'no' } };
  }
  if (!parameter.isRequired) return undefined;
  const flag = tokens.findIndex((token, i) => /^(on|off)$/.test(token.norm) && !search.used.has(i));
  return flag < 0 ? undefined : readFound(parameter, search, { from: flag, to: flag + 1 });
}
