import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpolate } from '../../src/config/interpolate.ts';

const env = { A: 'alpha', EMPTY: '', _b2: 'beta', INNER: '${A}' };

describe('interpolate', () => {
  test.each<[string, string]>([
    ['plain', 'plain'],
    ['${A}', 'alpha'],
    ['x${A}y${_b2}z', 'xalphaybetaz'],
    ['${EMPTY}', ''],
    ['${NONE:-default}', 'default'],
    ['${EMPTY:-default}', 'default'],
    ['${A:-default}', 'alpha'],
    ['${NONE:-}', ''],
    ['${NONE:-http://h:1/?q=$x}', 'http://h:1/?q=$x'],
    ['${A:?needed}', 'alpha'],
    ['$${A}', '${A}'],
    ['$$${A}', '$${A}'],
    ['${A}$${A}', 'alpha${A}'],
    ['$A $ $$', '$A $ $$'],
    ['{{A}}', '{{A}}'],
    ['${INNER}', '${A}'],
  ])('%s is %s', (source, text) => {
    expect(interpolate(source, env)).toMatchObject({ text, missing: [], malformed: [] });
  });

  test.each([
    ['${NONE}', 'NONE', 0, ''],
    ['ab ${NONE:?give one}', 'NONE', 3, 'give one'],
    ['${EMPTY:?give one}', 'EMPTY', 0, 'give one'],
    ['${toString}', 'toString', 0, ''],
  ])('%s is missing %s', (source, name, index, message) => {
    expect(interpolate(source, env).missing).toEqual([{ name, index, message }]);
  });

  test.each([
    ['${', 0],
    ['a ${A', 2],
    ['${}', 0],
    ['${1A}', 0],
    ['${A B}', 0],
    ['${A-x}', 0],
    ['${A:x}', 0],
    ['${A:-${B}}', 0],
  ])('%s is malformed', (source, index) => {
    expect(interpolate(source, env).malformed).toMatchObject([{ index }]);
  });

  test('says which values are in the text, and whether it is one variable only', () => {
    expect(interpolate('${A}', env)).toMatchObject({ whole: true, used: [{ name: 'A', value: 'alpha' }] });
    expect(interpolate('${NONE:-5}', env)).toMatchObject({ whole: true, used: [] });
    expect(interpolate('${A} ', env).whole).toBe(false);
  });

  test('gives back any text once its variables are escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', ' ') }), (text) => {
        fc.pre(!text.includes('$${'));
        expect(
          interpolate(
            text.replaceAll('${', () => '$${'),
            env,
          ).text,
        ).toBe(text);
      }),
    );
  });
});
