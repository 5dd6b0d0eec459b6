import type { ConsentWords } from './consent-words.ts';
import { areZerosRead, byDates, isInOrder, isSameKind } from './read-in-order.ts';
import { inDigits, type NumbersInDigits } from './spell-numbers.ts';

/** Groups of digits that one number is read in, at most. */
const mostGroups = 24;

/**
 * Whether what was read aloud may be the question, as far as its numbers tell. A number that the question does not have is
 * another one. In languages whose numbers are known as words none may be missing; in others one that is missing may stand
 * there in words, as long as there are words that the question does not have.
 */
export function mayBeRead(question: string, said: string, numerals: ConsentWords['numerals']): boolean {
  return numerals === 'known'
    ? isReadInWords(inDigits(question), inDigits(said))
    : isReadInDigits(question, said);
}

function isReadInDigits(question: string, said: string): boolean {
  const asked = numbersOf(question);
  const read = numbersOf(said);
  const known = new Set([...runsOf(asked).keys(), ...runsOf(numbersOf(byTwelveHours(question))).keys()]);
  if (without(read, known).length > 0) return false;
  return missingOf(asked, new Set(runsOf(read).keys())).length <= wordsBeside(question, said);
}

function isReadInWords(question: NumbersInDigits, said: NumbersInDigits): boolean {
  const texts = waysToSay(question.text);
  if (!isSameKind(question.text, said.text) || !areZerosRead(question.text, said.text)) return false;
  if (!isInOrder(texts, question, said)) return false;
  const ways = texts.map(numbersOf);
  const read = numbersOf(said.text);
  const known = new Set([...ways.flatMap((asked) => [...runsOf(asked).keys()]), ...question.besides]);
  if (without(read, known).length > 0) return false;
  const heard = new Set([...runsOf(read).keys(), ...said.besides]);
  return ways.some((asked) => without(asked, heard).length === 0);
}

/** A text, with its hours after noon as they are said with `PM`, full hours without minutes, and its fractions as of sums of money. */
function waysToSay(text: string): readonly string[] {
  return byDates(text)
    .flatMap((way) => [way, byTwelveHours(way)])
    .flatMap((way) => [way, way.replaceAll(/(?<=\d):00(?!\d)/g, '')])
    .flatMap((way) => [way, byHundredths(way)]);
}

function byHundredths(text: string): string {
  return text
    .replaceAll(thousands, '')
    .replaceAll(fraction, (_, whole: string, part: string) => `${whole} ${part.padEnd(2, '0')}`);
}

/** The numbers that are not there. Nobody says a zero by itself. */
function missingOf(asked: readonly string[], heard: ReadonlySet<string>): readonly string[] {
  return without(asked, heard).filter((digits) => Number(digits) !== 0);
}

const thousands = /(?<=\d)[.,](?=\d{3}(?!\d))/g;
/** One or two digits behind a point, with no other point beside them: dates and addresses have several. */
const fraction = /(?<![.,\d])(\d+)[.,](\d{1,2})(?!\d|[.,]\d)/g;

/** The groups of digits of a text; a fraction stands behind a colon, without the zeros that end it. */
function numbersOf(text: string): readonly string[] {
  const plain = text.normalize('NFKC').replaceAll(/\p{Nd}/gu, asciiDigit);
  const exact = plain
    .replaceAll(':', ' ')
    .replaceAll(thousands, '')
    .replaceAll(fraction, (_, whole: string, part: string) => `${whole}:${part}`.replace(/:?0+$/, ''));
  return exact.match(/\d+(?::\d+)?/g) ?? [];
}

/** The digits of a script stand in a row, from zero to nine. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value);
}

/** Hours after noon as they are said with `PM`. */
function byTwelveHours(text: string): string {
  return text.replaceAll(/\b(1[3-9]|2[0-3]|00)(?=:[0-5]\d)/g, (hour) => String(Math.abs(Number(hour) - 12)));
}

/** What neighbouring groups are together, which groups of digits that are: numbers are written in one or in several. */
function runsOf(groups: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const runs = new Map<string, number[]>();
  for (let from = 0; from < groups.length; from += 1) {
    for (let to = from + 1; to <= Math.min(groups.length, from + mostGroups); to += 1) {
      const digits = groups
        .slice(from, to)
        .join('')
        .replace(/^0+(?=\d)/, '');
      runs.set(digits, [...(runs.get(digits) ?? []), ...indexes(from, to)]);
    }
  }
  return runs;
}

/** The groups that are part of no known run. */
function without(groups: readonly string[], known: ReadonlySet<string>): readonly string[] {
  const covered = new Set([...runsOf(groups)].flatMap(([digits, at]) => (known.has(digits) ? at : [])));
  return groups.filter((_, at) => !covered.has(at));
}

function indexes(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

/** How many words of what was said the question does not have. */
function wordsBeside(question: string, said: string): number {
  const asked = new Set(wordsOf(question));
  return wordsOf(said).filter((word) => !asked.has(word)).length;
}

function wordsOf(text: string): readonly string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/\p{L}+/gu) ?? []
  );
}
