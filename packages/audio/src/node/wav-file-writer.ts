import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Samples } from '../pcm/samples.ts';
import type { WavWriteOptions } from '../wav/wav-header.ts';
import { type WavPatch, WavWriter } from '../wav/wav-writer.ts';
import { openError, writeError } from './file-error.ts';

/** What the writer needs of a disk; given in tests to make one fail. */
export interface WavFileSystem {
  /** Creates the file, or empties it, and returns its descriptor. */
  create(path: string): number;
  /** Writes at `position` of the file; returns how many of the bytes were taken. */
  writeAt(fd: number, bytes: Uint8Array, position: number): number;
  truncate(fd: number, byteLength: number): void;
  close(fd: number): void;
}

const nodeFileSystem: WavFileSystem = {
  create: (path) => openSync(path, 'w'),
  writeAt: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position),
  truncate: ftruncateSync,
  close: closeSync,
};

type FileState =
  | { readonly at: 'open'; readonly fd: number }
  /** The disk failed, and the caller was told. */
  | { readonly at: 'failed' }
  | { readonly at: 'closed' };

/**
 * Writes a WAV file as its audio comes, synchronously. The header is brought up to date after every write, so the
 * file of a killed process plays.
 *
 * When the disk fails, the call that met it throws `audio.write_failed`; the file is cut back to the last whole write
 * and closed, and later writes are dropped in silence.
 */
export class WavFileWriter {
  readonly path: string;
  readonly #files: WavFileSystem;
  readonly #writer: WavWriter;
  #state: FileState;
  /** The length of the file, as far as it was written whole. */
  #byteLength = 0;

  /** @throws AntiphonError `audio.open_failed`, `audio.write_failed`, `audio.invalid_option` */
  constructor(path: string, options: WavWriteOptions, files: WavFileSystem = nodeFileSystem) {
    this.path = path;
    this.#files = files;
    this.#writer = new WavWriter(options);
    this.#state = { at: 'open', fd: create(files, path) };
    this.#attempt((fd) => this.#append(fd, this.#writer.header()));
  }

  /** Frames written so far. */
  get frames(): number {
    return this.#writer.frames;
  }

  /**
   * Appends whole frames, interleaved. Does nothing after {@link close} or a failure.
   *
   * @throws AntiphonError `audio.write_failed` (once), `audio.wav_too_large`, `audio.invalid_option`
   */
  write(samples: Samples): void {
    if (this.#state.at !== 'open') return;
    const bytes = this.#writer.write(samples);
    this.#attempt((fd) => {
      this.#append(fd, bytes);
      writeAll(this.#files, fd, this.#writer.patch());
    });
  }

  /**
   * Notes a place in the audio: the file will say it once it is closed. Does nothing after {@link close} or a failure.
   *
   * @param frame the next to be written when left out.
   */
  mark(label: string, frame?: number): void {
    if (this.#state.at === 'open') this.#writer.mark(label, frame);
  }

  /**
   * Completes the header and closes the file. Idempotent.
   *
   * @throws AntiphonError `audio.write_failed`
   */
  close(): void {
    if (this.#state.at !== 'open') return;
    const end = this.#writer.close();
    this.#attempt((fd) => {
      this.#append(fd, end.bytes);
      writeAll(this.#files, fd, end.patch);
      this.#files.close(fd);
    });
    this.#state = { at: 'closed' };
  }

  #attempt(action: (fd: number) => void): void {
    if (this.#state.at !== 'open') return;
    const { fd } = this.#state;
    try {
      action(fd);
    } catch (cause) {
      this.#abandon(fd);
      throw writeError(this.path, cause);
    }
  }

  /** Leaves a file as long as its header says, with nothing half written after it. */
  #abandon(fd: number): void {
    this.#state = { at: 'failed' };
    try {
      this.#files.truncate(fd, this.#byteLength);
    } catch {
      // A device or pipe cannot be cut; the write error is the one to tell.
    }
    try {
      this.#files.close(fd);
    } catch {
      // The same disk error again.
    }
  }

  #append(fd: number, bytes: Uint8Array): void {
    writeAll(this.#files, fd, { offset: this.#byteLength, bytes });
    this.#byteLength += bytes.length;
  }
}

function create(files: WavFileSystem, path: string): number {
  try {
    return files.create(path);
  } catch (cause) {
    throw openError(path, cause);
  }
}

function writeAll(files: WavFileSystem, fd: number, { offset, bytes }: WavPatch): void {
  for (let at = 0; at < bytes.length; ) {
    at += files.writeAt(fd, bytes.subarray(at), offset + at);
  }
}
