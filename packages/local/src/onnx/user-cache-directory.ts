import { join } from 'node:path';

/** The parts of the environment that decide where a user's caches live. */
export interface CacheEnvironment {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly xdgCacheHome: string | undefined;
  readonly localAppData: string | undefined;
}

/** The directory of the user's own caches of Antiphon, by the custom of the platform; it may not exist yet. */
export function userCacheDirectory(environment: CacheEnvironment): string {
  return join(cacheRoot(environment), 'antiphon');
}

function cacheRoot({ platform, home, xdgCacheHome, localAppData }: CacheEnvironment): string {
  // The XDG specification has relative paths ignored.
  if (xdgCacheHome?.startsWith('/')) return xdgCacheHome;
  if (platform === 'win32') return localAppData || join(home, 'AppData', 'Local');
  if (platform === 'darwin') return join(home, 'Library', 'Caches');
  return join(home, '.cache');
}
