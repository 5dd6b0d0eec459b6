import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AntiphonError } from '@antiphon/core';
import { makeDirectory } from '../run/make-directory.ts';

/** A project to be written: its files by their paths, and what to do then. */
export interface Project {
  readonly files: Readonly<Record<string, string>>;
  /** Commands, in the folder of the project. */
  readonly next: readonly string[];
}

/**
 * Writes the files below a folder, all of them or, where one is there already, none.
 *
 * @returns their paths
 * @throws AntiphonError `cli.file_exists`, `cli.bad_directory`
 */
export function writeProject(folder: string, files: Project['files']): readonly string[] {
  const paths = Object.keys(files).map((name) => join(folder, name));
  const taken = paths.find((path) => existsSync(path));
  if (taken !== undefined) throw new AntiphonError('cli.file_exists', { file: taken });
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    makeDirectory(dirname(path));
    try {
      writeFileSync(path, text, { flag: 'wx' });
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
      throw new AntiphonError('cli.bad_directory', { directory: dirname(path), reason }, { cause });
    }
  }
  return paths;
}
