import { joinedSimilarity, wordSimilarity } from './similarity.ts';
import type { Span, Token } from './token.ts';
import { identifierWords, tokenize } from './tokens.ts';

type Scalar = string | number | boolean;

const synonymGroups: readonly (readonly string[])[] = [
  ['on', 'enable', 'enabled', 'activate', 'up', 'yes', 'true'],
  ['off', 'out', 'disable', 'disabled', 'deactivate', 'down', 'no', 'false'],
  ['celsius', 'centigrade', 'metric', 'c'],
  ['fahrenheit', 'imperial', 'f'],
  ['living room', 'lounge', 'sitting room', 'front room'],
  ['bathroom', 'toilet', 'restroom', 'washroom'],
  ['tv', 'television', 'telly'],
  ['low', 'quiet', 'minimum'],
  ['high', 'loud', 'maximum'],
  ['medium', 'middle', 'moderate', 'average'],
  ['small', 'little', 'tiny'],
  ['large', 'big'],
  ['start', 'begin'],
  ['stop', 'end', 'halt'],
  ['urgent', 'asap', 'emergency'],
  ['usd', 'dollars', 'dollar', 'bucks', 'us dollars'],
  ['eur', 'euros', 'euro'],
  ['gbp', 'pounds', 'pound', 'sterling'],
  ['jpy', 'yen'],
];

/** The words a value may be spoken as: its own words first, then what means the same. */
export function spokenForms(value: Scalar): readonly string[] {
  const own = typeof value === 'string' ? identifierWords(value).join(' ') : String(value);
  const tokens = tokenize(own);
  const folded = tokens.map((token) => token.norm).join(' ');
  const alike = synonymGroups.filter((group) => group.includes(own)).flat();
  return [...new Set([own, folded, ...alike])].filter((form) => form !== '');
}

/** A value of an enumeration as it was heard. */
export interface Choice {
  readonly value: Scalar;
  readonly likeness: number;
  readonly span: Span;
}

const leastLikeness = 0.72;
const articles = new Set([
  'the',
  'a',
  'an',
  'my',
  'in',
  'to',
  'at',
  'on',
  'our',
  'some',
  'please',
  'it',
  'is',
]);

/** The value that the whole of `span` names most nearly; articles and the like around it mean nothing. */
export function nearestChoice(
  values: readonly Scalar[],
  tokens: readonly Token[],
  span: Span,
): Choice | undefined {
  let { from, to } = span;
  while (to - from > 1 && articles.has(tokens[from]?.norm ?? '')) from += 1;
  while (to - from > 1 && articles.has(tokens[to - 1]?.norm ?? '')) to -= 1;
  const phrase = phraseOf(tokens, { from, to });
  let best: Choice | undefined;
  for (const value of values) {
    const likeness = Math.max(
      0,
      ...spokenForms(value).map((form, i) => likenessOf(form, phrase) - (i > 1 ? 0.05 : 0)),
    );
    if (likeness >= leastLikeness && likeness > (best?.likeness ?? 0)) {
      best = { value, likeness, span: { from, to } };
    }
  }
  return best;
}

/** The value that some part of `tokens` names most nearly, for free sentences; stricter, as most words are not values. */
export function findChoice(
  values: readonly Scalar[],
  tokens: readonly Token[],
  used: ReadonlySet<number>,
): Choice | undefined {
  let best: Choice | undefined;
  for (const value of values) {
    for (const [index, form] of spokenForms(value).entries()) {
      const size = form.split(' ').length;
      for (let from = 0; from + size <= tokens.length; from += 1) {
        if (spanUses(used, from, from + size)) continue;
        const span = { from, to: from + size };
        const likeness = likenessOf(form, phraseOf(tokens, span)) - (index > 1 ? 0.1 : 0) + size * 0.001;
        const least = form.length < 4 ? 0.95 : 0.82;
        if (likeness >= least && likeness > (best?.likeness ?? 0)) best = { value, likeness, span };
      }
    }
  }
  return best;
}

function spanUses(used: ReadonlySet<number>, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (used.has(at)) return true;
  return false;
}

function phraseOf(tokens: readonly Token[], span: Span): string {
  return tokens
    .slice(span.from, span.to)
    .map((token) => token.norm)
    .join(' ');
}

function likenessOf(form: string, phrase: string): number {
  if (form === phrase) return 1;
  if (form.includes(' ') || phrase.includes(' ')) return joinedSimilarity(form, phrase);
  return wordSimilarity(form, phrase);
}
