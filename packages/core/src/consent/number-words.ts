/** What a word is in a number. `digits` also stands for what is written in digits. */
export type Numeral = {
  readonly kind: 'digits' | 'unit' | 'teen' | 'ten' | 'hundred' | 'hundreds' | 'scale';
  readonly value: number;
  readonly isOrdinal?: true;
};

const englishUnits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const englishTeens = [
  ...['ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen'],
  'nineteen',
];
const englishTens = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const englishOrdinals: Readonly<Record<string, string>> = {
  first: 'one',
  second: 'two',
  third: 'three',
  fifth: 'five',
  eighth: 'eight',
  ninth: 'nine',
  twelfth: 'twelve',
};

const germanUnits = ['null', 'ein', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun'];
const germanTeens = [
  ...['zehn', 'elf', 'zwölf', 'dreizehn', 'vierzehn', 'fünfzehn', 'sechzehn', 'siebzehn', 'achtzehn'],
  'neunzehn',
];
const germanTens = ['zwanzig', 'dreißig', 'vierzig', 'fünfzig', 'sechzig', 'siebzig', 'achtzig', 'neunzig'];
const germanOrdinals: Readonly<Record<string, string>> = {
  ers: 'ein',
  drit: 'drei',
  sieb: 'sieben',
  ach: 'acht',
};

const scales: ReadonlyMap<string, number> = new Map([
  ...each(['thousand', 'tausend'], () => 1_000),
  ...each(['million', 'millions', 'millionen'], () => 1_000_000),
  ...each(['billion', 'billions', 'milliarde', 'milliarden'], () => 1e9),
]);

const english: ReadonlyMap<string, Numeral> = new Map<string, Numeral>([
  ...each(englishUnits, (value): Numeral => ({ kind: 'unit', value })),
  ...each(englishTeens, (at): Numeral => ({ kind: 'teen', value: at + 10 })),
  ...each(englishTens, (at): Numeral => ({ kind: 'ten', value: (at + 2) * 10 })),
  ['nought', { kind: 'unit', value: 0 }],
  ['fourty', { kind: 'ten', value: 40 }],
]);

/** Words that stand for a number and for other things as well: they say no number that is not asked for. */
const besides: ReadonlyMap<string, readonly string[]> = new Map([
  ...months('january february march april may june july august september october november december'),
  ...months('januar februar märz april mai juni juli august september oktober november dezember'),
  ...months('jan feb mar apr may jun jul aug sep oct nov dec'),
  ...each('a an once single eine einen einem einer eines einmal'.split(' '), () => ['1']),
  ...each('pair couple both twice paar beide beiden zweimal'.split(' '), () => ['2']),
  ...each('dozen dutzend noon mittag mittags'.split(' '), () => ['12']),
  ...each(['midnight', 'mitternacht'], () => ['12', '24']),
  ...each('half halb halbe halben halbes'.split(' '), () => ['0:5']),
  ...each(['quarter', 'viertel'], () => ['0:25']),
]);

function months(names: string): readonly (readonly [string, readonly string[]])[] {
  return each(names.split(' '), (at) => [String(at + 1)]);
}

function each<Value>(
  words: readonly string[],
  valueAt: (at: number) => Value,
): readonly (readonly [string, Value])[] {
  return words.map((word, at) => [word, valueAt(at)]);
}

/** What a word may stand for in digits, beside what else it means. */
export function meansBesides(word: string): readonly string[] {
  return besides.get(word) ?? [];
}

/** The number that a word of English or German is, or is part of. The word is in small letters. */
export function numeralOf(word: string): Numeral | undefined {
  if (/^\d+$/.test(word)) return { kind: 'digits', value: Number(word) };
  const scale = scales.get(word);
  if (scale !== undefined) return { kind: 'scale', value: scale };
  if (word === 'hundred' || word === 'hundert') return { kind: 'hundred', value: 100 };
  return english.get(word) ?? englishOrdinal(word) ?? german(word);
}

function englishOrdinal(word: string): Numeral | undefined {
  const cardinal = englishOrdinals[word] ?? word.replace(/ieth$/, 'y').replace(/th$/, '');
  const found = Object.hasOwn(englishOrdinals, word) || cardinal !== word ? english.get(cardinal) : undefined;
  return found && { ...found, isOrdinal: true };
}

function german(word: string): Numeral | undefined {
  const plain = word.replaceAll('dreissig', 'dreißig');
  const cardinal = germanCardinal(plain);
  if (cardinal !== undefined) return germanNumeral(cardinal);
  const stem = /^(.+?)(?:s?t)e[nrsm]?$/.exec(plain)?.[1] ?? '';
  const irregular = /^(.*?)(ers|drit|sieb|ach)te[nrsm]?$/.exec(plain);
  const told = irregular && `${irregular[1] ?? ''}${germanOrdinals[irregular[2] ?? ''] ?? ''}`;
  const ordinal = germanCardinal(told ?? stem);
  return ordinal === undefined ? undefined : { ...germanNumeral(ordinal), isOrdinal: true };
}

function germanNumeral(value: number): Numeral {
  if (value < 10) return { kind: 'unit', value };
  return { kind: value < 100 ? 'teen' : value < 1_000 ? 'hundreds' : 'digits', value };
}

/** A number that is written as one word, below a million. */
function germanCardinal(word: string): number | undefined {
  if (word === 'eins') return 1;
  if (word === 'zwo') return 2;
  const [, thousands = '', ones = ''] = /^(.*)tausend(?:und)?(.*)$/.exec(word) ?? ['', '0', word];
  const above = thousands === '' ? 1 : belowThousand(thousands);
  const below = belowThousand(ones);
  return above === undefined || below === undefined || word === '' ? undefined : above * 1_000 + below;
}

function belowThousand(word: string): number | undefined {
  if (word === '0' || word === '') return 0;
  const [, hundreds = '', rest = ''] = /^(.*)hundert(?:und)?(.*)$/.exec(word) ?? ['', '0', word];
  const above = hundreds === '' ? 1 : hundreds === '0' ? 0 : belowHundred(hundreds);
  const below = rest === '' ? 0 : belowHundred(rest);
  return above === undefined || below === undefined ? undefined : above * 100 + below;
}

function belowHundred(word: string): number | undefined {
  const small = [...germanUnits, ...germanTeens].indexOf(word);
  if (small >= 0) return small;
  if (word === 'eins') return 1;
  const [, unit = '', ten = ''] = /^(?:(.+)und)?(.+)$/.exec(word) ?? [];
  const tens = germanTens.indexOf(ten);
  const units = unit === '' ? 0 : germanUnits.indexOf(unit);
  return tens < 0 || units < 0 ? undefined : (tens + 2) * 10 + units;
}
