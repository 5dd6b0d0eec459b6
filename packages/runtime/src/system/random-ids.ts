import { randomBytes } from 'node:crypto';
import type { IdSource } from '@antiphon/core';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 21;

/** Identifiers `prefix_` + 21 base-62 characters: 125 bits, from the system's generator. */
export const randomIds: IdSource = {
  nextId(prefix) {
    let id = '';
    while (id.length < randomLength) {
      for (const byte of randomBytes(randomLength)) {
        // Bytes above the largest multiple of the alphabet's size would favour its first letters.
        if (byte < 248 && id.length < randomLength) id += alphabet[byte % alphabet.length];
      }
    }
    return `${prefix}_${id}`;
  },
};
