import { describe, expect, it } from 'vitest';
import { consentQuestion } from '../../src/consent/consent-question.ts';
import { english } from '../../src/consent/english.ts';
import { german } from '../../src/consent/german.ts';
import type { JsonObject } from '../../src/json.ts';

const parts = (values: JsonObject, parameters: readonly string[] = Object.keys(values)) => ({
  say: undefined,
  description: 'Cancels an order of the caller. Use it when asked.',
  parameters,
  arguments: values,
});

describe('a question of consent', () => {
  it.each([
    [{}, 'Cancels an order of the caller. Shall I go ahead?'],
    [{ order_id: 17 }, 'Cancels an order of the caller. Order id: 17. Shall I go ahead?'],
    [
      { express: true, note: null },
      'Cancels an order of the caller. Express: yes. Note: nothing. Shall I go ahead?',
    ],
    [{ lines: ['a', 'b', 'c'] }, 'Cancels an order of the caller. Lines: a, b and c. Shall I go ahead?'],
    [
      { to: { firstName: 'Ann', zip: '1' } },
      'Cancels an order of the caller. To: first Name Ann and zip 1. Shall I go ahead?',
    ],
    [{ note: 'Really? Yes!' }, 'Cancels an order of the caller. Note: Really? Yes! Shall I go ahead?'],
  ])('reads out %j', (values, text) => {
    expect(consentQuestion(parts(values), english.phrases)).toMatchObject({ text, closingLength: 17 });
  });

  it('has the order of the declaration, and leaves nothing out', () => {
    const { text } = consentQuestion(parts({ b: 1, hidden: 2, a: 3 }, ['a', 'b']), german.phrases);
    expect(text).toBe('Cancels an order of the caller. A: 3. B: 1. Hidden: 2. Soll ich das so machen?');
  });

  it('is what the author wrote', () => {
    const said = consentQuestion(
      {
        ...parts({ order: 17, gift: false }),
        say: 'Cancel order {{ order }}, gift {{gift}}, {{constructor}}?',
      },
      english.phrases,
    );
    expect(said).toEqual({
      text: 'Cancel order 17, gift no, nothing?',
      closingLength: 0,
      values: ['No'],
    });
  });

  it('tells which texts have to be heard as they are', () => {
    const values = { to: { name: 'Ann', phones: ['a', 1] }, express: true, note: null };
    expect(consentQuestion(parts(values), english.phrases).values).toEqual(['Ann', 'a', 'Yes']);
  });
});
