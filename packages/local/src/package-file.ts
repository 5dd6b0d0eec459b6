import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { resolve } = createRequire(import.meta.url);

/**
 * The path of a file inside an installed package, found by its directory: packages whose `exports` do not name
 * the file, or have no `require` condition, are found as well.
 *
 * @returns undefined when no `node_modules` on the way to the root holds the file.
 */
export function findPackageFile(packageName: string, pathInPackage: string): string | undefined {
  const candidates = (resolve.paths(packageName) ?? []).map((directory) =>
    join(directory, packageName, pathInPackage),
  );
  return candidates.find((path) => existsSync(path));
}
