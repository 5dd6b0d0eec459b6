import {
  alawDecode,
  alawEncode,
  Int16Assembler,
  int16ToBytes,
  mulawDecode,
  mulawEncode,
  Resampler,
} from '@antiphon/audio';

/** An audio format of the protocol. */
export type WireFormat =
  | { readonly type: 'audio/pcm'; readonly rate: 24_000 }
  | { readonly type: 'audio/pcmu' }
  | { readonly type: 'audio/pcma' };

/** The rate that the detector and the recogniser listen at. */
export const listeningRateHz = 16_000;

/** Samples a second of audio in `format`. */
export function sampleRateOf(format: WireFormat): number {
  return format.type === 'audio/pcm' ? 24_000 : 8_000;
}

/** A stream of bytes in a wire format, turned into 16-bit samples at {@link listeningRateHz} as it comes. */
export class WireDecoder {
  readonly #format: WireFormat;
  readonly #assembler = new Int16Assembler();
  readonly #resampler: Resampler<Int16Array>;
  #decodedSamples = 0;

  constructor(format: WireFormat) {
    this.#format = format;
    this.#resampler = new Resampler({ fromHz: sampleRateOf(format), toHz: listeningRateHz });
  }

  /** Milliseconds of whole samples taken in so far. */
  get decodedMs(): number {
    return (this.#decodedSamples * 1_000) / sampleRateOf(this.#format);
  }

  push(bytes: Uint8Array): Int16Array {
    const samples = this.#samplesOf(bytes);
    this.#decodedSamples += samples.length;
    return this.#resampler.push(samples);
  }

  /** The samples the resampler still holds. The decoder is used up. */
  end(): Int16Array {
    return this.#decodedSamples === 0 ? new Int16Array(0) : this.#resampler.flush();
  }

  #samplesOf(bytes: Uint8Array): Int16Array {
    switch (this.#format.type) {
      case 'audio/pcmu':
        return mulawDecode(bytes);
      case 'audio/pcma':
        return alawDecode(bytes);
      case 'audio/pcm':
        return this.#assembler.push(bytes);
    }
  }
}

/** A stream of samples of a synthesiser, turned into bytes in a wire format. */
export class WireEncoder {
  readonly #format: WireFormat;
  readonly #resampler: Resampler<Int16Array>;

  constructor(format: WireFormat, fromHz: number) {
    this.#format = format;
    this.#resampler = new Resampler({ fromHz, toHz: sampleRateOf(format) });
  }

  push(samples: Int16Array): Uint8Array {
    return encodeSamples(this.#resampler.push(samples), this.#format);
  }

  /** The bytes of what the resampler still holds, after at least one push. The encoder is used up. */
  end(): Uint8Array {
    return encodeSamples(this.#resampler.flush(), this.#format);
  }
}

/** Bytes of one millisecond of sound in `format`. */
export function bytesPerMs(format: WireFormat): number {
  return format.type === 'audio/pcm' ? 48 : 8;
}

/** Milliseconds that `byteLength` bytes in `format` last. */
export function durationMs(byteLength: number, format: WireFormat): number {
  return byteLength / bytesPerMs(format);
}

/** Samples as bytes in `format`; PCM is little-endian. */
function encodeSamples(samples: Int16Array, format: WireFormat): Uint8Array {
  switch (format.type) {
    case 'audio/pcmu':
      return mulawEncode(samples);
    case 'audio/pcma':
      return alawEncode(samples);
    case 'audio/pcm':
      return int16ToBytes(samples);
  }
}
