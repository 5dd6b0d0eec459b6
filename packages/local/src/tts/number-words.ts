const small = [
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen',
  'seventeen eighteen nineteen',
]
  .join(' ')
  .split(' ');
const tens = '- - twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const magnitudes = ['', ' thousand', ' million', ' billion', ' trillion', ' quadrillion'];

const irregularOrdinals: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** Decimals beyond these are rounded away: nobody follows sixteen spoken digits. */
const maxDecimals = 6;

/**
 * A decimal number as words: "1,250.5" is "one thousand two hundred fifty point five".
 *
 * @param number digits with optional thousands separators and decimals, without sign. Numbers too large for names
 * are read digit by digit.
 */
export function numberToWords(number: string): string {
  const [whole = '0', decimals = ''] = shorten(number.replaceAll(',', '')).split('.');
  const wholeWords = integerToWords(whole === '' ? '0' : whole);
  return decimals === '' ? wholeWords : `${wholeWords} point ${digitsToWords(decimals)}`;
}

/** Each digit by itself: "407" is "four zero seven". */
export function digitsToWords(digits: string): string {
  return [...digits].map((digit) => small[Number(digit)] ?? '').join(' ');
}

/** A long number that names something, digit by digit in groups of three with pauses; no group has a lone digit. */
export function identifierToWords(digits: string): string {
  const groups = digits.match(/\d{3}(?=\d{2})|\d+/g) ?? [];
  return groups.map(digitsToWords).join(', ');
}

/** "22" is "twenty second". */
export function ordinalToWords(number: string): string {
  const words = integerToWords(number).split(' ');
  const last = words.pop() ?? '';
  const regular = last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`;
  return [...words, irregularOrdinals[last] ?? regular].join(' ');
}

/** A year as it is said: "1999" is "nineteen ninety nine", "2005" is "two thousand five". */
export function yearToWords(year: string): string {
  const century = Number(year.slice(0, 2));
  const rest = Number(year.slice(2));
  if (century % 10 === 0 && rest < 10) return integerToWords(year);
  const start = belowHundred(century);
  if (rest === 0) return `${start} hundred`;
  return rest < 10 ? `${start} oh ${belowHundred(rest)}` : `${start} ${belowHundred(rest)}`;
}

/** Any count below a hundred. */
export function belowHundred(value: number): string {
  if (value < 20) return small[value] ?? '';
  const unit = value % 10;
  return `${tens[Math.floor(value / 10)]}${unit === 0 ? '' : ` ${small[unit]}`}`;
}

function integerToWords(digits: string): string {
  const plain = digits.replace(/^0+(?=\d)/, '');
  if (plain === '0') return 'zero';
  const groups = groupsOfThree(plain);
  if (groups.length > magnitudes.length) return digitsToWords(plain);
  return groups
    .map((group, index) => [Number(group), magnitudes[groups.length - 1 - index] ?? ''] as const)
    .filter(([value]) => value > 0)
    .map(([value, magnitude]) => `${belowThousand(value)}${magnitude}`)
    .join(' ');
}

function groupsOfThree(digits: string): readonly string[] {
  return digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
}

function belowThousand(value: number): string {
  const hundreds = Math.floor(value / 100);
  const rest = value % 100;
  if (hundreds === 0) return belowHundred(rest);
  return `${small[hundreds]} hundred${rest === 0 ? '' : ` ${belowHundred(rest)}`}`;
}

function shorten(number: string): string {
  const decimals = number.split('.')[1] ?? '';
  if (decimals.length <= maxDecimals) return number;
  return Number(number)
    .toFixed(maxDecimals)
    .replace(/\.?0+$/, '');
}
