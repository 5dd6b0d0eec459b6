import { alawDecode, Int16Assembler, int16ToBytes, mulawDecode, Resampler } from '@antiphon/audio';
import type { AudioFormat, GeminiInputConverter } from '@antiphon/core';

/** What Gemini hears. */
const wireHz = 16_000;

/** Turns the user's sound into PCM at 16 kHz, as it streams. */
export function geminiInputConverter(format: AudioFormat): GeminiInputConverter {
  const { hz, decode } = decoderOf(format);
  const resampler = new Resampler<Int16Array>({ fromHz: hz, toHz: wireHz });
  return {
    push: (audio) => int16ToBytes(resampler.push(decode(audio))),
    flush: () => int16ToBytes(Int16Array.from(resampler.flush())),
  };
}

function decoderOf(format: AudioFormat): {
  readonly hz: number;
  readonly decode: (audio: Uint8Array) => Int16Array;
} {
  switch (format.type) {
    case 'audio/pcmu':
      return { hz: 8_000, decode: mulawDecode };
    case 'audio/pcma':
      return { hz: 8_000, decode: alawDecode };
    case 'audio/pcm': {
      const samples = new Int16Assembler();
      return { hz: format.rate ?? 24_000, decode: (audio) => samples.push(audio) };
    }
  }
}
