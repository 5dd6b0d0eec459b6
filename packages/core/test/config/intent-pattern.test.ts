import { describe, expect, test } from 'vitest';
import { checkIntentPattern } from '../../src/config/intent-pattern.ts';
import { parseTemplate } from '../../src/config/text-slots.ts';

describe('checkIntentPattern', () => {
  test.each<[string, readonly string[]]>([
    ['hello there', []],
    ["(what is|what's) the weather in {city}", ['city']],
    [
      '[please] (set|start [a]) timer for {duration} [called {name|x]'.replace('{name|x', '{name}'),
      ['duration', 'name'],
    ],
    ['hello|good day', []],
    ['(a|)', []],
    ['{ city }', ['city']],
  ])('%s has the slots %j', (pattern, slots) => {
    expect(checkIntentPattern(pattern)).toMatchObject({ ok: true, slots: slots.map((name) => ({ name })) });
  });

  test.each<[string, number]>([
    ['', 0],
    ['say (a|b', 4],
    ['say [a', 4],
    ['say a)', 5],
    ['say (a]', 6],
    ['in {city', 3],
    ['in city}', 7],
    ['in {}', 3],
    ['in {a b}', 3],
    ['say ()', 5],
    ['a'.repeat(1_001), 1_000],
  ])('%s is malformed at %i', (pattern, index) => {
    expect(checkIntentPattern(pattern)).toMatchObject({ ok: false, index });
  });
});

describe('parseTemplate', () => {
  test.each<[string, readonly string[]]>([
    ['no slots', []],
    ['{{a}} and {{ result.items[0].name }}', ['a', 'result']],
    ['{{result.0.x}}', ['result']],
    ['{ a } }}', []],
  ])('%s starts from %j', (template, roots) => {
    expect(parseTemplate(template)).toMatchObject({ ok: true, slots: roots.map((root) => ({ root })) });
  });

  test.each<[string, number]>([
    ['x {{a', 2],
    ['{{}}', 0],
    ['{{a b}}', 0],
    ['{{a}} {{1}}', 6],
  ])('%s is malformed at %i', (template, index) => {
    expect(parseTemplate(template)).toMatchObject({ ok: false, index });
  });
});
