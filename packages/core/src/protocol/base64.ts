/** What newer runtimes bring along; absent from the type library of the language level compiled for. */
interface Base64Bytes {
  toBase64?(): string;
}
interface Base64Constructor {
  readonly fromBase64?: (text: string) => Uint8Array;
}

const nodeBuffer = (globalThis as { Buffer?: typeof Buffer }).Buffer;
const decode = pickDecoder();

/** Decodes standard base64, padded or not. Undefined when `text` is not base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = decode(text);
  // Lenient decoders skip what they do not know, so a wrong character shows as missing bytes.
  return bytes?.length === decodedLength(text) && text.length % 4 !== 1 ? bytes : undefined;
}

/** Encodes as standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  if (nodeBuffer) {
    return nodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  }
  const modern = bytes as Base64Bytes;
  return modern.toBase64 ? modern.toBase64() : btoa(binaryString(bytes));
}

function pickDecoder(): (text: string) => Uint8Array | undefined {
  const { fromBase64 } = Uint8Array as Base64Constructor;
  if (fromBase64) {
    return (text) => attempt(() => fromBase64.call(Uint8Array, text));
  }
  return nodeBuffer
    ? (text) => plain(nodeBuffer.from(text, 'base64'))
    : (text) => attempt(() => bytesOf(atob(text)));
}

/** A `Buffer` is a `Uint8Array` whose `slice` shares memory: not what a reader of the type expects. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function decodedLength(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return Math.floor(((text.length - padding) * 3) / 4);
}

function attempt(decoder: () => Uint8Array): Uint8Array | undefined {
  try {
    return decoder();
  } catch {
    return undefined;
  }
}

function bytesOf(binary: string): Uint8Array {
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** In pieces, because the arguments of one call are limited in number. */
function binaryString(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return binary;
}
