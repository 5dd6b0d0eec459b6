import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AntiphonError } from '@antiphon/core';

/**
 * Makes a folder and those above it; one that is there is kept.
 *
 * @throws AntiphonError `cli.bad_directory`
 */
export function makeDirectory(directory: string): void {
  try {
    makeWithParents(directory);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new AntiphonError('cli.bad_directory', { directory, reason }, { cause });
  }
}

/** The `recursive` of `mkdirSync` does not come back where making a folder fails with ENOENT below one that is there. */
function makeWithParents(directory: string): void {
  const parent = dirname(directory);
  if (!existsSync(parent)) makeWithParents(parent);
  try {
    mkdirSync(directory);
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(directory).isDirectory();
    if (!isThere) throw error;
  }
}
