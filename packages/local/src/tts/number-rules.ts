import { digitsToWords, identifierToWords, numberToWords, ordinalToWords } from './number-words.ts';
import type { TextRule } from './text-rule.ts';

const fractions: Readonly<Record<string, string>> = {
  '1/2': 'one half',
  '1/3': 'one third',
  '2/3': 'two thirds',
  '1/4': 'one quarter',
  '3/4': 'three quarters',
  '½': 'one half',
  '¼': 'one quarter',
  '¾': 'three quarters',
  '⅓': 'one third',
  '⅔': 'two thirds',
};

/** Digits that name something rather than count: longer ones are read one by one. */
const longestCount = 6;

/** Signs round numbers, to be spoken before the numbers themselves are. */
export const signRules: readonly TextRule[] = [
  // A negative number: a minus before the digit and no operand before the minus.
  { pattern: /(?<![\w)%°.])[-−–](?=[$€£¥₹]?\d)/g, speak: () => 'minus ' },
  { pattern: /(?<![\w)])\+(?=\d)/g, speak: () => 'plus ' },
  { pattern: /(?<=\d) ?[–—] ?(?=\d)/g, speak: () => ' to ' },
  { pattern: /~ ?(?=[$€£]?\d)/g, speak: () => 'about ' },
  { pattern: /#(?=\d)/g, speak: () => 'number ' },
  { pattern: /\b([Nn])o\. ?(?=\d)/g, speak: ([initial = '']) => (initial === 'N' ? 'Number ' : 'number ') },
];

/** Whatever digits are left become words. */
export const numberRules: readonly TextRule[] = [
  {
    pattern: /(?:\+?1[ -.])?\(?(\d{3})\)?[ -.](\d{3})[ -.](\d{4})\b/g,
    speak: (parts) => parts.map(digitsToWords).join(', '),
  },
  {
    pattern: /(\d+(?:\.\d+)?)e([+-]?)(\d+)\b/gi,
    speak: ([mantissa = '', sign = '', exponent = '']) =>
      `${numberToWords(mantissa)} times ten to the ${sign === '-' ? 'minus ' : ''}${numberToWords(exponent)}`,
  },
  { pattern: /\b(\d+)(?:st|nd|rd|th)\b/g, speak: ([number = '']) => ordinalToWords(number) },
  {
    pattern: /(?<![\d/])(?:[12]\/[234]|3\/4)(?![\d/])|[½¼¾⅓⅔]/g,
    speak: (_, text) => ` ${fractions[text] ?? text} `,
  },
  { pattern: /(?<=\d) ?[×·*] ?(?=\d)|(?<=\d) x (?=\d)/g, speak: () => ' times ' },
  { pattern: /(?<=[\d)]) ?[÷] ?(?=[\d(])| \/ (?=\d)/g, speak: () => ' divided by ' },
  { pattern: /(?<=\d)\/(?=\d)/g, speak: () => ' over ' },
  { pattern: /(?<=[\d)]) ?\^ ?(?=\d)/g, speak: () => ' to the power of ' },
  { pattern: /(?<=[\d)]) [-−] (?=[\d(])/g, speak: () => ' minus ' },
  { pattern: /(?<=\d)-(?=\d)/g, speak: () => ' to ' },
  // Letters beside digits are spelled apart from them.
  { pattern: /(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)/g, speak: () => ' ' },
  { pattern: /\d+(?:,\d{3})+(?:\.\d+)?/g, speak: (_, number) => numberToWords(number) },
  {
    pattern: /\d+(?:\.\d+){2,}/g,
    speak: (_, version) => version.split('.').map(numberToWords).join(' point '),
  },
  {
    pattern: /\d*\.\d+|\d+/g,
    speak: (_, number) => (namesSomething(number) ? identifierToWords(number) : numberToWords(number)),
  },
];

function namesSomething(number: string): boolean {
  return !number.includes('.') && (number.length > longestCount || /^0\d/.test(number));
}
