import { meansBesides, numeralOf } from './number-words.ts';
import { readingsOf } from './unit-words.ts';

/** Words that one word of a question is written in, at most: `A N N`. */
const mostWords = 12;
/** Longer words may be written together with others. */
const longestSmallWord = 3;

const alphabets = [/^\p{Script=Latin}+$/u, /^\p{Script=Greek}+$/u, /^\p{Script=Cyrillic}+$/u];
const protocols = new Set(['http', 'https', 'www']);

/**
 * Whether the words of the values of a question are among those that were read aloud, in their order. Who writes down what
 * was said may spell a name otherwise: less than half of its letters may be others. `Dr` and `kg` may be said in full.
 * Numbers are not looked at, nor words that may stand there in another script.
 */
export function areRead(values: readonly string[], question: string, said: string): boolean {
  const read = wordsOf(said).map(({ word }) => folded(word));
  const asked = new Set(wordsOf(question).map(({ word }) => folded(word)));
  const isSaidInFull = read.some((word) => word.length > longestSmallWord && !asked.has(word));
  const isLatin = read.every((word) => isCurrency(word) || alphabets[0]?.test(word));
  let from = 0;
  for (const { word, isBehindNumber } of values.flatMap(wordsOf)) {
    const readings = isLatin ? readingsOf(folded(word), isBehindNumber) : undefined;
    if (readings === undefined && !isCompared(word, read)) continue;
    const found = readings === undefined ? findFrom(read, from, folded(word)) : oneOf(read, from, readings);
    if (found !== undefined) from = found;
    else if (readings !== undefined || !(isSaidInFull && isAbbreviation(word))) return false;
  }
  return true;
}

interface Word {
  readonly word: string;
  /** Units stand there, and in `72°F` behind a sign. */
  readonly isBehindNumber: boolean;
}

function wordsOf(text: string): readonly Word[] {
  const words = text.normalize('NFKC').matchAll(/(\d\s*°?\s*)?([\p{L}\p{M}]+|[$€£¥])/gu);
  return Array.from(words, ([, before, word = '']) => ({ word, isBehindNumber: before !== undefined }));
}

function isCurrency(word: string): boolean {
  return /^[$€£¥]$/.test(word);
}

function oneOf(read: readonly string[], from: number, readings: ReadonlySet<string>): number | undefined {
  const at = read.findIndex((word, place) => place >= from && readings.has(word));
  return at < 0 ? undefined : at + 1;
}

/** Without what differs between ways to write the same. */
function folded(word: string): string {
  const plain = word.toLowerCase().replaceAll('ß', 'ss').replaceAll('ø', 'o').replaceAll('ł', 'l');
  return plain.normalize('NFKD').replaceAll(/\p{M}+/gu, '');
}

function isCompared(word: string, read: readonly string[]): boolean {
  const plain = folded(word);
  const alphabet = alphabets.find((pattern) => pattern.test(plain));
  const small = word.toLowerCase();
  const isNumber = numeralOf(small) !== undefined || (small.length > 1 && meansBesides(small).length > 0);
  if (alphabet === undefined || isNumber || protocols.has(plain)) return false;
  return read.every((other) => isCurrency(other) || alphabet.test(other));
}

/** Units, currencies and the like, which are read as other words: `lb`, `GBP`. */
function isAbbreviation(word: string): boolean {
  return /^(?:\p{Lu}{2,3}|\p{Ll}{1,3})$/u.test(word);
}

/** Where the words behind a word begin; words that are the same come before those that are alike. */
function findFrom(read: readonly string[], from: number, word: string): number | undefined {
  const same = read.indexOf(word, from);
  if (same >= 0) return same + 1;
  for (let at = from; at < read.length; at += 1) {
    const end = endOf(read, at, word);
    if (end !== undefined) return end;
  }
  return undefined;
}

/** Where a word ends that stands in one or several others. One that it is a part of may hold the next as well. */
function endOf(read: readonly string[], at: number, word: string): number | undefined {
  const [first = ''] = read.slice(at, at + 1);
  if (word.length > longestSmallWord && first.includes(word)) return at;
  let joined = '';
  for (let end = at; end < Math.min(read.length, at + mostWords); end += 1) {
    joined += read[end] ?? '';
    if (joined.length > word.length * 2 && end > at) return undefined;
    if (isAlike(word, joined)) return end + 1;
  }
  return undefined;
}

function isAlike(word: string, read: string): boolean {
  const isShort = word.length <= 4 && read.length > word.length && read.startsWith(word.slice(0, 1));
  if (isShort && word.length > 1 && isWithin(word, read)) return true;
  const longest = Math.max(word.length, read.length);
  return Math.abs(word.length - read.length) * 2 < longest && distance(word, read) * 2 < longest;
}

/** Whether the letters of a word stand in another in their order. */
function isWithin(word: string, other: string): boolean {
  let at = 0;
  for (const letter of other) if (letter === word[at]) at += 1;
  return at === word.length;
}

/** How many letters have to be added, left out or replaced. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (isSame ? 0 : 1)));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
