/** One page of an Ogg stream (RFC 3533). */
export interface OggPage {
  readonly kind: 'first' | 'middle' | 'last';
  /** The number of samples, at the rate of the codec, that are whole with this page. */
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
  /** Whole packets. */
  readonly packets: readonly Uint8Array[];
}

/** A page has room for so many segments of 255 bytes. */
export const oggSegmentsPerPage = 255;
const headerByteLength = 27;
const crcAt = 22;
const flags = { first: 2, middle: 0, last: 4 } as const;

/** How many segments a packet takes: the last one is shorter than 255 bytes, possibly empty. */
export function oggSegments(packet: Uint8Array): number {
  return Math.floor(packet.length / 255) + 1;
}

/** The bytes of a page; its packets fit into {@link oggSegmentsPerPage}. */
export function oggPageToBytes({ kind, granule, serial, sequence, packets }: OggPage): Uint8Array {
  const lacing = packets.flatMap((packet) => [
    ...new Array<number>(oggSegments(packet) - 1).fill(255),
    packet.length % 255,
  ]);
  const length = packets.reduce((total, packet) => total + packet.length, headerByteLength + lacing.length);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4f, 0x67, 0x67, 0x53, 0, flags[kind]]); // OggS
  view.setUint32(6, granule % 2 ** 32, true);
  view.setUint32(10, Math.floor(granule / 2 ** 32), true);
  view.setUint32(14, serial, true);
  view.setUint32(18, sequence, true);
  bytes[26] = lacing.length;
  bytes.set(lacing, headerByteLength);
  let at = headerByteLength + lacing.length;
  for (const packet of packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
  view.setUint32(crcAt, crc32(bytes), true);
  return bytes;
}

/** Ogg's CRC: polynomial 0x04c11db7, most significant bit first, from 0, not inverted. */
const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let crc = n << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000_0000 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
  return crc >>> 0;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  return crc;
}
