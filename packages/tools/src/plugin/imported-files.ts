import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';

/** More than any plugin has; a folder that imports itself in circles ends anyway. */
const maxFiles = 500;
const importedPath = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g;

/**
 * A file and what it imports by relative paths, and what that imports, in the order they are found. Packages are left out.
 * Never rejects: what is not there, or cannot be read, has no imports.
 */
export async function importedFiles(entry: string): Promise<readonly string[]> {
  const found = new Set([entry]);
  for (const file of found) {
    if (found.size > maxFiles) break;
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const [, path = ''] of text.matchAll(importedPath)) {
      const imported = await existing(resolve(dirname(file), path));
      if (imported !== undefined) found.add(imported);
    }
  }
  return [...found];
}

/** The file that a path means, as TypeScript and Node look for it. */
async function existing(path: string): Promise<string | undefined> {
  const extension = extname(path);
  const written = /^\.[cm]?js$/.test(extension) ? [path.slice(0, -2) + 'ts'] : [];
  const candidates = [
    path,
    ...written,
    ...['.ts', '.js', '.mjs', '/index.ts', '/index.js'].map((end) => path + end),
  ];
  for (const candidate of candidates) {
    if ((await stat(candidate).catch(() => undefined))?.isFile() === true) return candidate;
  }
  return undefined;
}
