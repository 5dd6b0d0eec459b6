import { randomInt } from 'node:crypto';
import type { IdSource } from '@antiphon/core';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Identifiers as the hosted service makes them: `call_` and 16 characters, any other prefix and 21, all base 62. */
export function createRandomIds(): IdSource {
  return {
    nextId: (prefix) => {
      const length = prefix === 'call' ? 16 : 21;
      const random = Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
      return `${prefix}_${random}`;
    },
  };
}
