import {
  alawDecode,
  alawEncode,
  bytesToInt16,
  Int16Assembler,
  int16ToBytes,
  mulawDecode,
  mulawEncode,
} from '@antiphon/audio';
import type { AudioCodec } from '@antiphon/core';

/** An audio format of the wire. */
export type WireFormat = { readonly type: 'audio/pcm' | 'audio/pcmu' | 'audio/pcma' };

/** What the formats of the protocol are (24 kHz for PCM, 8 kHz for G.711). */
const formats = {
  'audio/pcm': { sampleRateHz: 24_000, bytesPerSample: 2, encode: int16ToBytes, decode: undefined },
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

/** Decodes samples part by part. Only the part that is being received is remembered: a part never ends in half a sample. */
class Pcm16Parts {
  #partKey = '';
  #assembler = new Int16Assembler();

  decode(audio: Uint8Array, partKey: string): Int16Array {
    if (partKey !== this.#partKey) this.#assembler = new Int16Assembler();
    this.#partKey = partKey;
    const isWhole = audio.byteLength % 2 === 0 && !this.#assembler.hasOddByte;
    return isWhole ? bytesToInt16(audio) : this.#assembler.push(audio);
  }
}
