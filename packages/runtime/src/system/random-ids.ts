import { randomFillSync } from 'node:crypto';
import type { IdSource } from '@antiphon/core';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 21;
/** Asking the system for a few bytes takes as long as asking it for many. */
const poolBytes = 2_048;

/** Identifiers `prefix_` + 21 base-62 characters: 125 bits, from the system's generator. */
export const randomIds: IdSource = randomIdSource();

function randomIdSource(): IdSource {
  const pool = new Uint8Array(poolBytes);
  let at = poolBytes;
  const nextByte = (): number => {
    if (at === poolBytes) {
      randomFillSync(pool);
      at = 0;
    }
    const byte = pool[at] ?? 0;
    // A byte is used once: what was given out cannot be read here later.
    pool[at] = 0;
    at += 1;
    return byte;
  };
  return {
    nextId(prefix) {
      let id = `${prefix}_`;
      for (let left = randomLength; left > 0; ) {
        const byte = nextByte();
        // Bytes above the largest multiple of the alphabet's size would favour its first letters.
        if (byte >= 248) continue;
        id += alphabet[byte % alphabet.length];
        left -= 1;
      }
      return id;
    },
  };
}
