import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger, SessionLog, SessionLogRecord } from '@antiphon/core';

/** How a session log is written. */
export interface JsonlLogOptions {
  /** Takes secrets out of every line. */
  readonly redact: (line: string) => string;
  readonly logger: Logger;
}

/**
 * A session log as a file of JSON lines. Each line is written at once, so that a killed process loses none of those
 * appended. When the disk refuses, the log ends with one warning and the session goes on.
 *
 * @throws the file system's error when the file cannot be made.
 */
export function openJsonlSessionLog(path: string, options: JsonlLogOptions): SessionLog {
  mkdirSync(dirname(path), { recursive: true });
  return new JsonlSessionLog(openSync(path, 'w', 0o600), path, options);
}

class JsonlSessionLog implements SessionLog {
  #file: number | undefined;
  readonly #path: string;
  readonly #options: JsonlLogOptions;

  constructor(file: number, path: string, options: JsonlLogOptions) {
    this.#file = file;
    this.#path = path;
    this.#options = options;
  }

  append(record: SessionLogRecord): void {
    if (this.#file === undefined) return;
    try {
      writeSync(this.#file, `${this.#options.redact(JSON.stringify(record))}\n`);
    } catch (error) {
      this.#options.logger.warn('the session log ends here: it could not be written', {
        path: this.#path,
        reason: String(error),
      });
      this.#release();
    }
  }

  close(): Promise<void> {
    this.#release();
    return Promise.resolve();
  }

  #release(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeSync(file);
  }
}
