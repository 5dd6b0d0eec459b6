import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parametersOf } from '../../src/brain/parameters.ts';
import { graphOf } from '../../src/brain/pattern-graph.ts';
import { isGoodMatch, matchPattern } from '../../src/brain/pattern-match.ts';
import { checkIntentPattern, compilePattern } from '../../src/brain/pattern-syntax.ts';
import { createUtterance } from '../../src/brain/utterance.ts';

const now = new Date(2026, 10, 24, 14, 0, 0);
const parameters = new Map(
  parametersOf({
    type: 'object',
    properties: {
      city: { type: 'string', description: 'City name' },
      seconds: { type: 'integer' },
      room: { type: 'string', enum: ['living_room', 'kitchen'] },
      person: { type: 'string' },
      text: { type: 'string' },
    },
  }).map((one) => [one.name, one] as const),
);

/** The text each slot took, or undefined when the pattern does not fit. */
function slotsOf(pattern: string, text: string): Record<string, string> | undefined {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw new Error(compiled.problem);
  const utterance = createUtterance(text, now);
  const match = matchPattern(graphOf(compiled.node), utterance, { parameters });
  if (match === undefined || !isGoodMatch(match)) return undefined;
  return Object.fromEntries(
    [...match.slots].map(([name, { span }]) => [
      name,
      text.slice(utterance.tokens[span.from]?.start, utterance.tokens[span.to - 1]?.end),
    ]),
  );
}

describe('matching', () => {
  const weather = "(what's|how is) the weather [like] in {city}";
  test.each([
    [weather, "What's the weather in Sao Paulo?", { city: 'Sao Paulo' }],
    [weather, 'what is the weather in london', { city: 'london' }],
    [weather, "WHAT'S THE WHETHER LIKE IN ROME", { city: 'ROME' }],
    [weather, 'Hey, could you tell me how is the weather in Oslo please?', { city: 'Oslo' }],
    [weather, 'Um, whats the weather in, uh, Paris, thanks', { city: 'Paris' }],
    [weather, "What's the weather?", {}],
    ['set [a] timer for {seconds}', 'Set a time her for ten minutes.', { seconds: 'ten minutes' }],
    ['set [a] timer for {seconds}', 'set a timer for four tea minutes', { seconds: 'four tea minutes' }],
    ['set [a] timer for {seconds}', 'Please set timer for 90 seconds', { seconds: '90 seconds' }],
    ['turn on the {room} light', 'turn on the living room light', { room: 'living room' }],
    ['turn on the {room} light', 'Turn on the lifing room lights', { room: 'lifing room' }],
    [
      'tell {person} that {text}',
      'Tell Anna that I love that song.',
      { person: 'Anna', text: 'I love that song' },
    ],
    ['((what|which) time is it|tell me the time) [[right] now]', 'which time is it now', {}],
    ['count to twenty five', 'Count to 25!', {}],
  ])('%j takes %j', (pattern, text, expected) => {
    expect(slotsOf(pattern, text)).toEqual(expected);
  });

  test.each([
    [weather, 'What is the capital of France?'],
    [weather, 'What is the time in Paris?'],
    [weather, 'Who wrote this book?'],
    [weather, ''],
    ['set [a] timer for {seconds}', 'Set a place for dinner.'],
    ['tell {person} that {text}', 'Tell me a joke.'],
    ['tell {person} that {text}', 'Can you tell me the time?'],
    ['put on {text}', 'Put me through to someone.'],
    ['play {text}', 'What did they play at the concert?'],
  ])('%j leaves %j alone', (pattern, text) => {
    expect(slotsOf(pattern, text)).toBeUndefined();
  });
});

describe('checkIntentPattern', () => {
  test.each([
    ['weather in {city}', []],
    [
      'weather in {town}',
      [{ column: 12, problem: 'the slot {town} is no parameter of the tool; it has city' }],
    ],
    ['weather (in', [{ column: 9, problem: '"(" is never closed by ")"' }]],
    ['weather in)', [{ column: 11, problem: '")" closes nothing' }]],
    ['weather ]', [{ column: 9, problem: '"]" closes nothing' }]],
    ['weather {city', [{ column: 9, problem: '"{" is never closed by "}"' }]],
    ['weather city}', [{ column: 13, problem: '"}" closes nothing' }]],
    ['weather {a b}', [{ column: 9, problem: '"{a b}" is not the name of a parameter' }]],
    ['weather [] now', [{ column: 9, problem: 'nothing is inside "[]"' }]],
    ['', [{ column: 1, problem: 'the pattern has no word and no slot' }]],
    [
      '[please]',
      [{ column: 1, problem: 'everything in the pattern is optional, so it would match silence' }],
    ],
    ['(a|)', [{ column: 1, problem: 'everything in the pattern is optional, so it would match silence' }]],
  ])('%j', (pattern, problems) => {
    expect(checkIntentPattern(pattern, ['city'])).toEqual(problems);
  });

  test('refuses deep nesting and great length instead of choking on them', () => {
    expect(checkIntentPattern('('.repeat(400), [])[0]?.problem).toMatch(/levels deep/);
    expect(checkIntentPattern(`${'['.repeat(300)}a${']'.repeat(300)}`, [])[0]?.problem).toMatch(
      /levels deep/,
    );
    expect(checkIntentPattern('a'.repeat(10_000), [])[0]?.problem).toMatch(/longer than 1000/);
  });

  test('never throws, and what compiles can be matched', () => {
    const piece = fc.constantFrom(
      'a',
      'b c',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '|',
      '{city}',
      '{seconds}',
      ' ',
      'the',
      '12',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.string({ maxLength: 60 }), (pieces, text) => {
        const compiled = compilePattern(pieces.join(''));
        if (!compiled.ok) {
          expect(compiled.column).toBeGreaterThan(0);
          return;
        }
        const match = matchPattern(graphOf(compiled.node), createUtterance(text, now), { parameters });
        expect(match === undefined || match.penalty >= 0).toBe(true);
      }),
    );
  });
});

describe('cost', () => {
  test('a pattern that would make a backtracking matcher explode has a graph as long as itself', () => {
    const pattern = '[a] '.repeat(240);
    const compiled = compilePattern(`${pattern}b`);
    expect(compiled.ok).toBe(true);
    if (!compiled.ok) return;
    const graph = graphOf(compiled.node);
    expect(graph.edges.flat().length).toBeLessThan(pattern.length * 2);
    const match = matchPattern(graph, createUtterance('a '.repeat(10_000), now), { parameters });
    expect(match === undefined || match.weight > 0).toBe(true);
  });
});
