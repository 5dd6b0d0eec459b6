import { expect, it } from 'vitest';
import { type CacheEnvironment, userCacheDirectory } from '../../src/onnx/user-cache-directory.ts';

const linux: CacheEnvironment = {
  platform: 'linux',
  home: '/home/ann',
  xdgCacheHome: undefined,
  localAppData: undefined,
};

it.each<[Partial<CacheEnvironment>, string]>([
  [{}, '/home/ann/.cache/antiphon'],
  [{ xdgCacheHome: '/var/ann' }, '/var/ann/antiphon'],
  [{ xdgCacheHome: 'relative' }, '/home/ann/.cache/antiphon'],
  [{ platform: 'darwin', home: '/Users/ann' }, '/Users/ann/Library/Caches/antiphon'],
  [{ platform: 'win32', localAppData: '/local' }, '/local/antiphon'],
  [{ platform: 'win32', home: '/ann' }, '/ann/AppData/Local/antiphon'],
])('%o', (environment, directory) => {
  expect(userCacheDirectory({ ...linux, ...environment })).toBe(directory);
});
