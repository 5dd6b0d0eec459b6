import type { JsonObject, JsonValue } from '@antiphon/core';
import { describe, expect, test } from 'vitest';
import { parametersOf } from '../../src/brain/parameters.ts';
import { readAnswer } from '../../src/brain/slot-values.ts';
import { questionFor } from '../../src/brain/wording.ts';

const now = new Date(2026, 10, 24, 14, 0, 0);

/** What `text` means as the value of a parameter with this schema; the problem when it is told to the user. */
function read(name: string, schema: JsonObject, text: string): JsonValue | undefined {
  const [parameter] = parametersOf({ type: 'object', properties: { [name]: schema } });
  if (parameter === undefined) throw new Error('no parameter');
  const value = readAnswer(parameter, text, now);
  return value.ok ? value.value : value.problem === '' ? undefined : `! ${value.problem}`;
}

const rooms = { enum: ['living_room', 'kitchen', 'bedroom'] };
const utc = new Date(2026, 10, 24).getTimezoneOffset() === 0;

describe('values by schema', () => {
  test.each<[string, JsonObject, string, JsonValue | undefined]>([
    ['city', { type: 'string' }, 'london', 'London'],
    ['city', { type: 'string' }, 'rio de janeiro please', 'Rio de Janeiro'],
    ['city', { type: 'string' }, 'London tomorrow', 'London'],
    ['location', { type: 'string' }, 'the station', 'the station'],
    ['query', { type: 'string' }, 'stand by me, thanks', 'stand by me'],
    ['order_id', { type: 'string' }, 'four seven one one', '4711'],
    ['order_id', { type: 'string' }, 'A B 1 2 3', 'AB123'],
    ['order_id', { type: 'string', pattern: '^[A-Z]{2}\\d+$' }, 'ab 12', 'AB12'],
    ['code', { type: 'string', minLength: 4 }, '12', '! That is too short.'],
    ['count', { type: 'integer' }, 'two hundred and five', 205],
    ['count', { type: 'integer' }, 'the third', 3],
    ['count', { type: 'integer', maximum: 10 }, 'twelve', '! It must be at most 10.'],
    ['count', { type: 'integer', minimum: 1, maximum: 10 }, 'zero', '! It must be between 1 and 10.'],
    ['count', { type: 'integer' }, 'two and a half', '! It must be a whole number.'],
    ['count', { type: 'integer', multipleOf: 5 }, 'seven', '! It must be a multiple of 5.'],
    ['count', { type: ['integer', 'null'] }, 'for people', 4],
    ['amount', { type: 'number' }, 'eighteen point five', 18.5],
    ['amount', { type: 'number' }, 'minus three degrees', -3],
    ['duration_seconds', { type: 'integer' }, 'an hour and a half', 5400],
    ['durationMs', { type: 'integer' }, 'two seconds', 2000],
    ['minutes', { type: 'number' }, 'ninety seconds', 1.5],
    ['minutes', { type: 'integer' }, '10', 10],
    ['length', { type: 'integer', description: 'Duration in minutes' }, 'half an hour', 30],
    ['duration_seconds', { type: 'integer', maximum: 3600 }, 'two hours', '! It must be at most 60 minutes.'],
    ['wait', { type: 'string', format: 'duration' }, 'an hour and a half', 'PT1H30M'],
    ['duration', { type: 'string' }, 'ten minutes', 'ten minutes'],
    ['date', { type: 'string', format: 'date' }, 'next friday', '2026-12-04'],
    ['date', { type: 'string', format: 'date' }, 'on the fifth of march', '2027-03-05'],
    ['day', { type: 'string', description: 'Day as YYYY-MM-DD' }, 'tomorrow', '2026-11-25'],
    ['start', { type: 'string', description: 'HH:MM' }, 'half past nine', '09:30'],
    ['start', { type: 'string', description: 'HH:MM' }, 'nine thirty pm', '21:30'],
    ['state', { type: 'boolean' }, 'on', true],
    ['state', { type: 'boolean' }, 'no thanks', false],
    ['state', { type: 'boolean' }, 'banana', undefined],
    ['room', rooms, 'the living room', 'living_room'],
    ['room', rooms, 'the lifing room', 'living_room'],
    ['room', rooms, 'kitchin', 'kitchen'],
    ['room', rooms, 'the lounge', 'living_room'],
    ['room', rooms, 'the garage', undefined],
    ['unit', { anyOf: [{ const: 'celsius' }, { const: 'fahrenheit' }] }, 'centigrade', 'celsius'],
    ['level', { enum: [1, 2, 3] }, 'two', 2],
    [
      'items',
      { type: 'array', items: { type: 'string' } },
      'milk, bread and eggs',
      ['milk', 'bread', 'eggs'],
    ],
    ['rooms', { type: 'array', items: rooms }, 'the kitchen and the bed room', ['kitchen', 'bedroom']],
    ['expression', { type: 'string' }, 'two hundred and five times seven', '205 * 7'],
    ['sum', { type: 'string', format: 'math-expression' }, '18 plus 46', '18 + 46'],
    ['target', { type: 'object', properties: {} }, 'anything', undefined],
  ])('%s %j from %j', (name, schema, text, expected) => {
    expect(read(name, schema, text)).toEqual(expected);
  });

  test.runIf(utc)(
    'moments carry the offset that RFC 3339 asks for, unless the schema has a pattern without',
    () => {
      const withOffset = { type: 'string', format: 'date-time' };
      expect(read('when', withOffset, 'tomorrow at nine')).toBe('2026-11-25T09:00:00Z');
      expect(read('when', { type: 'string', format: 'time' }, 'half past nine')).toBe('09:30:00Z');
      const bare = { type: 'string', format: 'time', pattern: '^\\d{2}:\\d{2}:\\d{2}$' };
      expect(read('when', bare, 'half past nine')).toBe('09:30:00');
    },
  );
});

describe('questionFor', () => {
  test.each<[string, JsonObject, string]>([
    ['city', { type: 'string', description: 'City name' }, 'Which city?'],
    ['city', { type: 'string' }, 'Which city?'],
    ['recipient', { type: 'string', description: 'Who gets the message' }, 'Who gets the message?'],
    ['query', { type: 'string', description: 'What to play' }, 'What should I play?'],
    ['text', { type: 'string', description: 'The message' }, 'What should the message say?'],
    ['seconds', { type: 'integer' }, 'For how long?'],
    ['room', rooms, 'Which room: living room, kitchen or bedroom?'],
    ['guests', { type: 'integer', description: 'Number of guests.' }, 'How many guests?'],
    ['pin', { type: 'string', description: 'What is your PIN?' }, 'What is your PIN?'],
    ['date', { type: 'string', format: 'date' }, 'What is the date?'],
  ])('%s %j', (name, schema, expected) => {
    const [parameter] = parametersOf({ type: 'object', properties: { [name]: schema } });
    expect(parameter && questionFor(parameter)).toBe(expected);
  });
});
