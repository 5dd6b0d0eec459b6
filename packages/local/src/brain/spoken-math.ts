import { fractionWord, type Reading } from './quantities.ts';
import type { Token } from './token.ts';
import { tokenize } from './tokens.ts';

const infix: readonly (readonly [string, string])[] = [
  ['multiplied by', '*'],
  ['multiply by', '*'],
  ['divided by', '/'],
  ['divide by', '/'],
  ['added to', '+'],
  ['to the power of', '^'],
  ['raised to the power of', '^'],
  ['raised to the', '^'],
  ['raised to', '^'],
  ['to the', '^'],
  ['take away', '-'],
  ['modulo', '%'],
  ['mod', '%'],
  ['plus', '+'],
  ['minus', '-'],
  ['less', '-'],
  ['times', '*'],
  ['time', '*'],
  ['x', '*'],
  ['by', '*'],
  ['over', '/'],
  ['power', '^'],
];

const functions: readonly (readonly [string, string])[] = [
  ['the square root of', 'sqrt'],
  ['square root of', 'sqrt'],
  ['square root', 'sqrt'],
  ['the root of', 'sqrt'],
  ['root of', 'sqrt'],
  ['root', 'sqrt'],
  ['the cube root of', 'cbrt'],
  ['cube root of', 'cbrt'],
  ['sqrt', 'sqrt'],
  ['cbrt', 'cbrt'],
  ['the absolute value of', 'abs'],
  ['absolute value of', 'abs'],
];

const combinations: readonly (readonly [string, string, string])[] = [
  ['sum of', 'and', '+'],
  ['difference between', 'and', '-'],
  ['difference of', 'and', '-'],
  ['product of', 'and', '*'],
  ['quotient of', 'and', '/'],
  ['add', 'and', '+'],
  ['add', 'to', '+'],
  ['multiply', 'by', '*'],
  ['multiply', 'and', '*'],
  ['divide', 'by', '/'],
  ['subtract', 'from', 'swap'],
  ['take', 'from', 'swap'],
];

const leadIns = [
  'what do you get when you',
  'what do you get if you',
  'how much would be',
  'what would be',
  'the result of',
  'the answer to',
  'the value of',
  'what is',
  'how much is',
  'how much are',
  'how many is',
  'what are',
  'work out',
  'figure out',
  'compute',
  'calculate',
  'evaluate',
  'solve',
  'what',
  'please',
  'can you',
  'could you',
  'tell me',
  'do you know',
  'hey',
  'and',
  'is',
  'the',
].map((phrase) => phrase.split(' '));

/**
 * Turns spoken or written arithmetic into an expression with `+ - * / % ^`, brackets, `sqrt(…)`, `cbrt(…)`,
 * `abs(…)` and `pi`: "two hundred and five times seven" → `205 * 7`, "15 percent of 80" → `(15 / 100) * 80`.
 * @returns undefined when the whole text is not arithmetic.
 */
export function spokenToExpression(text: string): string | undefined {
  const tokens = withoutFluff(tokenize(text));
  const found = readExpression(tokens, 0);
  return found !== undefined && found.length === tokens.length ? found.value : undefined;
}

/** The longest run of `tokens` that is arithmetic with at least one operation, for finding it inside a sentence. */
export function findExpression(tokens: readonly Token[]): (Reading<string> & { from: number }) | undefined {
  let best: (Reading<string> & { from: number }) | undefined;
  for (let from = 0; from < tokens.length; from += 1) {
    const found = readExpression(tokens, from);
    if (found === undefined || !/[-+*/%^(]/.test(found.value.replace(/^-/, ''))) continue;
    if (best === undefined || found.length > best.length) best = { ...found, from };
  }
  return best;
}

function withoutFluff(tokens: readonly Token[]): readonly Token[] {
  let from = 0;
  for (;;) {
    const phrase = leadIns.find((words) => words.every((word, i) => tokens[from + i]?.norm === word));
    if (phrase === undefined || startsOperation(tokens, from)) break;
    from += phrase.length;
  }
  let to = tokens.length;
  while (
    to > from &&
    /^(equals?|is|please|thanks|to|make|makes|be|exactly)$/.test(tokens[to - 1]?.norm ?? '')
  )
    to -= 1;
  return tokens.slice(from, to);
}

function startsOperation(tokens: readonly Token[], at: number): boolean {
  return matchPhrase(functions, tokens, at) !== undefined;
}

function matchPhrase(
  table: readonly (readonly [string, string])[],
  tokens: readonly Token[],
  at: number,
): Reading<string> | undefined {
  for (const [phrase, value] of table) {
    const words = phrase.split(' ');
    if (words.every((word, i) => tokens[at + i]?.norm === word)) return { value, length: words.length };
  }
  return undefined;
}

const maxOperands = 32;

/** Operand (operator operand)*, left to right; precedence is left to whoever evaluates the expression. */
function readExpression(tokens: readonly Token[], at: number, depth = 0): Reading<string> | undefined {
  if (depth > 8) return undefined;
  const combined = readCombination(tokens, at, depth);
  const first = combined ?? readOperand(tokens, at, depth);
  if (first === undefined) return undefined;
  let { value, length } = first;
  for (let count = 1; count < maxOperands; count += 1) {
    const operator = matchPhrase(infix, tokens, at + length);
    if (operator === undefined) break;
    const operand = readOperand(tokens, at + length + operator.length, depth);
    if (operand === undefined) break;
    value += ` ${operator.value} ${operand.value}`;
    length += operator.length + operand.length;
    if (operator.value === '^' && tokens[at + length]?.norm === 'power') length += 1;
  }
  return { value, length };
}

/** "the sum of 3 and 4", "subtract 5 from 12". */
function readCombination(tokens: readonly Token[], at: number, depth: number): Reading<string> | undefined {
  const the = tokens[at]?.norm === 'the' ? 1 : 0;
  for (const [opening, joiner, operator] of combinations) {
    const words = opening.split(' ');
    if (!words.every((word, i) => tokens[at + the + i]?.norm === word)) continue;
    const left = readOperand(tokens, at + the + words.length, depth);
    if (left === undefined) continue;
    const middle = at + the + words.length + left.length;
    if (tokens[middle]?.norm !== joiner) continue;
    const right = readOperand(tokens, middle + 1, depth);
    if (right === undefined) continue;
    const length = middle + 1 + right.length - at;
    const value =
      operator === 'swap' ? `${right.value} - ${left.value}` : `${left.value} ${operator} ${right.value}`;
    return { value: the === 1 || words.length > 1 ? `(${value})` : value, length };
  }
  return undefined;
}

function readOperand(tokens: readonly Token[], at: number, depth: number): Reading<string> | undefined {
  if (depth > 8) return undefined;
  const prefix =
    readPrefixed(tokens, at, depth) ?? readBracket(tokens, at, depth) ?? readPart(tokens, at, depth);
  const base = prefix ?? readNumber(tokens, at);
  return base === undefined ? undefined : readPostfix(tokens, at, base);
}

function readPrefixed(tokens: readonly Token[], at: number, depth: number): Reading<string> | undefined {
  const word = tokens[at]?.norm ?? '';
  if (['minus', 'negative'].includes(word)) {
    const operand = readOperand(tokens, at + 1, depth + 1);
    return operand && { value: `-${operand.value}`, length: operand.length + 1 };
  }
  if (['double', 'twice', 'triple'].includes(word)) {
    const operand = readOperand(tokens, at + 1, depth + 1);
    const factor = word === 'triple' ? 3 : 2;
    return operand && { value: `${factor} * ${operand.value}`, length: operand.length + 1 };
  }
  const called = matchPhrase(functions, tokens, at);
  if (called === undefined) return undefined;
  const operand = readOperand(tokens, at + called.length, depth + 1);
  if (operand === undefined) return undefined;
  const inner = /^\(.*\)$/.test(operand.value) ? operand.value.slice(1, -1) : operand.value;
  return { value: `${called.value}(${inner})`, length: called.length + operand.length };
}

function readBracket(tokens: readonly Token[], at: number, depth: number): Reading<string> | undefined {
  const isSpoken = ['open', 'left'].includes(tokens[at]?.norm ?? '');
  const open = isSpoken ? 2 : 1;
  if (!isSpoken && tokens[at]?.norm !== '(') return undefined;
  const inner = readExpression(tokens, at + open, depth + 1);
  if (inner === undefined) return undefined;
  const after = tokens[at + open + inner.length]?.norm ?? '';
  const close = after === ')' ? 1 : ['close', 'closed', 'right'].includes(after) ? 2 : 0;
  return close === 0 ? undefined : { value: `(${inner.value})`, length: open + inner.length + close };
}

/** "half of ten", "a third of 9", "two thirds of 9", "15 percent of 80". */
function readPart(tokens: readonly Token[], at: number, depth: number): Reading<string> | undefined {
  const article = ['a', 'an', 'the'].includes(tokens[at]?.norm ?? '') ? 1 : 0;
  const number = tokens[at + article]?.number;
  const wordAt = at + article + (number === undefined ? 0 : 1);
  const word = tokens[wordAt]?.norm ?? '';
  const fraction = fractionWord(word);
  const isPercent =
    number !== undefined && (word === 'percent' || (word === 'per' && tokens[wordAt + 1]?.norm === 'cent'));
  if (!isPercent && fraction === undefined) return undefined;
  let next = wordAt + (word === 'per' ? 2 : 1);
  const divisor = isPercent ? 100 : Math.round(1 / (fraction ?? 1));
  const share = `(${number ?? 1} / ${divisor})`;
  if (tokens[next]?.norm !== 'of') return { value: share, length: next - at };
  next += 1;
  const whole = readOperand(tokens, next, depth + 1);
  return whole && { value: `${share} * ${whole.value}`, length: next + whole.length - at };
}

function readNumber(tokens: readonly Token[], at: number): Reading<string> | undefined {
  const token = tokens[at];
  if (token?.number !== undefined) {
    const half = ['and', 'a', 'half'].every((word, i) => tokens[at + 1 + i]?.norm === word);
    return half
      ? { value: String(token.number + 0.5), length: 4 }
      : { value: String(token.number), length: 1 };
  }
  if (token?.norm === 'pi') return { value: 'pi', length: 1 };
  if (token?.norm === 'a' && (tokens[at + 1]?.number ?? 0) >= 100) {
    return { value: String(tokens[at + 1]?.number), length: 2 };
  }
  if (token?.norm === 'a' && tokens[at + 1]?.norm === 'dozen') return { value: '12', length: 2 };
  return token?.norm === 'dozen' ? { value: '12', length: 1 } : undefined;
}

function readPostfix(tokens: readonly Token[], at: number, base: Reading<string>): Reading<string> {
  const word = tokens[at + base.length]?.norm;
  if (word === 'squared') return { value: `${base.value} ^ 2`, length: base.length + 1 };
  if (word === 'cubed') return { value: `${base.value} ^ 3`, length: base.length + 1 };
  return base;
}

/** Arithmetic that begins at `at`, as far as it goes; a single number counts. */
export function readExpressionAt(tokens: readonly Token[], at: number): Reading<string> | undefined {
  return readExpression(tokens, at);
}
