import { expect, it } from 'vitest';
import { isHeardIn } from './heard-words.ts';

it.each([
  ['It is 2:12 a.m. in Tokyo.', 'It is 2:12 AM', true],
  ['It is to twelve A M in Tokyo.', 'It is 2:12 AM', true],
  ["It's 212 am", 'It is 2:12 AM', true],
  ['It is four oh five pm.', 'It is 4:05 PM', true],
  ['It is for o five p. m.', 'It is 4:05 PM', true],
  ['It is 8:00 pm.', 'It is 8 PM', true],
  ['It is 8:50 pm.', 'It is 8:52 PM', false],
  ['It is 12:12 AM.', 'It is 2:12 AM', false],
  ['It is 2:12 PM.', 'It is 2:12 AM', false],
  ['One thousand four hundred and thirty-five.', '1,435', true],
  ['The timer is set for ten minutes.', '10 minutes', true],
])('in %j, %j is heard: %j', (heard, said, expected) => {
  expect(isHeardIn(heard, said)).toBe(expected);
});
