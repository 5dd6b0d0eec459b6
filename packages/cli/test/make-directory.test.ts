import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDirectory } from '../src/run/make-directory.ts';
import { tempFolder } from './support/temp-folder.ts';

describe('makeDirectory', () => {
  it('makes a folder with those above it, and keeps one that is there', () => {
    const folder = tempFolder();
    makeDirectory(join(folder, 'a/b/c'));
    writeFileSync(join(folder, 'a/b/c/kept'), '');
    makeDirectory(join(folder, 'a/b/c'));
    makeDirectory(`${join(folder, 'a/b/c')}/`);
    expect(readdirSync(join(folder, 'a/b/c'))).toEqual(['kept']);
  });

  it.each([
    ['a file', 'file', 'EEXIST'],
    ['a place in a file', 'file/deep/er', 'ENOTDIR'],
    ['a name that no file may have', 'nul\u0000byte', 'ERR_INVALID_ARG_VALUE'],
  ])('refuses %s', (_name, path, reason) => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeDirectory(join(folder, path))).toThrow(
      expect.objectContaining({
        code: 'cli.bad_directory',
        exitCode: 2,
        data: { directory: join(folder, path), reason },
      }),
    );
  });

  it.runIf(process.platform === 'linux')('comes back from a place where nothing can be made', () => {
    expect(() => makeDirectory('/proc/answers/deep')).toThrow(
      expect.objectContaining({ code: 'cli.bad_directory' }),
    );
  });
});
