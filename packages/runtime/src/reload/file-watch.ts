import { type FSWatcher, lstatSync, readlinkSync, realpathSync, watch } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import type { Logger } from '@antiphon/core';

/** Code beside a plugin may be imported by it. */
const codeExtensions = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json']);
/** Editors write a file in several steps. */
const quietMs = 100;

/**
 * Tells when files, or code beside them, have changed. Folders are watched and not files, since many editors replace a
 * file instead of writing into it; and links on the way to them, since releases are put in place by another link.
 */
export class FileWatch {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #onChange: () => void;
  readonly #log: Logger;
  #names = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #phase: 'open' | 'closed' = 'open';

  constructor(onChange: () => void, log: Logger) {
    this.#onChange = onChange;
    this.#log = log;
  }

  /** Watches these files, and no others any more. */
  follow(files: readonly string[]): void {
    if (this.#phase === 'closed') return;
    const paths = files.flatMap((file) => [resolve(file), realPathOf(file), ...linksOn(resolve(file))]);
    const folders = new Set(paths.map((file) => realPathOf(dirname(file))));
    this.#names = new Set(paths.map((file) => basename(file)));
    for (const [folder, watcher] of this.#watchers) {
      if (!folders.has(folder)) this.#drop(folder, watcher);
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  close(): void {
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    for (const [folder, watcher] of this.#watchers) this.#drop(folder, watcher);
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => this.#changed(name));
      watcher.on('error', () => this.#drop(folder, watcher));
      this.#watchers.set(folder, watcher);
    } catch (error) {
      this.#log.warn('a folder cannot be watched', { folder, error: String(error) });
    }
  }

  #drop(folder: string, watcher: FSWatcher): void {
    watcher.close();
    this.#watchers.delete(folder);
  }

  /** Some systems do not say which file it was. */
  #changed(name: string | null): void {
    if (name !== null && !this.#names.has(name) && !codeExtensions.has(extname(name))) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onChange(), quietMs);
    this.#timer.unref();
  }
}

/** A file behind a link is written where it is. */
function realPathOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file);
  }
}

/** The links among a path, the folders above it, and those that they lead to. */
function linksOn(path: string, known: readonly string[] = []): readonly string[] {
  let links = known;
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    const target = links.includes(at) ? undefined : targetOf(at);
    if (target !== undefined) links = linksOn(target, [...links, at]);
  }
  return links;
}

function targetOf(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? resolve(dirname(path), readlinkSync(path)) : undefined;
  } catch {
    return undefined;
  }
}
