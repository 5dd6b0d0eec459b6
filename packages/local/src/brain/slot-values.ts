import type { JsonValue } from '@antiphon/core';
import { nearestChoice } from './choices.ts';
import { momentTexts } from './date-format.ts';
import { readMoment, resolveMoment } from './dates.ts';
import { inSeconds, inUnit, isoDuration, readDuration, spokenDuration } from './durations.ts';
import type { Parameter, ParameterType } from './parameters.ts';
import { readMisheardNumber, readOrdinal, readQuantity } from './quantities.ts';
import { slotText } from './slot-text.ts';
import { spokenToExpression } from './spoken-math.ts';
import { spokenNumber } from './templates.ts';
import type { Span, Token } from './token.ts';
import { textOf, tokenize } from './tokens.ts';

/** What was heard, for reading values out of it. */
export interface Heard {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly now: Date;
}

/** A span read as a value of a parameter, or why it cannot be one (said to the user). */
export type SlotValue =
  | { readonly ok: true; readonly value: JsonValue; readonly spoken: string }
  | { readonly ok: false; readonly problem: string };

const unreadable: SlotValue = { ok: false, problem: '' };

/** Reads the whole of `span` as a value of `parameter`. */
export function readSlot(parameter: Parameter, heard: Heard, span: Span): SlotValue {
  return readType(parameter.type, heard, span);
}

function readType(type: ParameterType, heard: Heard, span: Span): SlotValue {
  const spoken = textOf(heard.text, heard.tokens, span);
  switch (type.kind) {
    case 'text': {
      const value = slotText(heard.text, heard.tokens, span, type.text);
      return checkedText(type, value);
    }
    case 'expression': {
      const value = spokenToExpression(spoken) ?? unreadMath(heard.tokens, span, spoken);
      return value === undefined ? unreadable : { ok: true, value, spoken };
    }
    case 'number':
    case 'duration':
      return readNumeric(type, heard, span);
    case 'iso-duration': {
      const seconds = wholeDuration(heard.tokens, span);
      return seconds === undefined ? unreadable : { ok: true, value: isoDuration(seconds), spoken };
    }
    case 'moment':
      return readMomentValue(type, heard, span);
    case 'time-text':
      return { ok: true, value: slotText(heard.text, heard.tokens, span, 'subject'), spoken };
    case 'boolean':
      return readBoolean(heard.tokens, span, spoken);
    case 'choice': {
      const choice = nearestChoice(type.values, heard.tokens, span);
      return choice === undefined
        ? unreadable
        : { ok: true, value: choice.value, spoken: textOf(heard.text, heard.tokens, choice.span) };
    }
    case 'list':
      return readList(type, heard, span);
    case 'fixed':
      return { ok: true, value: type.value, spoken };
    case 'unsupported':
      return unreadable;
  }
}

/** Arithmetic beyond `spokenToExpression` goes to the tool as it was said, if it has a number in it. */
function unreadMath(tokens: readonly Token[], span: Span, spoken: string): string | undefined {
  return tokens.slice(span.from, span.to).some((token) => token.number !== undefined) ? spoken : undefined;
}

function checkedText(type: Extract<ParameterType, { kind: 'text' }>, value: string): SlotValue {
  if (value.length < type.minLength) return { ok: false, problem: 'That is too short.' };
  if (value.length > type.maxLength) return { ok: false, problem: 'That is too long.' };
  if (type.pattern === undefined || matches(type.pattern, value)) return { ok: true, value, spoken: value };
  const folded = [
    value.toUpperCase(),
    value.toLowerCase(),
    value.replaceAll(' ', ''),
    value.replaceAll(' ', '').toUpperCase(),
  ];
  const fitting = folded.find((one) => matches(type.pattern ?? '', one));
  return fitting === undefined
    ? { ok: false, problem: 'That does not have the right form.' }
    : { ok: true, value: fitting, spoken: value };
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value.slice(0, 200));
  } catch {
    return true;
  }
}

type Numeric = Extract<ParameterType, { kind: 'number' | 'duration' }>;

function readNumeric(type: Numeric, heard: Heard, span: Span): SlotValue {
  const value = type.kind === 'duration' ? wholeLength(type, heard, span) : wholeNumber(type, heard, span);
  if (value === undefined) return unreadable;
  const problem = rangeProblem(type, value);
  return problem === undefined
    ? { ok: true, value, spoken: textOf(heard.text, heard.tokens, span) }
    : { ok: false, problem };
}

function wholeLength(
  type: Extract<Numeric, { kind: 'duration' }>,
  heard: Heard,
  span: Span,
): number | undefined {
  const seconds = wholeDuration(heard.tokens, span);
  if (seconds !== undefined) return inUnit(seconds, type.unit);
  return wholeNumber({ isInteger: type.isInteger }, heard, span);
}

function skipLead(tokens: readonly Token[], span: Span): number {
  let from = span.from;
  while (
    from < span.to - 1 &&
    /^(for|about|around|exactly|to|at|of|the|by|roughly|approximately|nearly)$/.test(tokens[from]?.norm ?? '')
  ) {
    from += 1;
  }
  return from;
}

function wholeDuration(tokens: readonly Token[], span: Span): number | undefined {
  for (const from of [span.from, skipLead(tokens, span)]) {
    const found = readDuration(tokens, from);
    if (found !== undefined && from + found.length === span.to) return found.value;
  }
  return undefined;
}

const trailingUnit =
  /^(degrees?|percent|dollars?|euros?|pounds?|people|persons?|guests?|times?|pieces?|items?|celsius|fahrenheit|kilos?|kilometers?|kilometres?|miles?|years?|of|them|copies|tickets?|seats?|nights?|rooms?|stars?)$/;

function wholeNumber(type: { readonly isInteger: boolean }, heard: Heard, span: Span): number | undefined {
  const { tokens } = heard;
  for (const from of [span.from, skipLead(tokens, span)]) {
    const found =
      readQuantity(tokens, from) ??
      (type.isInteger ? readOrdinal(tokens, from) : undefined) ??
      (span.to - from <= 2 ? readMisheardNumber(tokens, from) : undefined);
    if (found === undefined) continue;
    let end = from + found.length;
    while (end < span.to && trailingUnit.test(tokens[end]?.norm ?? '')) end += 1;
    if (end === span.to) return found.value;
  }
  return digitByDigit(tokens.slice(span.from, span.to));
}

/** "one two three four" as 1234. */
function digitByDigit(tokens: readonly Token[]): number | undefined {
  const digits = tokens.map((token) => token.norm);
  if (digits.length < 2 || !digits.every((digit) => /^\d$/.test(digit))) return undefined;
  return Number(digits.join(''));
}

function rangeProblem(type: Numeric, value: number): string | undefined {
  const { minimum, maximum } = type;
  const isLow = value < minimum || value <= (type.exclusiveMinimum ?? Number.NEGATIVE_INFINITY);
  const isHigh = value > maximum || value >= (type.exclusiveMaximum ?? Number.POSITIVE_INFINITY);
  const unit = type.kind === 'duration' ? ` ${type.unit}` : '';
  if (isLow || isHigh) {
    const low = Number.isFinite(minimum) ? minimum : type.exclusiveMinimum;
    const high = Number.isFinite(maximum) ? maximum : type.exclusiveMaximum;
    const [least, most] = [boundText(type, low), boundText(type, high)];
    if (low !== undefined && high !== undefined) return `It must be between ${least} and ${most}.`;
    return isLow ? `It must be at least ${least}.` : `It must be at most ${most}.`;
  }
  if (type.isInteger && !Number.isInteger(value))
    return `It must be a whole number${unit === '' ? '' : ` of${unit}`}.`;
  if (type.multipleOf !== undefined) {
    const times = value / type.multipleOf;
    if (Math.abs(times - Math.round(times)) > 1e-9) return `It must be a multiple of ${type.multipleOf}.`;
  }
  return undefined;
}

function boundText(type: Numeric, bound: number | undefined): string {
  if (bound === undefined) return '';
  return type.kind === 'duration' ? spokenDuration(inSeconds(bound, type.unit)) : spokenNumber(bound);
}

function readMomentValue(
  type: Extract<ParameterType, { kind: 'moment' }>,
  heard: Heard,
  span: Span,
): SlotValue {
  for (const from of [span.from, skipLead(heard.tokens, span)]) {
    const found = readMoment(heard.tokens, from, heard.now) ?? bareHour(type, heard, { from, to: span.to });
    if (found === undefined || from + found.length !== span.to) continue;
    if (type.format === 'date' && found.value.day === undefined && found.value.instant === undefined)
      continue;
    const needsTime = type.format === 'time' || type.format === 'hours-minutes';
    if (needsTime && found.value.time === undefined && found.value.instant === undefined) continue;
    const texts = momentTexts(momentFor(type, found.value, heard.now), type.format);
    const { pattern } = type;
    const value = pattern === undefined ? texts[0] : texts.find((text) => matches(pattern, text));
    if (value === undefined) continue;
    return { ok: true, value, spoken: textOf(heard.text, heard.tokens, span) };
  }
  return unreadable;
}

/** For a time of day, a time without a day is the time as said, not its next occurrence. */
function momentFor(
  type: Extract<ParameterType, { kind: 'moment' }>,
  moment: Parameters<typeof resolveMoment>[0],
  now: Date,
): Date {
  const isTimeOnly = type.format === 'time' || type.format === 'hours-minutes';
  if (!isTimeOnly || moment.instant !== undefined) return resolveMoment(moment, now);
  return resolveMoment(
    { ...moment, day: moment.day ?? new Date(now.getFullYear(), now.getMonth(), now.getDate()) },
    now,
  );
}

/** A bare "nine" or "nine thirty", when the span is known to be a time. */
function bareHour(
  type: Extract<ParameterType, { kind: 'moment' }>,
  heard: Heard,
  span: Span,
): ReturnType<typeof readMoment> {
  const first = heard.tokens[span.from];
  if (type.format === 'date' || first?.number === undefined) return undefined;
  const found = readMoment(
    [{ ...first, norm: 'at', heard: 'at' }, ...heard.tokens.slice(span.from, span.to)],
    0,
    heard.now,
  );
  return found === undefined ? undefined : { value: found.value, length: found.length - 1 };
}

const yesWords = new Set('yes yeah yep on true enable enabled sure okay right correct with'.split(' '));
const noWords = new Set('no nope not off false disable disabled without none never'.split(' '));

function readBoolean(tokens: readonly Token[], span: Span, spoken: string): SlotValue {
  const words = tokens.slice(span.from, span.to).map((token) => token.norm);
  if (words.length > 4) return unreadable;
  if (words.some((word) => noWords.has(word))) return { ok: true, value: false, spoken };
  if (words.some((word) => yesWords.has(word))) return { ok: true, value: true, spoken };
  return unreadable;
}

function readList(type: Extract<ParameterType, { kind: 'list' }>, heard: Heard, span: Span): SlotValue {
  const values: JsonValue[] = [];
  for (const part of listParts(heard.tokens, span)) {
    const read = readType(type.item, heard, part);
    if (!read.ok) return read;
    values.push(read.value);
  }
  if (values.length < type.minItems) return { ok: false, problem: `I need at least ${type.minItems}.` };
  if (values.length > type.maxItems) return { ok: false, problem: `At most ${type.maxItems}, please.` };
  return { ok: true, value: values, spoken: textOf(heard.text, heard.tokens, span) };
}

/** Parts between "and" and commas. */
function listParts(tokens: readonly Token[], span: Span): readonly Span[] {
  const parts: Span[] = [];
  let from = span.from;
  for (let at = span.from; at <= span.to; at += 1) {
    const token = tokens[at];
    const isJoin = at === span.to || ['and', 'or', 'plus'].includes(token?.norm ?? '');
    const isBreak = at > from && token?.clause !== tokens[at - 1]?.clause;
    if (!isJoin && !isBreak) continue;
    if (at > from) parts.push({ from, to: at });
    from = isJoin ? at + 1 : at;
  }
  return parts;
}

/** Reads a text that is nothing but a value, as an answer to a question. */
export function readAnswer(parameter: Parameter, text: string, now: Date): SlotValue {
  const tokens = tokenize(text);
  if (tokens.length === 0) return unreadable;
  return readSlot(parameter, { text, tokens, now }, { from: 0, to: tokens.length });
}
