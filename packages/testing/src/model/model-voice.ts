import { alawEncode, int16ToBytes, mulawEncode } from '@antiphon/audio';
import { encodeBase64, type JsonObject } from '@antiphon/core';
import { speechLike } from '../signals.ts';

/** How sound is written on the wire. */
export interface WireFormat {
  readonly sampleRateHz: number;
  /** Bytes of one millisecond. */
  readonly bytesPerMs: number;
  readonly encode: (samples: Int16Array) => Uint8Array;
}

const formats: Readonly<Record<string, WireFormat>> = {
  'audio/pcm': { sampleRateHz: 24_000, bytesPerMs: 48, encode: int16ToBytes },
  'audio/pcmu': { sampleRateHz: 8_000, bytesPerMs: 8, encode: mulawEncode },
  'audio/pcma': { sampleRateHz: 8_000, bytesPerMs: 8, encode: alawEncode },
};
const pcm: WireFormat = { sampleRateHz: 24_000, bytesPerMs: 48, encode: int16ToBytes };

/** PCM for what is not known. */
export function wireFormat(type: string): WireFormat {
  return formats[type] ?? pcm;
}

/** So much of a voice is made once and repeated. */
const loopMs = 1000;
const loops = new Map<string, Uint8Array>();

/** A stretch of the model's voice in base64, from `fromMs` of its speech. It buzzes like speech and says nothing. */
export function voice(type: string, fromMs: number, ms: number): string {
  const { bytesPerMs } = wireFormat(type);
  const loop = loopOf(type);
  const bytes = new Uint8Array(ms * bytesPerMs);
  const start = (fromMs % loopMs) * bytesPerMs;
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = loop[(start + index) % loop.length] ?? 0;
  }
  return encodeBase64(bytes);
}

function loopOf(type: string): Uint8Array {
  const known = loops.get(type);
  if (known !== undefined) {
    return known;
  }
  const { sampleRateHz, encode } = wireFormat(type);
  const loop = encode(speechLike({ durationMs: loopMs, sampleRateHz }, 0.3));
  loops.set(type, loop);
  return loop;
}

/** Tokens as the hosted service counts them, roughly: 10 a text item, 1 for 50 ms of its voice. */
export function usageOf(inputItems: number, audioMs: number, text: string): JsonObject {
  const input = inputItems * 10;
  const [audio, words] = [Math.round(audioMs / 50), text === '' ? 0 : text.split(/\s+/).length];
  return {
    total_tokens: input + audio + words,
    input_tokens: input,
    output_tokens: audio + words,
    input_token_details: { text_tokens: input, audio_tokens: 0, image_tokens: 0, cached_tokens: 0 },
    output_token_details: { text_tokens: words, audio_tokens: audio },
  };
}
