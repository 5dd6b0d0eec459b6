import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@antiphon/core';
import { type DocumentLimits, type ListedFile, listDocuments, readDocuments } from './document-files.ts';
import { DocumentIndex } from './document-index.ts';
import { passagesOf } from './passages.ts';

/** Milliseconds for which the folder is not looked at again. */
const restMs = 1_000;
/** Milliseconds that a question waits for what has changed; after that it is answered from what was there before. */
const patienceMs = 500;
/** Most of what was left out that the log names. */
const maxNamed = 5;

/** The documents of a folder, read again when they have changed. */
export class DocumentLibrary {
  readonly #folder: string;
  readonly #limits: DocumentLimits;
  readonly #log: Logger;
  #index: DocumentIndex;
  #seen: string;
  #lookedMs = performance.now();
  #looking: Promise<void> | undefined;

  private constructor(folder: string, limits: DocumentLimits, log: Logger, read: ReadLibrary) {
    this.#folder = folder;
    this.#limits = limits;
    this.#log = log;
    this.#index = read.index;
    this.#seen = read.seen;
  }

  /** Reads a folder. Rejects, with what is wrong with it, when it has no documents. */
  static async open(folder: string, limits: DocumentLimits, log: Logger): Promise<DocumentLibrary> {
    const read = await readLibrary(await listDocuments(folder).catch(unreadable(folder)), limits, log);
    if (read === undefined) throw new Error(`folder: ${folder} has no .md, .txt or .html files`);
    return new DocumentLibrary(folder, limits, log, read);
  }

  /** What can be searched now. Never rejects: a folder that cannot be read any more stays as it was. */
  async index(): Promise<DocumentIndex> {
    if (this.#looking === undefined && performance.now() - this.#lookedMs >= restMs) {
      this.#looking = this.#look().finally(() => {
        this.#lookedMs = performance.now();
        this.#looking = undefined;
      });
    }
    if (this.#looking !== undefined) {
      const waiting = new AbortController();
      await Promise.race([this.#looking, pause(patienceMs, undefined, waiting).catch(() => undefined)]);
      waiting.abort();
    }
    return this.#index;
  }

  async #look(): Promise<void> {
    try {
      const files = await listDocuments(this.#folder);
      if (signatureOf(files) === this.#seen) return;
      const read = await readLibrary(files, this.#limits, this.#log);
      if (read === undefined) throw new Error('it has no documents any more');
      this.#index = read.index;
      this.#seen = read.seen;
    } catch (error) {
      this.#log.warn('the documents cannot be read anew, and stay as they were', {
        folder: this.#folder,
        reason: String(error).slice(0, 300),
      });
    }
  }
}

interface ReadLibrary {
  readonly index: DocumentIndex;
  readonly seen: string;
}

/** Reads the files and makes an index of them; undefined for none. */
async function readLibrary(
  files: readonly ListedFile[],
  limits: DocumentLimits,
  log: Logger,
): Promise<ReadLibrary | undefined> {
  const { documents, bytes, leftOut } = await readDocuments(files, limits);
  if (documents.length === 0) return undefined;
  if (leftOut.length > 0) {
    const names = leftOut.slice(0, maxNamed);
    log.warn('documents were left out because of the limits', { count: leftOut.length, names });
  }
  const passages = documents.flatMap(passagesOf);
  log.info('the documents can be searched', {
    documents: documents.length,
    passages: passages.length,
    bytes,
  });
  return { index: new DocumentIndex(passages), seen: signatureOf(files) };
}

/** Differs when a document came, went or was written. */
function signatureOf(files: readonly ListedFile[]): string {
  return files.map(({ source, size, changedMs }) => `${source}|${size}|${changedMs}`).join('\n');
}

function unreadable(folder: string): (error: unknown) => never {
  return (error) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`folder: ${folder} cannot be read (${reason})`, { cause: error });
  };
}
