import type { Token } from './token.ts';

const small: Readonly<Record<string, number>> = {
  zero: 0,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
};
const tens: Readonly<Record<string, number>> = {
  twenty: 20,
  thirty: 30,
  forty: 40,
  fourty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
};
const scales: Readonly<Record<string, number>> = {
  hundred: 100,
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
};

const ordinals: Readonly<Record<string, number>> = {
  first: 1,
  second: 2,
  third: 3,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  seventh: 7,
  eighth: 8,
  ninth: 9,
  tenth: 10,
  eleventh: 11,
  twelfth: 12,
  thirteenth: 13,
  fourteenth: 14,
  fifteenth: 15,
  sixteenth: 16,
  seventeenth: 17,
  eighteenth: 18,
  nineteenth: 19,
  twentieth: 20,
  thirtieth: 30,
};

function lookUp(table: Readonly<Record<string, number>>, word: string): number | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

/** The number a word or digits stand for ("seven", "40", "hundred"), if it is one. */
export function numberWord(word: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(word)) return Number(word);
  return lookUp(small, word) ?? lookUp(tens, word) ?? lookUp(scales, word);
}

/** The rank an ordinal stands for: "third", "3rd"; not composed ones ("twenty third"). */
export function ordinalWord(word: string): number | undefined {
  const digits = /^(\d{1,4})(st|nd|rd|th)$/.exec(word);
  return digits === null ? lookUp(ordinals, word) : Number(digits[1]);
}

/** All number words, for finding the one a recogniser may have meant. */
export const numberVocabulary: readonly string[] = [...Object.keys(small), ...Object.keys(tens)];

interface Fold {
  readonly value: number;
  readonly length: number;
}

/** Joins runs of number words into one token each: "two hundred and five" → `205`, "three point five" → `3.5`. */
export function foldNumbers(tokens: readonly Token[]): readonly Token[] {
  const folded: Token[] = [];
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at];
    if (token === undefined) break;
    const fold = foldAt(tokens, at);
    const last = fold === undefined ? undefined : tokens[at + fold.length - 1];
    if (fold === undefined || last === undefined) {
      folded.push(token);
      at += 1;
      continue;
    }
    const run = tokens.slice(at, at + fold.length);
    folded.push({
      ...token,
      norm: String(fold.value),
      heard: run.map((one) => one.heard).join(' '),
      end: last.end,
      number: fold.value,
    });
    at += fold.length;
  }
  return folded;
}

function foldAt(tokens: readonly Token[], from: number): Fold | undefined {
  const whole = wholeNumber(tokens, from);
  if (whole === undefined) return undefined;
  const decimals = decimalDigits(tokens, from + whole.length);
  if (decimals === undefined || !Number.isInteger(whole.value)) return whole;
  return scaled(tokens, from, {
    value: Number(`${whole.value}.${decimals.digits}`),
    length: whole.length + decimals.length,
  });
}

/** The digits after a spoken decimal point: "point one four". */
function decimalDigits(tokens: readonly Token[], at: number): { digits: string; length: number } | undefined {
  if (tokens[at]?.norm !== 'point') return undefined;
  let digits = '';
  let length = 1;
  for (;;) {
    const word = tokens[at + length]?.norm ?? '';
    const digit = word === 'oh' ? 0 : numberWord(word);
    if (digit === undefined || !Number.isInteger(digit) || digit > 99 || (digit > 9 && digits !== '')) break;
    digits += String(digit);
    length += 1;
  }
  return digits === '' ? undefined : { digits, length };
}

function scaled(tokens: readonly Token[], from: number, fold: Fold): Fold {
  const scale = lookUp(scales, tokens[from + fold.length]?.norm ?? '');
  return scale === undefined ? fold : { value: fold.value * scale, length: fold.length + 1 };
}

/** Reads thousands groups left to right; each group is a number below a thousand with its scale. */
function wholeNumber(tokens: readonly Token[], from: number): Fold | undefined {
  let total = 0;
  let length = 0;
  let lastScale = Number.POSITIVE_INFINITY;
  for (;;) {
    const skip = length > 0 && tokens[from + length]?.norm === 'and' ? 1 : 0;
    const group = belowThousand(tokens, from + length + skip);
    if (group === undefined) break;
    const scale = lookUp(scales, tokens[from + length + skip + group.length]?.norm ?? '');
    const bigScale = scale !== undefined && scale >= 1000 ? scale : 1;
    if (bigScale >= lastScale || (skip === 1 && (group.value >= 100 || bigScale > 1))) break;
    total += group.value * bigScale;
    length += skip + group.length + (bigScale > 1 ? 1 : 0);
    lastScale = bigScale;
    if (bigScale === 1) break;
  }
  return length === 0 ? undefined : { value: total, length };
}

function belowThousand(tokens: readonly Token[], at: number): Fold | undefined {
  const first = belowHundred(tokens, at);
  const bareHundred = tokens[at]?.norm === 'hundred';
  if (first === undefined && !bareHundred) {
    const scale = lookUp(scales, tokens[at]?.norm ?? '');
    return scale === undefined ? undefined : { value: 1, length: 0 };
  }
  const head = first ?? { value: 1, length: 0 };
  if (tokens[at + head.length]?.norm !== 'hundred' || !Number.isInteger(head.value)) return head;
  const hundreds = { value: head.value * 100, length: head.length + 1 };
  const next = at + hundreds.length;
  const skip = tokens[next]?.norm === 'and' ? 1 : 0;
  const rest = belowHundred(tokens, next + skip);
  const after = rest === undefined ? '' : (tokens[next + skip + rest.length]?.norm ?? '');
  if (rest === undefined || rest.value >= 100 || after === 'hundred') return hundreds;
  return { value: hundreds.value + rest.value, length: hundreds.length + skip + rest.length };
}

function belowHundred(tokens: readonly Token[], at: number): Fold | undefined {
  const word = tokens[at]?.norm ?? '';
  if (/^\d+(\.\d+)?$/.test(word)) return { value: Number(word), length: 1 };
  const decade = lookUp(tens, word);
  if (decade === undefined) {
    const unit = lookUp(small, word);
    return unit === undefined ? undefined : { value: unit, length: 1 };
  }
  const unit = lookUp(small, tokens[at + 1]?.norm ?? '');
  return unit === undefined || unit === 0 || unit > 9
    ? { value: decade, length: 1 }
    : { value: decade + unit, length: 2 };
}
