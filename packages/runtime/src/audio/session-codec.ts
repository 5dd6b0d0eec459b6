import { alawDecode, alawEncode, mulawDecode, mulawEncode } from '@antiphon/audio';
import type { AudioCodec } from '@antiphon/core';

/** An audio format of the wire. */
export type WireFormat = { readonly type: 'audio/pcm' | 'audio/pcmu' | 'audio/pcma' };

/** What the formats of the protocol are (24 kHz for PCM, 8 kHz for G.711). */
const formats = {
  'audio/pcm': { sampleRateHz: 24_000, bytesPerSample: 2, encode: pcm16Bytes, decode: undefined },
  'audio/pcmu': { sampleRateHz: 8_000, bytesPerSample: 1, encode: mulawEncode, decode: mulawDecode },
  'audio/pcma': { sampleRateHz: 8_000, bytesPerSample: 1, encode: alawEncode, decode: alawDecode },
} as const;

/** The codec of a session with these formats. Deltas may end in the middle of a sample: the odd byte is kept for the next. */
export function createSessionCodec(input: WireFormat, output: WireFormat): AudioCodec {
  const inputFormat = formats[input.type];
  const outputFormat = formats[output.type];
  const pcm = new Pcm16Parts();
  return {
    inputSampleRateHz: inputFormat.sampleRateHz,
    outputSampleRateHz: outputFormat.sampleRateHz,
    outputBytesPerMs: (outputFormat.sampleRateHz * outputFormat.bytesPerSample) / 1000,
    encode: inputFormat.encode,
    decode: outputFormat.decode ?? ((audio, partKey) => pcm.decode(audio, partKey)),
  };
}

/** Decodes little-endian samples part by part. Only the part that is being received is remembered: parts do not interleave bytes. */
class Pcm16Parts {
  #partKey = '';
  #carry: number | undefined;

  decode(audio: Uint8Array, partKey: string): Int16Array {
    if (partKey !== this.#partKey) this.#carry = undefined;
    this.#partKey = partKey;
    const bytes = this.#carry === undefined ? audio : prepend(this.#carry, audio);
    const whole = bytes.byteLength - (bytes.byteLength % 2);
    this.#carry = whole < bytes.byteLength ? bytes[whole] : undefined;
    return pcm16Samples(bytes.subarray(0, whole));
  }
}

function prepend(first: number, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(rest.byteLength + 1);
  bytes[0] = first;
  bytes.set(rest, 1);
  return bytes;
}

/** The machine is little-endian wherever Node runs; a view needs an even offset. */
function pcm16Samples(bytes: Uint8Array): Int16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Int16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}

function pcm16Bytes(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}
