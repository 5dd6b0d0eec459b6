import { AntiphonError } from '@antiphon/core';
import type { OpusEncoderHandle } from 'libopus-wasm';
import { requireInteger } from '../options.ts';

/** What is encoded. */
export interface OpusEncoderOptions {
  /** 8,000, 12,000, 16,000, 24,000 or 48,000. */
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
  /** Of all channels, in bits a second; 32,000 a channel when left out. */
  readonly bitrate?: number;
}

const rates = [8_000, 12_000, 16_000, 24_000, 48_000] as const;
const framesPerSecond = 50;
const opusRateHz = 48_000;

/** libopus, in WebAssembly: one stream, in packets of 20 ms. */
export class OpusEncoder {
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
  /** Frames that a packet holds. */
  readonly packetFrames: number;
  /** Samples at 48 kHz that come out before the first that went in. */
  readonly preSkip: number;
  readonly #encoder: OpusEncoderHandle;
  #phase: 'open' | 'closed' = 'open';

  private constructor(encoder: OpusEncoderHandle, options: OpusEncoderOptions) {
    this.#encoder = encoder;
    this.sampleRateHz = options.sampleRateHz;
    this.channels = options.channels;
    this.packetFrames = options.sampleRateHz / framesPerSecond;
    this.preSkip = (encoder.getLookahead() * opusRateHz) / options.sampleRateHz;
  }

  /** @throws AntiphonError `audio.invalid_option`, `audio.opus_unavailable` */
  static async load(options: OpusEncoderOptions): Promise<OpusEncoder> {
    const { channels, bitrate = 32_000 * channels } = options;
    const sampleRate = rates.find((rate) => rate === options.sampleRateHz);
    if (sampleRate === undefined) {
      throw new AntiphonError('audio.invalid_option', {
        option: 'sampleRateHz',
        value: String(options.sampleRateHz),
        expected: `one of ${rates.join(', ')}`,
      });
    }
    requireInteger('channels', channels, { min: 1, max: 2 });
    requireInteger('bitrate', bitrate, { min: 6_000, max: 510_000 });
    try {
      const { Application, createEncoder } = await import('libopus-wasm');
      const frameSize = sampleRate / framesPerSecond;
      const application = Application.Audio;
      return new OpusEncoder(
        await createEncoder({ sampleRate, channels, bitrate, frameSize, application }),
        options,
      );
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AntiphonError('audio.opus_unavailable', { reason }, { cause });
    }
  }

  /** The packet of {@link packetFrames} interleaved frames, in memory of its own. */
  encode(samples: Int16Array): Uint8Array {
    return this.#encoder.encode(samples).slice();
  }

  /** Frees what is held; nothing may be encoded any more. Idempotent. */
  close(): void {
    if (this.#phase === 'open') this.#encoder.free();
    this.#phase = 'closed';
  }
}
