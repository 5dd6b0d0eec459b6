import { bytesToInt16, int16ToBytes } from '../pcm/bytes.ts';

/** What two ends of a call say to each other. Positions are samples of the stream that the message is about. */
export type LinkMessage =
  /** Sound, either way. What was not sent is silence, or was lost: the next position tells. */
  | { readonly type: 'audio'; readonly position: number; readonly samples: Int16Array }
  /** To the player: an interruption. What lies before `position` is not to be played any more. */
  | { readonly type: 'clear'; readonly position: number }
  /** From the player: everything before `position` was played, silence and losses included. */
  | { readonly type: 'played'; readonly position: number };

const types = ['audio', 'clear', 'played'] as const;
const headerByteLength = 8;

/** A message as bytes: its type and, in 6 bytes, its position; then PCM16. All little-endian. */
export function linkMessageToBytes(message: LinkMessage): Uint8Array {
  const audio = message.type === 'audio' ? int16ToBytes(message.samples) : new Uint8Array(0);
  const bytes = new Uint8Array(headerByteLength + audio.length);
  const header = new DataView(bytes.buffer);
  header.setUint8(0, types.indexOf(message.type) + 1);
  header.setUint16(2, Math.floor(message.position / 2 ** 32), true);
  header.setUint32(4, message.position % 2 ** 32, true);
  bytes.set(audio, headerByteLength);
  return bytes;
}

/** Reads what {@link linkMessageToBytes} wrote; undefined for all else: on a network that is a message that was lost. */
export function linkMessageFromBytes(bytes: Uint8Array): LinkMessage | undefined {
  if (bytes.length < headerByteLength || bytes.length % 2 !== 0) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerByteLength);
  const type = types[header.getUint8(0) - 1];
  const position = header.getUint16(2, true) * 2 ** 32 + header.getUint32(4, true);
  if (type === 'audio') return { type, position, samples: bytesToInt16(bytes.subarray(headerByteLength)) };
  return type === undefined || bytes.length > headerByteLength ? undefined : { type, position };
}
