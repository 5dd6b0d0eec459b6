import { numberVocabulary, numberWord, ordinalWord } from './number-words.ts';
import { joinedSimilarity } from './similarity.ts';
import type { Token } from './token.ts';

/** A value read from tokens, and how many of them it took. */
export interface Reading<T> {
  readonly value: T;
  readonly length: number;
}

const fractions: Readonly<Record<string, number>> = {
  half: 1 / 2,
  halves: 1 / 2,
  third: 1 / 3,
  thirds: 1 / 3,
  quarter: 1 / 4,
  quarters: 1 / 4,
  fifth: 1 / 5,
  fifths: 1 / 5,
  tenth: 1 / 10,
  tenths: 1 / 10,
};

const collectives: Readonly<Record<string, number>> = { dozen: 12, couple: 2, pair: 2, score: 20 };

/** The fraction a word names ("half", "thirds"), if it names one. */
export function fractionWord(word: string): number | undefined {
  return Object.hasOwn(fractions, word) ? fractions[word] : undefined;
}

function wordAt(tokens: readonly Token[], at: number): string {
  return tokens[at]?.norm ?? '';
}

/**
 * Reads a quantity at `at`: "205", "minus three", "a dozen", "half", "two and a half", "three quarters", "a couple of".
 * @returns undefined when no quantity begins there.
 */
export function readQuantity(tokens: readonly Token[], at: number): Reading<number> | undefined {
  const sign = ['minus', 'negative'].includes(wordAt(tokens, at)) ? 1 : 0;
  const body = readUnsigned(tokens, at + sign);
  if (body === undefined) return undefined;
  return { value: sign === 1 ? -body.value : body.value, length: body.length + sign };
}

function readUnsigned(tokens: readonly Token[], at: number): Reading<number> | undefined {
  const article = ['a', 'an', 'one', '1'].includes(wordAt(tokens, at)) ? 1 : 0;
  const collective = readCollective(tokens, at + article);
  if (collective !== undefined) return { value: collective.value, length: collective.length + article };
  const number = tokens[at]?.number;
  if (number !== undefined) return withFraction(tokens, at, number);
  const scale = article === 1 ? tokens[at + 1]?.number : undefined;
  if (scale !== undefined && scale >= 100) return { value: scale, length: 2 };
  if (wordAt(tokens, at) === 'point') return readPointed(tokens, at);
  const fraction = fractionWord(wordAt(tokens, at + article));
  if (fraction === undefined || (article === 0 && wordAt(tokens, at) !== 'half')) return undefined;
  return { value: fraction, length: article + 1 };
}

function readPointed(tokens: readonly Token[], at: number): Reading<number> | undefined {
  const digits = tokens[at + 1]?.number;
  if (digits === undefined || !Number.isInteger(digits)) return undefined;
  return { value: Number(`0.${digits}`), length: 2 };
}

function readCollective(tokens: readonly Token[], at: number): Reading<number> | undefined {
  const times = tokens[at]?.number;
  const word = wordAt(tokens, times === undefined ? at : at + 1);
  const each = Object.hasOwn(collectives, word) ? collectives[word] : undefined;
  if (each === undefined) return undefined;
  const length = times === undefined ? 1 : 2;
  const of = wordAt(tokens, at + length) === 'of' && each !== 20 ? 1 : 0;
  return { value: each * (times ?? 1), length: length + of };
}

/** "two and a half", "three quarters", "two and three quarters". */
function withFraction(tokens: readonly Token[], at: number, number: number): Reading<number> {
  const direct = fractionWord(wordAt(tokens, at + 1));
  if (direct !== undefined && wordAt(tokens, at + 1).endsWith('s')) {
    return { value: number * direct, length: 2 };
  }
  if (wordAt(tokens, at + 1) !== 'and') return { value: number, length: 1 };
  if (['a', 'an', '1'].includes(wordAt(tokens, at + 2))) {
    const part = fractionWord(wordAt(tokens, at + 3));
    if (part !== undefined) return { value: number + part, length: 4 };
  }
  const count = tokens[at + 2]?.number;
  const part = fractionWord(wordAt(tokens, at + 3));
  if (count !== undefined && part !== undefined) return { value: number + count * part, length: 4 };
  return { value: number, length: 1 };
}

/** Reads a rank at `at`: "third", "the 3rd", "twenty first". */
export function readOrdinal(tokens: readonly Token[], at: number): Reading<number> | undefined {
  const decade = tokens[at]?.number;
  const second = ordinalWord(wordAt(tokens, at + 1));
  if (decade !== undefined && decade >= 20 && decade % 10 === 0 && second !== undefined && second < 10) {
    return { value: decade + second, length: 2 };
  }
  const rank = ordinalWord(wordAt(tokens, at));
  return rank === undefined ? undefined : { value: rank, length: 1 };
}

/**
 * Puts back number words that a recogniser heard as other words: "for minutes" → 4, "four tea" → 40. Only one or two
 * tokens at `at` are considered, so call it where a number is expected and none was read.
 */
export function readMisheardNumber(tokens: readonly Token[], at: number): Reading<number> | undefined {
  const single = homophoneNumbers[tokens[at]?.norm ?? ''];
  const pair = [tokens[at]?.heard, tokens[at + 1]?.heard];
  const isNumberLike = single !== undefined || tokens[at]?.number !== undefined;
  const isPair = isNumberLike && pair[1] !== undefined && tokens[at + 1]?.number === undefined;
  if (isPair && pair.join('').length <= 12) {
    const joined = pair.join('');
    const near = numberVocabulary.find((word) => word.length >= 5 && joinedSimilarity(word, joined) >= 0.8);
    if (near !== undefined) return { value: numberWord(near) ?? 0, length: 2 };
  }
  return single === undefined ? undefined : { value: single, length: 1 };
}

const homophoneNumbers: Readonly<Record<string, number | undefined>> = {
  for: 4,
  fore: 4,
  to: 2,
  too: 2,
  won: 1,
  ate: 8,
  tin: 10,
  tan: 10,
  sex: 6,
  sicks: 6,
  sevin: 7,
  fife: 5,
  tree: 3,
  free: 3,
  nein: 9,
};
