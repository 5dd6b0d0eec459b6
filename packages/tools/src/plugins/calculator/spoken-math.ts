import { readNumberWords } from './number-words.ts';

/**
 * Turns arithmetic as it is said into arithmetic as it is written: "205 times 7" → `205 * 7`, "15 percent of 80" →
 * `(15 / 100) * 80`. Written expressions pass through. Words that mean nothing here stay and fail to parse later.
 */
export function writtenMath(text: string): string {
  let written = withNumbers(prepared(text));
  for (const [pattern, replacement] of phrases) written = written.replaceAll(pattern, replacement);
  return written.replaceAll(/\s+/g, ' ').trim();
}

/** Lower case, without what surrounds a sum: punctuation, currency signs, thousands separators, question words. */
function prepared(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[’']s\b/g, ' is')
    .replaceAll(/(\d),(?=\d{3}\b)/g, '$1')
    .replaceAll(/[×∙·⋅]/g, '*')
    .replaceAll('÷', '/')
    .replaceAll(/[−–—]/g, '-')
    .replaceAll('√', ' sqrt ')
    .replaceAll('²', '^2')
    .replaceAll('³', '^3')
    .replaceAll('π', ' pi ')
    .replaceAll(/[$€£]/g, '')
    .replaceAll('**', '^')
    .replaceAll(/([a-z])-([a-z])/g, '$1 $2')
    .replace(/(?<![\d)])!+$/, '')
    .replace(/(?:[?=.\s]|\b(?:equals?|makes?|gives?|please|for me))+$/, '')
    .replace(
      /^(?:(?:what|how much|how many|what do you get if you|what would be|calculate|compute|evaluate|work out|solve|tell me|please|is|are|does|make|the (?:result|value|answer) (?:of|to)) )+/,
      '',
    )
    .trim();
}

/** Number words become digits. */
function withNumbers(text: string): string {
  const words = text.match(/\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+|[a-z]+|\S/g) ?? [];
  const written: string[] = [];
  let at = 0;
  while (at < words.length) {
    const number = readNumberWords(words.slice(at));
    if (number === undefined) {
      written.push(words[at] ?? '');
      at += 1;
    } else {
      written.push(number.digits);
      at += number.length;
    }
  }
  return written.join(' ');
}

/** A number, a name or something in brackets: what a phrase before or after it applies to. */
const operand = String.raw`(-?\s?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\([^()]*\)|pi|e)`;

const phrases: readonly (readonly [RegExp, string])[] = [
  [/\b(?:a|one|1) half of\b|\bhalf of\b/g, '(1 / 2) *'],
  [/\b(?:a|one|1) third of\b/g, '(1 / 3) *'],
  [/\b(?:a|one|1) quarter of\b|\b(?:a|one|1) fourth of\b/g, '(1 / 4) *'],
  [/\b(\d+) thirds of\b/g, '($1 / 3) *'],
  [/\b(\d+) (?:quarters|fourths) of\b/g, '($1 / 4) *'],
  [/\b(?:a|an|one|1) fifth of\b/g, '(1 / 5) *'],
  [/\b(?:a|an|one|1) tenth of\b/g, '(1 / 10) *'],
  [/\b(?:twice|double)\b/g, '2 *'],
  [/\btriple\b/g, '3 *'],
  [/(\d) dozens?\b/g, '$1 * 12'],
  [/\b(?:a |one )?dozen\b/g, '12'],
  [/\bper ?cent\b/g, '%'],
  [new RegExp(`(?:increase|raise) ${operand} by ${operand} ?%`, 'g'), '$1 + $2%'],
  [new RegExp(`(?:decrease|reduce|lower) ${operand} by ${operand} ?%`, 'g'), '$1 - $2%'],
  [new RegExp(`${operand} ?% off (?:of )?${operand}`, 'g'), '$2 - $1%'],
  [new RegExp(`${operand} ?% (?:of|from|on) `, 'g'), '($1 / 100) * '],
  [new RegExp(`(?:the )?sum of ${operand} and ${operand}`, 'g'), '($1 + $2)'],
  [new RegExp(`(?:the )?difference (?:between|of) ${operand} and ${operand}`, 'g'), '($1 - $2)'],
  [new RegExp(`(?:the )?product of ${operand} and ${operand}`, 'g'), '($1 * $2)'],
  [new RegExp(`(?:the )?(?:quotient|ratio) of ${operand} and ${operand}`, 'g'), '($1 / $2)'],
  [new RegExp(`(?:the )?remainder (?:of|when) ${operand} (?:is )?divided by ${operand}`, 'g'), '($1 mod $2)'],
  [new RegExp(`(?:the )?(?:average|mean) of ${operand} and ${operand}`, 'g'), '(($1 + $2) / 2)'],
  [new RegExp(`\\badd ${operand} (?:and|to|with) ${operand}`, 'g'), '($1 + $2)'],
  [new RegExp(`\\b(?:subtract|take) ${operand} (?:away )?from ${operand}`, 'g'), '($2 - $1)'],
  [new RegExp(`\\bmultiply ${operand} (?:and|by|with|times) ${operand}`, 'g'), '($1 * $2)'],
  [new RegExp(`\\bdivide ${operand} by ${operand}`, 'g'), '($1 / $2)'],
  [new RegExp(`(?:the )?(?:cube root|cubic root|cbrt)(?: of)? ${operand}`, 'g'), 'cbrt($1)'],
  [new RegExp(`(?:the )?(?:square root|sqrt|root)(?: of)? ${operand}`, 'g'), 'sqrt($1)'],
  [new RegExp(`(?:the )?absolute value of ${operand}`, 'g'), 'abs($1)'],
  [new RegExp(`(?:the )?(?:natural log|natural logarithm|ln)(?: of)? ${operand}`, 'g'), 'log($1)'],
  [
    new RegExp(`(?:the )?(?:log|logarithm) (?:of )?${operand} (?:to the )?base ${operand}`, 'g'),
    'log($1, $2)',
  ],
  [new RegExp(`(?:the )?(?:log|logarithm) (?:of )?(-?\\d+(?:\\.\\d+)?)`, 'g'), 'log10($1)'],
  [new RegExp(`(?:the )?factorial of ${operand}`, 'g'), '($1)!'],
  [new RegExp(`${operand} factorial\\b`, 'g'), '$1!'],
  [
    new RegExp(`\\b(?:the )?(sine?|cosine?|tangent|tan)(?: of)? ${operand} degrees?\\b`, 'g'),
    '$1($2 * pi / 180)',
  ],
  [new RegExp(`\\b(?:the )?(sine?|cosine?|tangent|tan)(?: of)? ${operand}(?: radians?)?`, 'g'), '$1($2)'],
  [/(\d) degrees?\b/g, '$1 * pi / 180'],
  [/\bsine\b/g, 'sin'],
  [/\bcosine\b/g, 'cos'],
  [/\btangent\b/g, 'tan'],
  [/\bsquared\b/g, '^ 2'],
  [/\bcubed\b/g, '^ 3'],
  [/\b(?:raised )?to the power (?:of )?/g, '^ '],
  [/\braised to (?:the )?/g, '^ '],
  [/\bto the (?:second|2nd)(?: power)?\b/g, '^ 2'],
  [/\bto the (?:third|3rd)(?: power)?\b/g, '^ 3'],
  [/\bto the (?:fourth|4th)(?: power)?\b/g, '^ 4'],
  [/\bto the (?:fifth|5th)(?: power)?\b/g, '^ 5'],
  [/\bto the (?:tenth|10th)(?: power)?\b/g, '^ 10'],
  [/\bto the (\d+)\s?(?:th|st|nd|rd)?(?: power)?\b/g, '^ $1'],
  [/\b(?:multiplied by|times|multiply)\b/g, '*'],
  [/(?<=[\d)] ?)x(?= ?[\d(-])/g, '*'],
  [/\b(?:divided by|over|divide)\b/g, '/'],
  [/\b(?:plus|added to)\b/g, '+'],
  [/\b(?:minus|less|take away|negative)\b/g, '-'],
  [/\b(?:modulo|modulus)\b/g, 'mod'],
  [/\bthe\b/g, ''],
];
