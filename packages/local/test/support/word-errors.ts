const ones =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = '_ _ twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

const contractions: ReadonlyMap<RegExp, string> = new Map([
  [/\bwon't\b/g, 'will not'],
  [/\bcan't\b/g, 'can not'],
  [/\bcannot\b/g, 'can not'],
  [/n't\b/g, ' not'],
  [/'ll\b/g, ' will'],
  [/'re\b/g, ' are'],
  [/'ve\b/g, ' have'],
  [/'m\b/g, ' am'],
  [/\b(it|that|what|there|here|where|who|he|she)'s\b/g, '$1 is'],
  [/\blet's\b/g, 'let us'],
]);

/** Wrong words of a text against what was said. */
export interface WordErrors {
  readonly errors: number;
  readonly words: number;
}

/** Edit distance over words, after lower-casing, dropping punctuation and writing numbers as words; compounds may be split. */
export function countWordErrors(said: string, heard: string): WordErrors {
  const expected = normalizeWords(said);
  const actual = normalizeWords(heard);
  if (expected.join('') === actual.join('')) return { errors: 0, words: expected.length };
  return { errors: editDistance(expected, actual), words: expected.length };
}

export function errorRate(counts: readonly WordErrors[]): number {
  const errors = counts.reduce((sum, count) => sum + count.errors, 0);
  return errors / counts.reduce((sum, count) => sum + count.words, 0);
}

export function normalizeWords(text: string): readonly string[] {
  let plain = text.toLowerCase().replaceAll('’', "'");
  for (const [pattern, replacement] of contractions) plain = plain.replace(pattern, replacement);
  return plain
    .replace(/#/g, ' pound ')
    .replace(/(\d):(\d)/g, '$1 $2')
    .replace(/(\d),(\d{3})/g, '$1$2')
    .replace(/(\d)\.(\d+)/g, (_, whole: string, digits: string) => `${whole} point ${[...digits].join(' ')}`)
    .replace(/\d+/g, (digits) => ` ${numberWords(Number(digits))} `)
    .replace(/'/g, '')
    .replace(/[^a-z]+/g, ' ')
    .trim()
    .split(' ')
    .filter((word) => word !== '' && word !== 'and');
}

function numberWords(value: number): string {
  if (value < 20) return ones[value] ?? '';
  if (value < 100) return `${tens[Math.floor(value / 10)]} ${value % 10 === 0 ? '' : ones[value % 10]}`;
  if (value < 1000)
    return `${ones[Math.floor(value / 100)]} hundred ${value % 100 ? numberWords(value % 100) : ''}`;
  const rest = value % 1000;
  return `${numberWords(Math.floor(value / 1000))} thousand ${rest ? numberWords(rest) : ''}`;
}

/** Levenshtein distance in which joining or splitting neighbouring words ("voicemail", "voice mail") is free. */
function editDistance(expected: readonly string[], actual: readonly string[]): number {
  const table: number[][] = Array.from({ length: expected.length + 1 }, () =>
    new Array<number>(actual.length + 1).fill(0),
  );
  const at = (row: number, column: number): number => table[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 0; row <= expected.length; row += 1) {
    for (let column = 0; column <= actual.length; column += 1) {
      const cost = bestCost({ expected, actual, row, column, at });
      const line = table[row];
      if (line !== undefined) line[column] = cost;
    }
  }
  return at(expected.length, actual.length);
}

function bestCost(cell: {
  readonly expected: readonly string[];
  readonly actual: readonly string[];
  readonly row: number;
  readonly column: number;
  readonly at: (row: number, column: number) => number;
}): number {
  const { expected, actual, row, column, at } = cell;
  if (row === 0 || column === 0) return row + column;
  const same = expected[row - 1] === actual[column - 1];
  const joined =
    row > 1 && `${expected[row - 2]}${expected[row - 1]}` === actual[column - 1]
      ? at(row - 2, column - 1)
      : Number.POSITIVE_INFINITY;
  const split =
    column > 1 && expected[row - 1] === `${actual[column - 2]}${actual[column - 1]}`
      ? at(row - 1, column - 2)
      : Number.POSITIVE_INFINITY;
  return Math.min(
    at(row - 1, column - 1) + (same ? 0 : 1),
    at(row - 1, column) + 1,
    at(row, column - 1) + 1,
    joined,
    split,
  );
}
