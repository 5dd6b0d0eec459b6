import type { JsonValue } from '@antiphon/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { consentOf } from '../../src/brain/confirmation.ts';
import { defaultReply, failureOf } from '../../src/brain/default-reply.ts';
import { isCancel, smallTalkOf } from '../../src/brain/small-talk.ts';
import { fillTemplate } from '../../src/brain/templates.ts';

describe('fillTemplate', () => {
  const values = {
    result: {
      temperature_c: 12.34,
      place: { name: 'London' },
      items: [{ title: 'A' }, { title: 'B' }],
      names: ['x', 'y', 'z'],
      sum: 0.1 + 0.2,
      open: true,
      none: null,
    },
    arguments: { city: 'london', seconds: 600 },
    spoken: { city: 'London' },
  };
  test.each([
    ['It is {{result.temperature_c}} in {{city}}.', 'It is 12.34 in London.'],
    ['{{ result.temperature_c | round }} degrees', '12 degrees'],
    ['{{result.temperature_c | round:1}}', '12.3'],
    ['{{result.place.name}} {{result.place.name | upper}}', 'London LONDON'],
    ['{{result.items.0.title}} {{result.items[1].title}}', 'A B'],
    ['{{result.items.length}} {{result.names | count}}', '2 3'],
    ['{{result.names}}; {{result.names | first:2}}', 'x, y and z; x and y'],
    ['{{seconds}} {{arguments.city}}', '600 london'],
    ['{{result.sum}} {{result.open}}', '0.3 yes'],
    ['{{result.nothing}}', undefined],
    ['{{result.none}}', undefined],
    ['{{result.place}}', undefined],
    ['{{result.items.7.title}}', undefined],
    ['{{unknown}} {{city}}', undefined],
    ['{{city | sing}}', undefined],
    ['{{result.__proto__}}{{constructor}}', undefined],
  ])('%j gives %j', (template, expected) => {
    expect(fillTemplate(template, values)).toBe(expected);
  });
});

describe('defaultReply', () => {
  test.each<[JsonValue, string]>([
    ['it is open', 'It is open.'],
    [42, '42.'],
    [0.1 + 0.2, '0.3.'],
    [null, 'Done.'],
    [{}, 'Done.'],
    [{ ok: true }, 'Done.'],
    [{ success: false }, 'That did not succeed.'],
    [{ temperature: 12, condition: 'fog' }, 'Temperature is 12 and condition is fog.'],
    [{ say: 'Hello there.', id: 7 }, 'Hello there.'],
    [{ result: 1435 }, '1435.'],
    [{ orderStatus: 'shipped' }, 'Order status is shipped.'],
    [['a', 'b', 'c'], 'A, b and c.'],
    [[], 'Nothing.'],
    [[{ name: 'Anna' }, { name: 'Bob' }], 'Anna and Bob.'],
  ])('%j is said as %j', (output, expected) => {
    expect(defaultReply(output)).toBe(expected);
  });

  test('is short and plain whatever the output', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (output) => {
        const text = defaultReply(output as JsonValue);
        expect(text.length).toBeGreaterThan(0);
        expect(text.length).toBeLessThan(1200);
        expect(text).not.toMatch(/undefined|\[object/);
      }),
    );
    expect(defaultReply('word '.repeat(100_000)).length).toBeLessThan(500);
  });

  test.each<[JsonValue, string | undefined]>([
    [{ error: 'No signal.' }, 'No signal.'],
    [{ error: { code: 'x', message: 'No signal.' } }, 'No signal.'],
    [{ error: true }, ''],
    [{ error: null, value: 1 }, undefined],
    ['error', undefined],
  ])('%j fails with %j', (output, expected) => {
    expect(failureOf(output)).toBe(expected);
  });
});

describe('consentOf', () => {
  test.each([
    ['Yes.', 'yes'],
    ['Yeah, go ahead, please.', 'yes'],
    ['Hmm, okay do it', 'yes'],
    ['Yes, send it.', 'yes'],
    ['Sure, why not?', 'yes'],
    ['Yesss', 'yes'],
    ['No.', 'no'],
    ["No, don't.", 'no'],
    ['Please do not send it', 'no'],
    ['Never mind', 'no'],
    ['Oh wait, stop', 'no'],
    ['Yes but to David', 'unclear'],
    ['What time is it?', 'unclear'],
    ['Bananas', 'unclear'],
    ['', 'unclear'],
  ])('%j is %s', (text, expected) => {
    expect(consentOf(text)).toBe(expected);
  });
});

describe('small talk', () => {
  test.each([
    ['Hello!', 'greeting'],
    ['Hi there, how are you?', 'wellbeing'],
    ['Thank you very much.', 'thanks'],
    ['Okay, bye.', 'goodbye'],
    ['What can you do?', 'help'],
    ['Hello, what time is it?', undefined],
    ['', undefined],
  ])('%j is %s', (text, expected) => {
    expect(smallTalkOf(text)).toBe(expected);
  });

  test.each([
    ['Never mind.', true],
    ['No, forget it', true],
    ['Cancel my order', false],
    ['London', false],
  ])('%j calls off: %s', (text, expected) => {
    expect(isCancel(text)).toBe(expected);
  });
});
