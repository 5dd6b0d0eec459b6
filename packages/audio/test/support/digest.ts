import { createHash } from 'node:crypto';

/** A fingerprint of the bits of an array and their type: comparing it is far quicker than comparing elements. */
export function digest(array: Uint8Array | Int16Array | Float32Array): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return `${array.constructor === Buffer ? 'Uint8Array' : array.constructor.name}(${array.length}) ${createHash('sha1').update(bytes).digest('hex')}`;
}
