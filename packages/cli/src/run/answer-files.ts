import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeWav, floatToInt16 } from '@antiphon/audio';
import { WavFileWriter } from '@antiphon/audio/node';
import type { AudioChunk } from '@antiphon/core';

/** A file with what the agent said in one item. */
export interface AnswerFile {
  readonly id: string;
  /** The name of the file in the folder of answers. */
  readonly file: string;
  /** Milliseconds of speech received. */
  readonly ms: number;
}

interface OpenFile {
  readonly itemId: string;
  readonly file: string;
  /** Undefined when the file could not be made: what comes for it is dropped. */
  readonly writer: WavFileWriter | undefined;
}

/** Stands beside the answers: no item gets its name. */
const reservedStem = 'conversation';

/** Writes what the agent says into one WAV file an item. A file that fails is told once; the conversation goes on. */
export class AnswerFiles {
  readonly #directory: string;
  readonly #sampleRateHz: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #open = new Map<string, OpenFile>();
  readonly #written: AnswerFile[] = [];
  /** By item id. */
  readonly #stems = new Map<string, string>();

  constructor(directory: string, sampleRateHz: number, onFailure: (error: unknown) => void) {
    this.#directory = directory;
    this.#sampleRateHz = sampleRateHz;
    this.#onFailure = onFailure;
  }

  write({ itemId, contentIndex, samples }: AudioChunk): void {
    this.#attempt(() => {
      const key = partKey(itemId, contentIndex);
      const known = this.#open.get(key) ?? this.#create(key, itemId, contentIndex);
      known.writer?.write(samples);
    });
  }

  /** Completes the file of a part. */
  end(itemId: string, contentIndex: number): void {
    const key = partKey(itemId, contentIndex);
    const { file, writer } = this.#open.get(key) ?? {};
    this.#open.delete(key);
    if (file === undefined || writer === undefined) return;
    const ms = Math.round((writer.frames * 1000) / this.#sampleRateHz);
    this.#attempt(() => writer.close());
    this.#written.push({ id: itemId, file, ms });
  }

  /** Completes the files that are still open. */
  close(): void {
    for (const [key, { itemId }] of this.#open) this.end(itemId, Number(key.slice(0, key.indexOf(':'))));
  }

  /** The files of an item, in the order of its parts. */
  of(itemId: string): readonly AnswerFile[] {
    return this.#written.filter((file) => file.id === itemId);
  }

  #create(key: string, itemId: string, contentIndex: number): OpenFile {
    const file = `${this.#stemOf(itemId)}${contentIndex === 0 ? '' : `.${contentIndex}`}.wav`;
    const path = join(this.#directory, file);
    let writer: WavFileWriter | undefined;
    this.#attempt(() => {
      const before = this.#takeBack(file, path);
      writer = new WavFileWriter(path, { sampleRateHz: this.#sampleRateHz, channels: 1 });
      writer.write(before);
    });
    const open = { itemId, file, writer };
    this.#open.set(key, open);
    return open;
  }

  /** What is in the file of a part that was complete, where more comes of it. */
  #takeBack(file: string, path: string): Int16Array {
    const at = this.#written.findIndex((written) => written.file === file);
    if (at < 0) return new Int16Array(0);
    this.#written.splice(at, 1);
    return floatToInt16(decodeWav(readFileSync(path)).samples);
  }

  /** Names that only differ in what was taken out of them, or in case, are told apart by a number. */
  #stemOf(itemId: string): string {
    const known = this.#stems.get(itemId);
    if (known !== undefined) return known;
    const taken = new Set([reservedStem, ...this.#stems.values()].map((stem) => stem.toLowerCase()));
    const base = harmless(itemId);
    let stem = base;
    for (let number = 2; taken.has(stem.toLowerCase()); number++) stem = `${base}-${number}`;
    this.#stems.set(itemId, stem);
    return stem;
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#onFailure(error);
    }
  }
}

/** Ids come from the server: only what is harmless in a file name is kept of them. */
function harmless(itemId: string): string {
  return itemId.replaceAll(/[^\w-]/g, '_').slice(0, 60) || 'item';
}

function partKey(itemId: string, contentIndex: number): string {
  return `${contentIndex}:${itemId}`;
}
