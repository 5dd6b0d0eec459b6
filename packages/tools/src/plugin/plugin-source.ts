import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importedFiles } from './imported-files.ts';
import { type PluginEntry, readReference } from './plugin-entry.ts';
import { findPackage } from './plugin-loader.ts';

/** What a plugin is made of, as far as it can change while the program runs. */
export interface PluginSource {
  /** Equal as long as the entry, and the files that it is made of, are. */
  readonly key: string;
  /** The files that it is made of: code with what it imports by relative paths, a document, a lock. */
  readonly files: readonly string[];
}

const maxBytes = 1024 * 1024;

/** Reads what tells whether a plugin has changed. Never rejects: what is not there is told when it is loaded. */
export async function pluginSource(entry: PluginEntry, baseDir: string): Promise<PluginSource> {
  const code = await codeFile(entry, baseDir);
  const other = otherFiles(entry, baseDir);
  const files = [...(code === undefined ? [] : await importedFiles(code)), ...other];
  const prints = await Promise.all(files.map(async (file) => [file, await printOf(file)]));
  return { key: JSON.stringify([entry, prints]), files };
}

/** The file that `use` names; undefined for what ships with Antiphon, and for what is not there. */
async function codeFile(entry: PluginEntry, baseDir: string): Promise<string | undefined> {
  const use = typeof entry === 'string' ? entry : 'use' in entry ? entry.use : undefined;
  if (typeof use !== 'string' || use === '') return undefined;
  const { kind } = readReference(use);
  if (kind === 'built-in') return undefined;
  if (kind === 'file') return use.startsWith('file:') ? fileURLToPath(use) : resolve(baseDir, use);
  try {
    return await findPackage(use, baseDir);
  } catch {
    return undefined;
  }
}

/** The document of an API, and the lock of a server. */
function otherFiles(entry: PluginEntry, baseDir: string): readonly string[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { openapi, lock } = entry as { readonly openapi?: unknown; readonly lock?: unknown };
  return [openapi, lock]
    .filter((path) => typeof path === 'string' && !/^https?:/.test(path))
    .map((path) => resolve(baseDir, String(path)));
}

async function printOf(file: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(file);
    if (size > maxBytes) return `${size} ${mtimeMs}`;
    return createHash('sha256')
      .update(await readFile(file))
      .digest('base64');
  } catch {
    return 'not there';
  }
}
