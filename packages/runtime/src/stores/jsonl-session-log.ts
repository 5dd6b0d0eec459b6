import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { JsonValue, Logger, SessionLog, SessionLogRecord } from '@antiphon/core';

/** How a session log is written. */
export interface JsonlLogOptions {
  /** Takes secrets out of a text. It is given the texts of each record, so that every line stays JSON. */
  readonly redact: (text: string) => string;
  readonly logger: Logger;
  /** `replace` (unless told) begins anew; `append` goes on behind what is there. */
  readonly mode?: 'replace' | 'append';
}

/**
 * A session log as a file of JSON lines. Each line is written at once, so that a killed process loses none of those
 * appended. When the disk refuses, the log ends with one warning and the session goes on.
 *
 * @throws the file system's error when the file cannot be made.
 */
export function openJsonlSessionLog(path: string, options: JsonlLogOptions): SessionLog {
  mkdirSync(dirname(path), { recursive: true });
  if (options.mode !== 'append') return new JsonlSessionLog(openSync(path, 'w', 0o600), path, options);
  const file = openSync(path, 'a+', 0o600);
  if (endsInMiddleOfLine(file)) writeSync(file, '\n');
  return new JsonlSessionLog(file, path, options);
}

/** A killed process may have left half a line. */
function endsInMiddleOfLine(file: number): boolean {
  const { size } = fstatSync(file);
  const last = new Uint8Array(1);
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
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
      writeSync(this.#file, `${JSON.stringify(redacted(record, this.#options.redact))}\n`);
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

/** The value with every text in it redacted, keys included. */
function redacted(
  value: JsonValue | SessionLogRecord | undefined,
  redact: (text: string) => string,
): JsonValue | undefined {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element: JsonValue) => redacted(element, redact) ?? null);
  const members = Object.entries(value).flatMap(([key, member]) => {
    const kept = redacted(member, redact);
    return kept === undefined ? [] : [[redact(key), kept] as const];
  });
  return Object.fromEntries(members);
}
