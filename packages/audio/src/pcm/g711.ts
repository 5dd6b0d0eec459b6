// Companding after the reference code of ITU-T G.191 (STL), which reads negative samples in one's complement. Other
// encoders differ from it at decision levels; all decoders agree.

/** Added before the segment is looked up: the first mu-law decision level, in units of 1/8192. */
const mulawBias = 33;

function mulawByte(sample: number): number {
  const magnitude = Math.min(((sample < 0 ? ~sample : sample) >> 2) + mulawBias, 0x1fff);
  const segment = 27 - Math.clz32(magnitude);
  const interval = (magnitude >> segment) & 0x0f;
  return (sample < 0 ? 0 : 0x80) | ((8 - segment) << 4) | (0x0f - interval);
}

function mulawSample(byte: number): number {
  const inverted = ~byte;
  const exponent = (inverted >> 4) & 7;
  const magnitude = (((inverted & 0x0f) * 2 + mulawBias) << (exponent + 2)) - mulawBias * 4;
  return byte < 0x80 ? -magnitude : magnitude;
}

function alawByte(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 4;
  const exponent = Math.max(28 - Math.clz32(magnitude), 0);
  const interval = exponent === 0 ? magnitude : (exponent << 4) | ((magnitude >> (exponent - 1)) & 0x0f);
  return (interval | (sample < 0 ? 0 : 0x80)) ^ 0x55;
}

function alawSample(byte: number): number {
  const plain = byte ^ 0x55;
  const exponent = (plain >> 4) & 7;
  const interval = (plain & 0x0f) + (exponent === 0 ? 0 : 16);
  const magnitude = ((interval << 4) + 8) << Math.max(exponent - 1, 0);
  return byte < 0x80 ? -magnitude : magnitude;
}

/** One code for each 16-bit sample, indexed by the sample's unsigned bits. */
function encodeTable(encode: (sample: number) => number): Uint8Array {
  const table = new Uint8Array(65_536);
  for (let bits = 0; bits < table.length; bits++) table[bits] = encode((bits << 16) >> 16);
  return table;
}

function decodeTable(decode: (byte: number) => number): Int16Array {
  const table = new Int16Array(256);
  for (let byte = 0; byte < table.length; byte++) table[byte] = decode(byte);
  return table;
}

/** Made when first asked for, so that programs without telephony do not start later for it. */
function whenNeeded<Table>(make: () => Table): () => Table {
  let table: Table | undefined;
  return () => (table ??= make());
}

const mulawBytes = whenNeeded(() => encodeTable(mulawByte));
const alawBytes = whenNeeded(() => encodeTable(alawByte));
const mulawSamples = whenNeeded(() => decodeTable(mulawSample));
const alawSamples = whenNeeded(() => decodeTable(alawSample));

function encodeWith(table: Uint8Array, samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) bytes[i] = table[(samples[i] ?? 0) & 0xffff] ?? 0;
  return bytes;
}

function decodeWith(table: Int16Array, bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) samples[i] = table[bytes[i] ?? 0] ?? 0;
  return samples;
}

/** Encodes 16-bit samples as G.711 mu-law, one byte each, as the ITU-T G.191 reference does. */
export function mulawEncode(samples: Int16Array): Uint8Array {
  return encodeWith(mulawBytes(), samples);
}

/** Decodes G.711 mu-law bytes to 16-bit samples. */
export function mulawDecode(bytes: Uint8Array): Int16Array {
  return decodeWith(mulawSamples(), bytes);
}

/** Encodes 16-bit samples as G.711 A-law, one byte each, as the ITU-T G.191 reference does. */
export function alawEncode(samples: Int16Array): Uint8Array {
  return encodeWith(alawBytes(), samples);
}

/** Decodes G.711 A-law bytes to 16-bit samples. */
export function alawDecode(bytes: Uint8Array): Int16Array {
  return decodeWith(alawSamples(), bytes);
}
