import { calculatorPlugin } from '@antiphon/tools';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateExpression } from '../src/plugins/calculator/evaluate.ts';
import { numberText } from '../src/plugins/calculator/number-text.ts';
import { readNumberWords } from '../src/plugins/calculator/number-words.ts';
import { writtenMath } from '../src/plugins/calculator/spoken-math.ts';
import { pluginTools } from './support/host.ts';

async function ask(expression: string) {
  const { call } = await pluginTools(calculatorPlugin());
  return call('calculate', JSON.stringify({ expression }));
}

describe('what can be asked', () => {
  it.each([
    ['205 * 7', '1435'],
    ['205 times 7', '1435'],
    ['what is two hundred and five times seven?', '1435'],
    ['15 percent of 80', '12'],
    ['(15 / 100) * 80', '12'],
    ['15% of 80', '12'],
    ['80 plus 15%', '92'],
    ['20% off 80', '64'],
    ['increase 80 by 15 percent', '92'],
    ['the square root of 81', '9'],
    ['sqrt(81)', '9'],
    ['the square root of 16 plus 9', '13'],
    ['cube root of 27', '3'],
    ['two to the power of ten', '1024'],
    ['2 ** 10', '1024'],
    ['five squared', '25'],
    ['eight to the third power', '512'],
    ['-2^2', '-4'],
    ['negative five plus three', '-2'],
    ['3 plus 4 times 2', '11'],
    ['(3 + 4) * 2', '14'],
    ['half of 90', '45'],
    ['three quarters of 80', '60'],
    ['three dozen', '36'],
    ['seven factorial', '5040'],
    ['5!', '120'],
    ['10 % 3', '1'],
    ['remainder of 17 divided by 5', '2'],
    ['the sum of 3 and 4', '7'],
    ['subtract 5 from 7', '2'],
    ['average of 4 and 10', '7'],
    ['log of 100', '2'],
    ['sine of 30 degrees', '0.5'],
    ['0.1 + 0.2', '0.3'],
    ['1,234 + 1', '1235'],
    ['$20 plus $5', '25'],
    ['12 x 12', '144'],
    ['12x12', '144'],
    ['3 × 4 ÷ 2', '6'],
    ['2.5 million times 2', '5000000'],
    ['point five times 4', '2'],
    ['three point one four times two', '6.28'],
    ['1 / 3', 'about 0.333333'],
    ['square root of 2', 'about 1.414214'],
    ['2 + 2 =', '4'],
    ['100 factorial', 'about 9.33262 times 10 to the power of 157'],
  ])('%s', async (expression, text) => {
    expect(await ask(expression)).toMatchObject({ status: 'completed', output: { text } });
  });
});

describe('what has no answer', () => {
  it.each([
    ['7 divided by 0', 'Dividing by zero has no value.'],
    ['1 / (2 - 2)', 'Dividing by zero has no value.'],
    ['sqrt(-1)', 'That has no real value.'],
    ['10 ^ 400', 'The result is too large to say.'],
    ['171!', 'The result is too large to say.'],
    ['(-1)!', 'That has no value.'],
    ['hello', 'I do not know what "hello" means.'],
    ['2 +', 'That is not an arithmetic expression.'],
    ['a = 1', 'That is not an arithmetic expression.'],
    ['[1, 2]', 'That is not an arithmetic expression.'],
    ['1; 2', 'That is not an arithmetic expression.'],
    ['"text"', 'That is not an arithmetic expression.'],
    ['true', 'That is not an arithmetic expression.'],
    ['import(1)', 'I do not know the function "import".'],
    ['evaluate("1")', 'I do not know the function "evaluate".'],
    ['(1+'.repeat(150), 'That is not an arithmetic expression.'],
    [`1${' + 1'.repeat(120)}`, 'The expression is too long.'],
  ])('%s', async (expression, error) => {
    expect(await ask(expression)).toMatchObject({ status: 'failed', output: { error } });
  });

  it.each([
    ['f(x) = x'],
    ['sqrt.constructor("return 1")()'],
    ['e.constructor'],
    ['cos = 1'],
    ['unit("5 cm")'],
  ])('lets nothing but numbers through: %s', async (expression) => {
    await expect(evaluateExpression(expression)).rejects.toThrow(/not an arithmetic|do not know/);
  });
});

describe('numbers', () => {
  it.each([
    ['two hundred and five', '205', 4],
    ['one hundred twenty three thousand four hundred and fifty six', '123456', 10],
    ['twenty five', '25', 2],
    ['twenty twenty', '20', 1],
    ['five six', '5', 1],
    ['a hundred', undefined, 0],
    ['hundred', '100', 1],
    ['3 million', '3000000', 2],
    ['four point seven five', '4.75', 4],
    ['four point seventy five', '4.75', 4],
    ['4 point 75', '4.75', 3],
    ['two and three', '2', 1],
    ['plus', undefined, 0],
  ])('%s', (text, digits, length) => {
    const read = readNumberWords(text.split(' '));
    expect(read).toEqual(digits === undefined ? undefined : { digits, length });
  });

  it('written in words are read back', () => {
    const words = (value: number): string => {
      const small =
        'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
          ' ',
        );
      const tens = 'zero ten twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
      const rest = (size: number) => (value % size === 0 ? '' : ` ${words(value % size)}`);
      if (value < 20) return small[value] ?? '';
      if (value < 100) return (tens[Math.floor(value / 10)] ?? '') + rest(10);
      if (value < 1_000) return `${words(Math.floor(value / 100))} hundred${rest(100)}`;
      if (value < 1e6) return `${words(Math.floor(value / 1_000))} thousand${rest(1_000)}`;
      return `${words(Math.floor(value / 1e6))} million${rest(1e6)}`;
    };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), (value) => {
        expect(writtenMath(words(value))).toBe(String(value));
      }),
    );
  });

  it('are shown without noise, and say so when they were rounded', () => {
    expect(numberText(1e15 + 0.5)).toEqual({ text: '1 times 10 to the power of 15', isRounded: false });
    expect(numberText(1.5)).toEqual({ text: '1.5', isRounded: false });
    expect(numberText(0.1 + 0.2)).toEqual({ text: '0.3', isRounded: false });
    expect(numberText(123_456.789)).toEqual({ text: '123456.789', isRounded: false });
    expect(numberText(0.000_012_345_678)).toEqual({ text: '0.0000123457', isRounded: true });
    expect(numberText(1.25e-9)).toEqual({ text: '1.25 times 10 to the power of -9', isRounded: false });
    expect(numberText(-0)).toEqual({ text: '0', isRounded: false });
  });

  it('leave written sums as they are', () => {
    const number = fc.integer({ min: 0, max: 99_999 }).map(String);
    const sum = fc
      .tuple(number, fc.constantFrom('+', '-', '*', '/', '^'), number)
      .map((parts) => parts.join(' '));
    fc.assert(
      fc.property(sum, (text) => {
        expect(writtenMath(text)).toBe(text);
      }),
    );
  });
});
