import { opendir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { pageText } from '../fetch/page-text.ts';

/** A document as it is read. */
export interface DocumentFile {
  /** Its path from the folder, with slashes. */
  readonly source: string;
  readonly text: string;
  readonly form: 'markdown' | 'text';
}

/** What of a folder may be read. */
export interface DocumentLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
}

/** A file of a folder, before it is read. */
export interface ListedFile {
  readonly path: string;
  /** Its path from the folder, with slashes. */
  readonly source: string;
  readonly size: number;
  readonly changedMs: number;
}

/** The documents of a folder, and what was left out of them. */
export interface DocumentFolder {
  readonly documents: readonly DocumentFile[];
  readonly bytes: number;
  /** Files that were not read because of the limits. */
  readonly leftOut: readonly string[];
}

const kinds: Readonly<Record<string, 'markdown' | 'text' | 'html'>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.txt': 'text',
  '.html': 'html',
  '.htm': 'html',
};
const maxFileBytes = 2 * 1024 * 1024;
const maxDepth = 12;

/**
 * The documents below a folder, in the order of their names. Links, hidden files and `node_modules` are passed over.
 * Rejects when there is no such folder.
 */
export async function listDocuments(folder: string): Promise<readonly ListedFile[]> {
  const paths = (await listFiles(folder, 0)).sort();
  return Promise.all(
    paths.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return { path, source: relative(folder, path).split(sep).join('/'), size, changedMs: mtimeMs };
    }),
  );
}

/** Reads documents as far as the limits allow. */
export async function readDocuments(
  files: readonly ListedFile[],
  limits: DocumentLimits,
): Promise<DocumentFolder> {
  const documents: DocumentFile[] = [];
  const leftOut: string[] = [];
  let bytes = 0;
  for (const { path, source, size } of files) {
    const fits =
      documents.length < limits.maxFiles && bytes + size <= limits.maxBytes && size <= maxFileBytes;
    if (!fits) {
      leftOut.push(source);
      continue;
    }
    bytes += size;
    documents.push(await readDocument(source, await readFile(path, 'utf8')));
  }
  return { documents, bytes, leftOut };
}

async function listFiles(folder: string, depth: number): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of await opendir(folder)) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < maxDepth) files.push(...(await listFiles(path, depth + 1)));
    else if (entry.isFile() && kinds[extname(entry.name).toLowerCase()] !== undefined) files.push(path);
  }
  return files;
}

async function readDocument(source: string, raw: string): Promise<DocumentFile> {
  const kind = kinds[extname(source).toLowerCase()];
  if (kind !== 'html') return { source, text: raw, form: kind ?? 'text' };
  const { title, text } = await pageText(raw);
  return { source, text: title === undefined ? text : `# ${title}\n\n${text}`, form: 'markdown' };
}
