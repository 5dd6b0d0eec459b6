import { lstat, mkdir, mkdtemp } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { userCacheDirectory } from './user-cache-directory.ts';

/** Where the lowered model files are kept between runs. */
export function modelCacheDirectory(): string {
  const cache = userCacheDirectory({
    platform: process.platform,
    home: homedir(),
    xdgCacheHome: process.env['XDG_CACHE_HOME'],
    localAppData: process.env['LOCALAPPDATA'],
  });
  return join(cache, 'models');
}

/**
 * Makes `directory` and its parent for the user alone, and makes sure that nobody else can put files there.
 *
 * @throws Error when either cannot be made, is not a directory of the user's, or is writable by others.
 */
export async function ensurePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await assertPrivate(dirname(directory));
  await assertPrivate(directory);
}

/** A new directory that only this user can enter, for when there is no usable cache; the caller removes it. */
export async function makeTemporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'antiphon-'));
}

async function assertPrivate(directory: string): Promise<void> {
  const stats = await lstat(directory);
  if (!stats.isDirectory()) throw new Error(`${directory} is not a directory`);
  const user = process.getuid?.();
  if (user === undefined) return; // Windows: the profile's access list keeps others out.
  if (stats.uid !== user) throw new Error(`${directory} belongs to another user`);
  if ((stats.mode & 0o022) !== 0) throw new Error(`${directory} is writable by others`);
}
