import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { OggOpusStream } from '../ogg/ogg-opus-stream.ts';
import { concatSamples } from '../pcm/samples.ts';
import { openError, writeError } from './file-error.ts';
import type { OpusEncoder } from './opus-encoder.ts';

/** What is written, beside the audio. */
export interface OggOpusFileOptions {
  /** For this file alone; closed with it. */
  readonly encoder: OpusEncoder;
  /** By the names of Vorbis comments: `TITLE`, `DESCRIPTION`. */
  readonly comments?: Readonly<Record<string, string>>;
}

type FileState =
  | { readonly at: 'open'; readonly fd: number }
  | { readonly at: 'failed' }
  | { readonly at: 'closed' };

const opusRateHz = 48_000;

/**
 * Writes Opus in an Ogg file as its audio comes, synchronously, second by second: the file of a killed process plays to the
 * last whole second.
 *
 * When the disk fails, the call that met it throws `audio.write_failed`; the file is cut back to its last whole page and
 * closed, and later writes are dropped in silence.
 */
export class OggOpusFileWriter {
  readonly path: string;
  readonly #encoder: OpusEncoder;
  readonly #stream: OggOpusStream;
  #state: FileState;
  #byteLength = 0;
  #rest = new Int16Array(0);
  #frames = 0;
  #packets = 0;

  /** @throws AntiphonError `audio.open_failed`, `audio.write_failed` */
  constructor(path: string, { encoder, comments = {} }: OggOpusFileOptions) {
    this.path = path;
    this.#encoder = encoder;
    const { channels, sampleRateHz, preSkip } = encoder;
    this.#stream = new OggOpusStream({ channels, sampleRateHz, preSkip, comments, serial: 1 });
    this.#state = { at: 'open', fd: create(path) };
    this.#append(this.#stream.header());
  }

  /**
   * Appends whole frames, interleaved. Does nothing after {@link close} or a failure.
   *
   * @throws AntiphonError `audio.write_failed` (once)
   */
  write(samples: Int16Array): void {
    if (this.#state.at !== 'open') return;
    this.#frames += samples.length / this.#encoder.channels;
    this.#encode(concatSamples([this.#rest, samples], samples));
  }

  /**
   * Completes the file. Idempotent.
   *
   * @throws AntiphonError `audio.write_failed`
   */
  close(): void {
    if (this.#state.at === 'open') {
      const { sampleRateHz, channels, packetFrames } = this.#encoder;
      const samples = Math.round((this.#frames * opusRateHz) / sampleRateHz);
      // The last of it comes out of the encoder when more has gone in.
      const perPacket = opusRateHz / (sampleRateHz / packetFrames);
      const packets = Math.ceil((samples + this.#encoder.preSkip) / perPacket) - this.#packets;
      const padded = new Int16Array(packets * packetFrames * channels);
      padded.set(this.#rest);
      this.#encode(padded);
      this.#append(this.#stream.finish(samples));
    }
    if (this.#state.at === 'open') closeSync(this.#state.fd);
    this.#state = { at: 'closed' };
    this.#encoder.close();
  }

  #encode(samples: Int16Array): void {
    const { channels, packetFrames, sampleRateHz } = this.#encoder;
    const length = packetFrames * channels;
    let at = 0;
    for (; at + length <= samples.length; at += length) {
      const packet = this.#encoder.encode(samples.subarray(at, at + length));
      this.#packets++;
      this.#append(this.#stream.push(packet, (packetFrames * opusRateHz) / sampleRateHz));
    }
    this.#rest = samples.slice(at);
  }

  #append(pages: readonly Uint8Array[]): void {
    if (this.#state.at !== 'open') return;
    const { fd } = this.#state;
    try {
      for (const page of pages) {
        for (let at = 0; at < page.length; )
          at += writeSync(fd, page, at, page.length - at, this.#byteLength + at);
        this.#byteLength += page.length;
      }
    } catch (cause) {
      this.#abandon(fd);
      throw writeError(this.path, cause);
    }
  }

  #abandon(fd: number): void {
    this.#state = { at: 'failed' };
    try {
      ftruncateSync(fd, this.#byteLength);
      closeSync(fd);
    } catch {
      // The write error is the one to tell.
    }
  }
}

function create(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (cause) {
    throw openError(path, cause);
  }
}
