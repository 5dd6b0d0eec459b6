const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Reads little-endian bytes as 16-bit samples. A view on the same memory where the platform allows it (even
 * `byteOffset`), else a copy. An odd last byte is left out: {@link Int16Assembler} keeps it for the next chunk.
 */
export function bytesToInt16(bytes: Uint8Array): Int16Array {
  const length = bytes.byteLength >> 1;
  if (!hostIsLittleEndian) return swapped(bytes, length);
  if (bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, length);
  return new Int16Array(bytes.slice(0, length * 2).buffer);
}

/** The samples as little-endian bytes: a view on the same memory where the platform allows it, else a copy. */
export function int16ToBytes(samples: Int16Array): Uint8Array {
  if (hostIsLittleEndian) return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) view.setInt16(i * 2, samples[i] ?? 0, true);
  return bytes;
}

function swapped(bytes: Uint8Array, length: number): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int16Array.from({ length }, (_, i) => view.getInt16(i * 2, true));
}

/** Turns a stream of little-endian bytes, cut anywhere, into 16-bit samples: an odd byte waits for its other half. */
export class Int16Assembler {
  #oddByte: number | undefined;

  /** Whether half a sample is waiting. */
  get hasOddByte(): boolean {
    return this.#oddByte !== undefined;
  }

  /** The samples that are whole now, in memory of their own. */
  push(bytes: Uint8Array): Int16Array {
    const carried = this.#oddByte === undefined ? 0 : 1;
    const joined = new Uint8Array(carried + bytes.byteLength);
    if (this.#oddByte !== undefined) joined[0] = this.#oddByte;
    joined.set(bytes, carried);
    this.#oddByte = joined.byteLength % 2 === 1 ? joined.at(-1) : undefined;
    return bytesToInt16(joined);
  }
}
