import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeUtterances } from '../../src/tts/speakable.ts';

describe('makeUtterances', () => {
  it.each([
    // Numbers
    ['12.5', 'twelve point five'],
    ['0.05', 'zero point zero five'],
    [
      '1,234,567.89',
      'one million two hundred thirty four thousand five hundred sixty seven point eight nine',
    ],
    ['-5 and 3 - 2', 'minus five and three minus two'],
    ['3.3333333333333335', 'three point three three three three three three'],
    ['1.5e21', 'one point five times ten to the twenty one'],
    ['the 1st, 22nd and 40th', 'the first, twenty second and fortieth'],
    ['order #1234567', 'order number one two three, four five six seven'],
    ['room 007', 'room zero zero seven'],
    ['555-123-4567', 'five five five, one two three, four five six seven'],
    ['1/2 cup', 'one half cup'],
    ['5-10 minutes, 3–5 days', 'five to ten minutes, three to five days'],
    ['6 * 7 = 42', 'six times seven equals forty two'],
    ['8 / 2', 'eight divided by two'],
    ['version 1.2.3', 'version one point two point three'],
    // Quantities
    ['-3 °C', 'minus three degrees Celsius'],
    ['1 °F or 72°F', 'one degree Fahrenheit or seventy two degrees Fahrenheit'],
    ['60 km/h', 'sixty kilometers per hour'],
    ['1 kg, 20 m², 100%', 'one kilogram, twenty square meters, one hundred percent'],
    ['5 in stock', 'five in stock'],
    // Money
    ['$12.50', 'twelve dollars and fifty cents'],
    ['$1', 'one dollar'],
    ['$0.99', 'ninety nine cents'],
    ['€1,299.00', 'one thousand two hundred ninety nine euros'],
    ['$3.5 million', 'three point five million dollars'],
    ['10 USD', 'ten dollars'],
    // Times and dates
    ['15:30', 'three thirty | P M'],
    ['5:28 AM', 'five, twenty eight | A M'],
    ['9:46', 'nine, forty six'],
    ['9:47', 'nine forty seven'],
    ['09:05', 'nine oh five | A M'],
    ['9:05', 'nine oh five'],
    ['3:05 p.m. today', 'three oh five | P M | today'],
    ['7pm', 'seven | P M'],
    ['It is 2:12 AM in Tokyo.', 'It is | two twelve | A M | in Tokyo.'],
    ['From 9 AM, until 5:30 PM.', 'From | nine | A M | until | five thirty | P M'],
    ['9 | 3 PM', 'nine, | three | P M'],
    ['00:00', 'midnight'],
    ['00:15', 'twelve fifteen | A M'],
    ['10:00', "ten o'clock"],
    ['1:02:03', 'one hour two minutes three seconds'],
    ['2025-11-24', 'November twenty fourth, twenty twenty five'],
    ['2025-13-40', 'two thousand twenty five to thirteen to forty'],
    ['2025-11-24T15:00:00Z', 'November twenty fourth, twenty twenty five at | three | P M | U T C'],
    ['Nov 24, 2025', 'November twenty fourth, twenty twenty five'],
    ['22nd of March 2004', 'twenty second of March two thousand four'],
    ['in 1905', 'in nineteen oh five'],
    ['in 1250 seconds', 'in one thousand two hundred fifty seconds'],
    // What is written for the eye
    ['**Hello** 😀 _world_', 'Hello world'],
    ['# Title\n- one\n- two\n', 'Title. one. two.'],
    ['[the site](https://example.com/x)', 'the site'],
    ['See https://www.example.com/help.', 'See example dot com slash help.'],
    ['bob.smith@example.com', 'bob dot smith at example dot com'],
    ['He said "hi" (really).', 'He said hi, really.'],
    ['order_status', 'order status'],
    // Words
    ['salt & pepper', 'salt and pepper'],
    ['Dr. Smith vs. Mr. Jones', 'Doctor Smith versus Mister Jones'],
    ['The API uses UTC, OK?', 'The A P I uses U T C, okay?'],
    ["I'll NOT go", "I'll NOT go"],
    ['Zürich café', 'Zurich cafe'],
    ['日本語', ''],
    ['...', ''],
    ['', ''],
  ])('%j is spoken as %j', (written, spoken) => {
    expect(makeUtterances(written).join(' | ')).toBe(spoken);
  });

  it('leaves only letters and punctuation', () => {
    const written = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('12:30', '3 PM', '|', '$', '-4', '°', '%', '*', '\n')),
    );
    fc.assert(
      fc.property(written, (parts) => {
        for (const utterance of makeUtterances(parts.join(' '))) {
          expect(utterance).toMatch(/^[A-Za-z.,;:!?' ]*[A-Za-z][A-Za-z.,;:!?' ]*$/);
        }
      }),
    );
  });
});
