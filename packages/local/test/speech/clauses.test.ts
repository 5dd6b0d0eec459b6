import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitClauses } from '../../src/tts/clauses.ts';
import { makeUtterances } from '../../src/tts/speakable.ts';

describe('splitClauses', () => {
  it.each<[name: string, clauses: readonly string[]]>([
    ['one short sentence', ['Hello there, friend!']],
    ['sentences', ['Sure. ', 'It is sunny. ', 'Anything else?']],
    ['decimals, times and money', ['It is 12.5 degrees at 3:30 for $4.20. ', 'Bye.']],
    ['a date', ['On November 24, 2025, at noon.']],
    ['titles and initials', ['Dr. Smith met J. Doe vs. Mr. Jones. ', 'They spoke.']],
    ['an abbreviation inside a sentence', ['Come at 9 a.m. tomorrow, e.g. by bus.']],
    ['an abbreviation that ends one', ['Come at 9 a.m. ', 'The bus is late.']],
    ['an ellipsis before a capital', ['Well... ', 'Let me see.']],
    ['a list', ['1. Milk\n', '2. Eggs\n', 'Done']],
    ['closing quotes', ['She said "yes." ', 'I heard it.']],
    ['an address', ['See example.com today.']],
    [
      'a long first sentence, which gives its beginning early',
      [
        'The weather in San Francisco today is sunny, ',
        'with a high of 72 degrees, a low of 55, and light wind from the west.',
      ],
    ],
    ['a comma too near the start', ['Well, the weather in San Francisco today is sunny and very warm.']],
  ])('keeps or cuts: %s', (_, clauses) => {
    expect(splitClauses(clauses.join(''))).toEqual(clauses);
  });

  it('cuts a very long sentence at commas, and at spaces where there are none', () => {
    const withCommas = 'this part goes on for a while, '.repeat(20);
    const withoutCommas = 'word '.repeat(200);
    for (const clause of [...splitClauses(withCommas), ...splitClauses(withoutCommas)]) {
      expect(clause.length).toBeLessThanOrEqual(220);
    }
    expect(splitClauses(withCommas).every((clause) => clause.endsWith(', '))).toBe(true);
  });

  it('bounds the work of speaking, whatever a tool returned', () => {
    for (const hostile of ['x', '. ', '* ', '[', 'a.', '1.', '12-', ' ', '.', '😀']) {
      const clauses = splitClauses(hostile.repeat(100_000));
      expect(Math.max(...clauses.map((clause) => clause.length))).toBeLessThanOrEqual(220);
      for (const clause of new Set(clauses)) expect(makeUtterances(clause)).toBeInstanceOf(Array);
    }
  });

  it('gives nothing for nothing', () => {
    expect(splitClauses('')).toEqual([]);
  });

  it('loses and adds nothing', () => {
    const words = fc.constantFrom(
      'Hello',
      'it',
      '12.5',
      '3:30',
      'Dr.',
      'a.m.',
      'yes,',
      'no.',
      'Why?',
      '1,234',
      '\n',
      '-',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 120 }), fc.string(), (parts, other) => {
        for (const text of [parts.join(' '), other]) expect(splitClauses(text).join('')).toBe(text);
      }),
    );
  });
});
