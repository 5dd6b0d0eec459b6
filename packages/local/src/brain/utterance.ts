import { spokenForms } from './choices.ts';
import { readMoment } from './dates.ts';
import { readDuration } from './durations.ts';
import type { Parameter, ParameterType } from './parameters.ts';
import { joinedSimilarity, wordSimilarity } from './similarity.ts';
import { type Heard, readSlot, type SlotValue } from './slot-values.ts';
import { readExpressionAt } from './spoken-math.ts';
import type { Span, Token } from './token.ts';
import { tokenize } from './tokens.ts';
import {
  closingLength,
  isContentWord,
  isFiller,
  isTimeWord,
  openingLength,
  wordWeight,
} from './vocabulary.ts';

/** A way a slot can take tokens from some position on. */
export interface SlotReading {
  readonly length: number;
  readonly cost: number;
  /** The part of `cost` that counts against the match, not only against longer spans. */
  readonly penalty: number;
  /** Undefined for text, which is read once the span is settled, and for spans that hold no value. */
  readonly value?: SlotValue;
}

/** What the user said, prepared for being matched against many patterns; what was worked out once is remembered. */
export interface Utterance extends Heard {
  /** What it costs to leave a token unmatched. */
  readonly extraCosts: readonly number[];
  /** The tokens without the polite words around them. */
  readonly body: Span;
  /** How much like `word` the token (or the token with the next one) sounds, in [0, 1]. */
  likeness(word: string, at: number, length: 1 | 2): number;
  readings(parameter: Parameter, at: number): readonly SlotReading[];
}

const politeCost = 0.03;
const maxTextTokens = 40;

/** Prepares `text` for matching. */
export function createUtterance(text: string, now: Date): Utterance {
  const tokens = tokenize(text);
  const words = tokens.map((token) => token.norm);
  const opening = openingLength(words);
  const closing = words.length - closingLength(words);
  const isPolite = words.map((word, at) => at < opening || at >= closing || isFiller(word));
  const heard: Heard = { text, tokens, now };
  const likenesses = new Map<string, number>();
  const readings = new Map<Parameter, Map<number, readonly SlotReading[]>>();
  return {
    ...heard,
    body: { from: opening, to: Math.max(opening, closing) },
    extraCosts: words.map((word, at) => (isPolite[at] === true ? politeCost : extraCost(word))),
    likeness: (word, at, length) => {
      const key = `${word} ${at} ${length}`;
      const known = likenesses.get(key);
      if (known !== undefined) return known;
      const value = length === 1 ? likenessOf(word, tokens[at]) : pairLikeness(word, tokens, at);
      likenesses.set(key, value);
      return value;
    },
    readings: (parameter, at) => {
      const known = readings.get(parameter) ?? new Map<number, readonly SlotReading[]>();
      readings.set(parameter, known);
      const before = known.get(at);
      if (before !== undefined) return before;
      const found = readingsAt({ parameter, heard, at, isPolite });
      known.set(at, found);
      return found;
    },
  };
}

function extraCost(word: string): number {
  return isTimeWord(word) ? 0.25 : wordWeight(word);
}

function likenessOf(word: string, token: Token | undefined): number {
  if (token === undefined) return 0;
  const own = wordSimilarity(word, token.norm);
  return token.heard === token.norm ? own : Math.max(own, wordSimilarity(word, token.heard));
}

function pairLikeness(word: string, tokens: readonly Token[], at: number): number {
  const [first, second] = [tokens[at], tokens[at + 1]];
  if (first === undefined || second === undefined || word.length < 4) return 0;
  return joinedSimilarity(word, first.heard + second.heard);
}

interface ReadingRequest {
  readonly parameter: Parameter;
  readonly heard: Heard;
  readonly at: number;
  readonly isPolite: readonly boolean[];
}

function readingsAt(request: ReadingRequest): readonly SlotReading[] {
  const { parameter, heard, at } = request;
  const { type } = parameter;
  const found: SlotReading[] = [];
  if (type.kind !== 'text') {
    for (const length of candidateLengths(type, heard, at)) {
      const value = readSlot(parameter, heard, { from: at, to: at + length });
      if (value.ok) found.push({ length, value, cost: 0, penalty: 0 });
      else if (value.problem !== '') found.push({ length, value, cost: 0.1, penalty: 0.1 });
    }
  }
  return [...found, ...textReadings(request, wordCost(type))];
}

/** A slot that takes words which are no value of its type costs this, and the user is asked. */
const noValueCost = 0.6;

function wordCost(type: ParameterType): number {
  switch (type.kind) {
    case 'text':
      return 0;
    case 'time-text':
    case 'fixed':
      return 0.15;
    case 'list':
      return type.item.kind === 'text' ? 0.05 : noValueCost;
    default:
      return noValueCost;
  }
}

/** A name slot that takes nothing but words such as "me" and "the", or "a …", costs this. */
const noNameCost = 0.6;

/** Any run of tokens, cheaper by the words that belong in such a text. */
function textReadings(
  { parameter, heard, at, isPolite }: ReadingRequest,
  base: number,
): readonly SlotReading[] {
  const { type } = parameter;
  const isName = type.kind === 'text' && (type.text === 'place' || type.text === 'person');
  const found: SlotReading[] = [];
  let penalty = base;
  let cost = base;
  let hasContent = !isName;
  const startsLikeNoName = isName && ['a', 'an'].includes(heard.tokens[at]?.norm ?? '');
  for (let next = at; next < heard.tokens.length && next - at < maxTextTokens; next += 1) {
    const token = heard.tokens[next];
    if (token === undefined) break;
    cost += 0.02;
    if (isPolite[next] === true) cost += 0.18;
    if (isName && isTimeWord(token.norm)) cost += 0.3;
    if (next > at && token.opensSentence) {
      cost += 0.4;
      penalty += 0.4;
    }
    hasContent ||= isContentWord(token.norm) || token.norm === 'us';
    const empty = hasContent && !startsLikeNoName ? 0 : noNameCost;
    found.push({ length: next - at + 1, cost: cost + empty, penalty: penalty + empty });
  }
  return found;
}

function candidateLengths(type: ParameterType, heard: Heard, at: number): readonly number[] {
  const left = heard.tokens.length - at;
  switch (type.kind) {
    case 'expression': {
      const found = readExpressionAt(heard.tokens, at);
      return found === undefined ? [] : [found.length];
    }
    case 'time-text':
      return [readMoment(heard.tokens, at, heard.now)?.length, readDuration(heard.tokens, at)?.length].filter(
        (length) => length !== undefined,
      );
    case 'choice': {
      const longest = Math.max(1, ...type.values.flatMap(spokenForms).map((form) => form.split(' ').length));
      return upTo(Math.min(left, longest + 2));
    }
    case 'boolean':
      return upTo(Math.min(left, 2));
    case 'number':
    case 'duration':
    case 'iso-duration':
    case 'moment':
      return upTo(Math.min(left, 14));
    case 'list':
      return type.item.kind === 'text' ? [] : upTo(Math.min(left, 20));
    default:
      return [];
  }
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
