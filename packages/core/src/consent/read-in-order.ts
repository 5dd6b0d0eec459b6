/** A text with its numbers in digits, as what is read is compared with what was asked. */
interface InDigits {
  readonly text: string;
  readonly besides: readonly string[];
}

/** Names of months that are no other words, in English and German. */
const months = [
  ['january', 'januar'],
  ['february', 'februar'],
  ['märz'],
  ['april'],
  ['mai'],
  ['june', 'juni'],
  ['july', 'juli'],
  ['august'],
  ['september'],
  ['october', 'oktober'],
  ['november'],
  ['december', 'dezember'],
];
/** Names of months that are other words as well, by their place. */
const ambiguousMonths: ReadonlyMap<string, number> = new Map([
  ['march', 2],
  ['may', 4],
]);

/**
 * Whether the digits that were read are those of one way to say a question, one after the other. Zeros are not looked at:
 * of `14:00` and `05` none is said. Digits may be left out that words stand for, such as the name of a month.
 */
export function isInOrder(ways: readonly string[], question: InDigits, said: InDigits): boolean {
  const read = digitsOf(said.text);
  return ways.some((way) => {
    const asked = digitsOf(way);
    const left = unpaired(said.besides, question.besides);
    const more = unpaired(question.besides, said.besides);
    let at = 0;
    for (const digit of read) {
      while (at < asked.length && asked[at] !== digit && taken(left, asked[at])) at += 1;
      if (asked[at] === digit) at += 1;
      else if (!taken(more, digit)) return false;
    }
    while (taken(left, asked[at])) at += 1;
    return at === asked.length;
  });
}

/** The digits of words that the other text does not have. */
function unpaired(words: readonly string[], others: readonly string[]): string[] {
  const rest = [...others];
  return words.filter((word) => !taken(rest, word)).flatMap((word) => word.split(''));
}

/** Takes one that is the same out of a list, if there is one. */
function taken(list: string[], one: string | undefined): boolean {
  const at = one === undefined ? -1 : list.indexOf(one);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}

function digitsOf(text: string): string {
  return text.replaceAll(/[^1-9]/g, '');
}

const dates = /\b(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\b|\b(\d{1,2})([-/.])(\d{1,2})\6(\d{4})\b/g;

/** A text, and the same with the parts of its dates in the other orders in which they are said. */
export function byDates(text: string): readonly string[] {
  if (text.search(dates) < 0) return [text];
  const orders = ['$4$7 $3$5 $1$8', '$3$5 $4$7 $1$8', '$1$8 $3$5 $4$7', '$1$8 $4$7 $3$5'];
  return [text, ...orders.map((order) => text.replaceAll(dates, order))];
}

/** Whether nothing was read with another sign, in another half of the day or in another month. */
export function isSameKind(question: string, said: string): boolean {
  if (signsOf(question) !== signsOf(said)) return false;
  const asked = halvesOf(question);
  if (asked.size > 0 && namedHalves(said).some((half) => !asked.has(half))) return false;
  const named = monthsOf(question);
  if (named.size > 0 && [...monthsOf(said)].some((month) => !named.has(month))) return false;
  return !isInsteadOf(monthsOf(question, ambiguousMonths), monthsOf(said, ambiguousMonths));
}

/** Whether the one has a month that the other has not, and the other way round. */
function isInsteadOf(months: ReadonlySet<number>, others: ReadonlySet<number>): boolean {
  return [...months].some((at) => !others.has(at)) && [...others].some((at) => !months.has(at));
}

function signsOf(text: string): number {
  return text.match(/(?<=^|\s)[-−]\d|\b(?:minus|negative)\b/gi)?.length ?? 0;
}

/** The halves of the day that a text is about: by `AM` and `PM`, else by the hours of its clock. */
function halvesOf(text: string): ReadonlySet<string> {
  const named = namedHalves(text);
  if (named.length > 0) return new Set(named);
  return new Set([...text.matchAll(/\b(\d\d):[0-5]\d/g)].map(([, hour]) => (Number(hour) < 12 ? 'a' : 'p')));
}

function namedHalves(text: string): readonly string[] {
  return [...text.matchAll(/\d\s*([ap])\.?\s?m\b/gi)].map(([, half = '']) => half.toLowerCase());
}

function monthsOf(text: string, besides?: ReadonlyMap<string, number>): ReadonlySet<number> {
  const words: readonly string[] = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const places = words.map((word) => besides?.get(word) ?? months.findIndex((names) => names.includes(word)));
  return new Set(places.filter((at) => at >= 0));
}

/**
 * Whether the zeros of long numbers were read: a bank account or a telephone number is another one without them, and so is a
 * number that begins with some.
 */
export function areZerosRead(question: string, said: string): boolean {
  const read = said.replaceAll(/\D/g, '');
  return question
    .replaceAll(dates, '|')
    .split(longNumbers)
    .filter((_, at) => at % 2 === 1)
    .map((number) => number.replaceAll(/\D/g, ''))
    .every((digits) => !digits.includes('0') || read.includes(digits));
}

/** Six digits or more, in groups or not, or a group of three and more that begins with a zero; no fraction. */
const longNumbers = /(?<![\d.,:]|\d[ -])(\d(?:[ -]?\d){5,}|0\d{2,})(?![ -]?\d)/;
