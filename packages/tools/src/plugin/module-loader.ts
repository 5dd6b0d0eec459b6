import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { importedFiles } from './imported-files.ts';

/** Imports a plugin file and gives its exports. */
export type ImportModule = (file: string) => Promise<Readonly<Record<string, unknown>>>;

const nativeExtensions = new Set(['.js', '.mjs']);

/**
 * Makes the importer of plugin files. JavaScript is imported by Node itself; TypeScript, and JavaScript that Node
 * alone cannot link, goes through jiti, which also lets a plugin outside any `node_modules` import
 * `@antiphon/tools`, `@antiphon/core` and `zod`: it is given the host's copies.
 */
export function createModuleLoader(
  cacheDir?: string,
  hosts: HostModules = {},
  { fresh = false }: { readonly fresh?: boolean } = {},
): ImportModule {
  return async (file) => {
    if (fresh) return importFresh(file, cacheDir, hosts);
    if (!nativeExtensions.has(extname(file)) || (await isMistaken(file)))
      return importWithJiti(file, cacheDir, hosts);
    try {
      return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    } catch (error) {
      if (!isForJiti(error)) throw error;
      return importWithJiti(file, cacheDir, hosts);
    }
  };
}

/** Further modules of the host that a file may import wherever it stands: by name, their paths. */
export type HostModules = Readonly<Record<string, string>>;

/**
 * Whether Node would take a module for CommonJS, fail, and warn of it in words that tell a plugin writer nothing: what `npm
 * init` makes says `"type": "commonjs"`.
 */
async function isMistaken(file: string): Promise<boolean> {
  if (extname(file) !== '.js' || packageType(file) === 'module') return false;
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^\s*(?:import\s*["'{*\w]|export\s+(?:default|const|let|function|async|class|\{|\*))/m.test(text);
}

/** The `type` of the package that a file belongs to. */
function packageType(file: string): unknown {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    try {
      return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly type?: unknown }).type;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** Syntax errors, because Node gives them no place; and the host's packages, when they cannot be found. */
function isForJiti(error: unknown): boolean {
  if (error instanceof SyntaxError) return !/does not provide an export/.test(error.message);
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  return isMissing && /'(@antiphon\/[a-z]+|zod)(\/[^']*)?'/.test(error.message);
}

async function importWithJiti(
  file: string,
  cacheDir: string | undefined,
  hosts: HostModules,
): Promise<Record<string, unknown>> {
  const jiti = await jitiFor(file, cacheDir, hosts);
  return jiti.import<Record<string, unknown>>(file);
}

async function jitiFor(file: string, cacheDir: string | undefined, hosts: HostModules) {
  const { createJiti } = await import('jiti');
  return createJiti(import.meta.url, {
    fsCache: (await usableCacheDir(cacheDir ?? defaultCacheDir(file))) ?? false,
    interopDefault: false,
    alias: { ...hostAliases(file), ...hosts },
  });
}

/**
 * Imports a file as it is now, and what it imports by relative paths, though all of it may have been imported before. Node
 * never forgets an ES module, so that JavaScript too goes through jiti, which can; with an `await` at its top only the file
 * itself is read anew.
 */
async function importFresh(
  file: string,
  cacheDir: string | undefined,
  hosts: HostModules,
): Promise<Record<string, unknown>> {
  const jiti = await jitiFor(file, cacheDir, hosts);
  for (const path of await importedFiles(file)) {
    delete jiti.cache[path];
    // Modules behind a link are kept by where they are.
    delete jiti.cache[await realpath(path).catch(() => path)];
  }
  if (!nativeExtensions.has(extname(file))) return jiti.import<Record<string, unknown>>(file);
  try {
    // Called as a function it compiles, where its `import` leaves JavaScript to Node.
    return jiti(file) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError) && !/await/.test(String(error))) throw error;
    return (await import(`${pathToFileURL(file).href}?read=${Date.now()}`)) as Record<string, unknown>;
  }
}

function hostAliases(file: string): Record<string, string> {
  const packages = [
    '@antiphon/tools',
    '@antiphon/core',
    ...(canResolve('zod', file) ? [] : ['zod/v3', 'zod/v4', 'zod']),
  ];
  return Object.fromEntries(packages.map((name) => [name, hostPath(name)]));
}

function hostPath(specifier: string): string {
  return fileURLToPath(import.meta.resolve(specifier));
}

function canResolve(specifier: string, fromFile: string): boolean {
  try {
    createRequire(fromFile).resolve(specifier);
    return true;
  } catch {
    return false;
  }
}

/** A folder of ours, never a shared temporary one: in the nearest `node_modules`, else in the user's cache folder. */
function defaultCacheDir(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const nodeModules = join(folder, 'node_modules');
    if (existsSync(nodeModules)) return join(nodeModules, '.cache', 'antiphon-plugins');
  }
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'antiphon', 'plugins');
}

async function usableCacheDir(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch {
    return undefined;
  }
}
