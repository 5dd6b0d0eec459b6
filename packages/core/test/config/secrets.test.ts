import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact } from '../../src/config/secrets.ts';

const value = 'p"ss wörd/+!';
const secrets = [{ name: 'KEY', value }];

describe('redact', () => {
  test.each([
    ['as it is', value],
    ['in JSON', JSON.stringify(value).slice(1, -1)],
    ['in a URL', encodeURIComponent(value)],
    [
      'in a URL in small letters',
      encodeURIComponent(value).replaceAll(/%../g, (escape) => escape.toLowerCase()),
    ],
    ['in a form', new URLSearchParams({ v: value }).toString().slice(2)],
    ['in base64', Buffer.from(value).toString('base64')],
    ['in base64url', Buffer.from(value).toString('base64url')],
  ])('replaces a secret %s', (_, written) => {
    expect(redact(`a ${written} b`, secrets)).toBe('a [secret:KEY] b');
  });

  test('finds it inside a larger base64 text', () => {
    for (const before of ['', 'u', 'us', 'use', 'user:']) {
      const encoded = Buffer.from(`${before}${value}:after`).toString('base64');
      expect(redact(encoded, secrets)).toContain('[secret:KEY]');
    }
  });

  test('leaves values of fewer than four characters', () => {
    expect(redact('the cat', [{ name: 'K', value: 'cat' }])).toBe('the cat');
  });

  test('replaces the longer of two secrets first', () => {
    const both = [
      { name: 'SHORT', value: 'abcd' },
      { name: 'LONG', value: 'abcdefgh' },
    ];
    expect(redact('abcdefgh abcd', both)).toBe('[secret:LONG] [secret:SHORT]');
  });

  test('takes $ in names and values literally', () => {
    expect(redact('x $&$1$$ y', [{ name: 'N', value: '$&$1$$' }])).toBe('x [secret:N] y');
  });

  test('leaves no secret in any text', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, unit: 'binary' }),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          fc.pre(!'[secret:N]'.includes(secret));
          const redacted = redact(before + secret + after, [{ name: 'N', value: secret }]);
          expect(redacted).toContain('[secret:N]');
        },
      ),
    );
  });
});
