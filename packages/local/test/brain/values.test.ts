import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isoDate, isoTime } from '../../src/brain/date-format.ts';
import { readMoment, resolveMoment } from '../../src/brain/dates.ts';
import { isoDuration, readDuration, spokenDuration } from '../../src/brain/durations.ts';
import { readQuantity } from '../../src/brain/quantities.ts';
import { spokenToExpression } from '../../src/brain/spoken-math.ts';
import { tokenize } from '../../src/brain/tokens.ts';

/** Tuesday afternoon, local time. */
const now = new Date(2026, 10, 24, 14, 0, 0);

describe('tokenize', () => {
  test.each([
    ["What's the weather?", 'what is the weather'],
    ['WHATS the   weather', 'what is the weather'],
    ['twenty-five', '25'],
    ['two hundred and five', '205'],
    ['one thousand two hundred and thirty four', '1234'],
    ['two hundred and three hundred', '200 and 300'],
    ['nine thirty', '9 30'],
    ['three point one four', '3.14'],
    ['two point five million', '2500000'],
    ['1,234 euros', '1234 euros'],
    ['at 9 a.m. sharp', 'at 9 am sharp'],
    ['São Paulo', 'sao paulo'],
    ["I don't can't won't", 'i do not can not will not'],
    ['one two three', '1 2 3'],
    ['15% of $80', '15 percent of dollars 80'],
    ['', ''],
  ])('%j', (text, expected) => {
    expect(
      tokenize(text)
        .map((token) => token.norm)
        .join(' '),
    ).toBe(expected);
  });

  test('keeps the place of every token in the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        let end = 0;
        for (const token of tokenize(text)) {
          expect(token.start).toBeGreaterThanOrEqual(end);
          expect(token.end).toBeGreaterThanOrEqual(token.start);
          expect(token.end).toBeLessThanOrEqual(text.length);
          end = token.end;
        }
      }),
    );
  });
});

describe('readQuantity', () => {
  test.each([
    ['two hundred and five', 205],
    ['eighteen point five', 18.5],
    ['minus three', -3],
    ['-3', -3],
    ['a dozen', 12],
    ['two dozen', 24],
    ['half', 0.5],
    ['two and a half', 2.5],
    ['three quarters', 0.75],
    ['a couple of', 2],
    ['a hundred', 100],
    ['18.5', 18.5],
    ['banana', undefined],
    ['a', undefined],
  ])('%j is %j', (text, expected) => {
    expect(readQuantity(tokenize(text), 0)?.value).toBe(expected);
  });

  test('reads every whole number below a million as it is spelled', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), (number) => {
        expect(tokenize(spell(number)).map((token) => token.norm)).toEqual([String(number)]);
      }),
    );
  });
});

const ones =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const decades = 'x x twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

function spell(number: number): string {
  if (number < 20) return ones[number] ?? '';
  if (number < 100)
    return `${decades[Math.floor(number / 10)]}${number % 10 ? `-${spell(number % 10)}` : ''}`;
  if (number < 1000)
    return `${spell(Math.floor(number / 100))} hundred${number % 100 ? ` and ${spell(number % 100)}` : ''}`;
  const rest = number % 1000;
  const joint = rest > 0 && rest < 100 ? ' and ' : ' ';
  return `${spell(Math.floor(number / 1000))} thousand${rest ? `${joint}${spell(rest)}` : ''}`;
}

describe('readDuration', () => {
  test.each([
    ['ten minutes', 600],
    ['an hour and a half', 5400],
    ['one hour and thirty minutes', 5400],
    ['1 hour 30', 5400],
    ['ninety seconds', 90],
    ['half an hour', 1800],
    ['three quarters of an hour', 2700],
    ['a quarter of an hour', 900],
    ['two and a half minutes', 150],
    ['2 hours, 15 minutes and 10 seconds', 8110],
    ['a minute', 60],
    ['a couple of days', 172_800],
    ['four tea minutes', 2400],
    ['for minutes', 240],
    ['ten bananas', undefined],
  ])('%j is %j s', (text, seconds) => {
    expect(readDuration(tokenize(text), 0)?.value).toBe(seconds);
  });

  test.each([
    [5400, 'PT1H30M'],
    [90, 'PT1M30S'],
    [86_400, 'P1D'],
    [0, 'PT0S'],
    [0.5, 'PT0.5S'],
  ])('%d s is %s in ISO 8601', (seconds, text) => {
    expect(isoDuration(seconds)).toBe(text);
  });

  test.each([
    [86_400, '24 hours'],
    [90, '90 seconds'],
    [1, '1 second'],
    [600, '10 minutes'],
  ])('%d s is said as %s', (seconds, text) => {
    expect(spokenDuration(seconds)).toBe(text);
  });
});

describe('readMoment', () => {
  test.each([
    ['christmas eve', '2026-12-24 00:00:00'],
    ["new year's day", '2027-01-01 00:00:00'],
    ['today', '2026-11-24 00:00:00'],
    ['tomorrow', '2026-11-25 00:00:00'],
    ['the day after tomorrow', '2026-11-26 00:00:00'],
    ['friday', '2026-11-27 00:00:00'],
    ['next friday', '2026-12-04 00:00:00'],
    ['tuesday', '2026-12-01 00:00:00'],
    ['on the fifth of march', '2027-03-05 00:00:00'],
    ['March 5th, 2028', '2028-03-05 00:00:00'],
    ['the twenty third of december', '2026-12-23 00:00:00'],
    ['december twenty fourth twenty twenty six', '2026-12-24 00:00:00'],
    ['the third', '2026-12-03 00:00:00'],
    ['2027-01-31', '2027-01-31 00:00:00'],
    ['in two weeks', '2026-12-08 00:00:00'],
    ['in ten minutes', '2026-11-24 14:10:00'],
    ['at half past nine', '2026-11-24 21:30:00'],
    ['quarter to four', '2026-11-24 15:45:00'],
    ['9:30 pm', '2026-11-24 21:30:00'],
    ["at nine o'clock", '2026-11-24 21:00:00'],
    ['tomorrow at 9 a.m.', '2026-11-25 09:00:00'],
    ['at seven in the evening tomorrow', '2026-11-25 19:00:00'],
    ['tonight at eight', '2026-11-24 20:00:00'],
    ['noon', '2026-11-25 12:00:00'],
    ['midnight', '2026-11-25 00:00:00'],
    ['the thirtieth of february', undefined],
    ['banana', undefined],
  ])('%j is %s', (text, expected) => {
    const found = readMoment(tokenize(text), 0, now);
    const date = found && resolveMoment(found.value, now);
    expect(date && `${isoDate(date)} ${isoTime(date)}`).toBe(expected);
  });
});

describe('spokenToExpression', () => {
  test.each([
    ['two hundred and five times seven', '205 * 7'],
    ['What is 205 times 7?', '205 * 7'],
    ['18 plus 46', '18 + 46'],
    ['18+46', '18 + 46'],
    ['the square root of 81', 'sqrt(81)'],
    ['15 percent of 80', '(15 / 100) * 80'],
    ['15% of 80', '(15 / 100) * 80'],
    ['3 to the power of 4', '3 ^ 4'],
    ['half of ten', '(1 / 2) * 10'],
    ['two thirds of nine', '(2 / 3) * 9'],
    ['ten divided by four', '10 / 4'],
    ['seven squared plus one', '7 ^ 2 + 1'],
    ['minus three plus five', '-3 + 5'],
    ['2 * (3 + 4)', '2 * (3 + 4)'],
    ['the sum of three and four', '(3 + 4)'],
    ['subtract 5 from 12', '12 - 5'],
    ['twice 21', '2 * 21'],
    ['two and a half times four', '2.5 * 4'],
    ['42', '42'],
    ['the capital of France', undefined],
    ['', undefined],
  ])('%j is %j', (text, expected) => {
    expect(spokenToExpression(text)).toBe(expected);
  });

  test('is bounded on hostile nesting', () => {
    expect(spokenToExpression('minus '.repeat(5000))).toBeUndefined();
    expect(spokenToExpression('( '.repeat(5000))).toBeUndefined();
  });
});
