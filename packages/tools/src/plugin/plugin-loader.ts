import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AntiphonError } from '@antiphon/core';
import { definePlugin, isPlugin, type Plugin } from '../define-plugin.ts';
import { isTool, type Tool } from '../define-tool.ts';
import { builtInPlugins } from '../plugins/built-in-plugins.ts';
import { nearest } from '../suggest.ts';
import type { ImportModule } from './module-loader.ts';
import { type McpEntry, type OpenApiEntry, readReference } from './plugin-entry.ts';
import { placeText, type SourcePlace, specifierPlace, syntaxProblem, throwPlace } from './source-place.ts';
import { withinLimit } from './within-limit.ts';

/** A plugin found and imported, not set up yet. */
export interface LoadedPlugin {
  readonly plugin: Plugin;
  /** As a reader of an error knows it: the `use` of its entry. */
  readonly origin: string;
  /** Absolute path of its file; absent for a built-in. */
  readonly file?: string;
  /** The entry of a server or a document. */
  readonly entry?: McpEntry | OpenApiEntry;
  /** Frees what a plugin holds that is not set up. */
  discard?(): Promise<void>;
}

/** How a plugin is found and imported. */
interface LoadOptions {
  readonly baseDir: string;
  readonly importModule: ImportModule;
  /** How long the top level of its modules may take; an `await` there may never end. */
  readonly limitMs?: number;
}

const importLimitMs = 30_000;

/** An error of loading, with its place in the plugin's source where it is known. */
export class PluginLoadError extends Error {
  override readonly name = 'PluginLoadError';
  readonly reported: AntiphonError;
  readonly place: SourcePlace | undefined;

  constructor(reported: AntiphonError, place?: SourcePlace) {
    super(reported.message, { cause: reported });
    this.reported = reported;
    this.place = place;
  }
}

/**
 * Finds and imports the plugin that `use` names; relative paths start at `baseDir`.
 *
 * @throws {PluginLoadError}
 */
export async function loadPlugin(use: string, options: LoadOptions): Promise<LoadedPlugin> {
  const reference = readReference(use);
  if (reference.kind === 'built-in')
    return { plugin: await loadBuiltIn(use, reference.name, options.baseDir), origin: use };
  const { value, file } = await loadDefaultExport(use, options);
  return { plugin: readPlugin(value, { use, file }), origin: use, file };
}

/**
 * Finds and imports the file or package that `use` names, whatever it holds; relative paths start at `baseDir`.
 *
 * @returns its default export, and its absolute path
 * @throws {PluginLoadError}
 */
export async function loadDefaultExport(
  use: string,
  { baseDir, importModule, limitMs = importLimitMs }: LoadOptions,
): Promise<{ readonly value: unknown; readonly file: string }> {
  const file = await findPlugin(use, baseDir);
  const value = await importPlugin({ use, file }, async (path) => {
    let exported: Readonly<Record<string, unknown>> = {};
    await withinLimit(async () => (exported = await importModule(path)), limitMs);
    const found = unwrapDefault(exported['default']);
    // A Proxy may throw at whoever looks at it: that is no sound export, and is told of here.
    if (asPlugin(found, use) === undefined) describeValue(found);
    return found;
  });
  if (value === undefined)
    throw new PluginLoadError(new AntiphonError('tool.plugin_no_default', { plugin: use }), { file });
  return { value, file };
}

/** The absolute path of the file that `use` names. @throws {PluginLoadError} when there is none */
export async function findPlugin(use: string, baseDir: string): Promise<string> {
  return readReference(use).kind === 'file' ? findFile(use, baseDir) : findPackage(use, baseDir);
}

/** The plugin that a value stands for: itself, or one made of a tool or an array of tools. */
export function asPlugin(value: unknown, name: string): Plugin | undefined {
  if (isPlugin(value)) return value;
  const tools = Array.isArray(value) ? (value as unknown[]) : [value];
  if (tools.length === 0 || !tools.every(isTool)) return undefined;
  return definePlugin({
    name,
    setup(context) {
      for (const tool of tools as Tool[]) context.tool(tool);
    },
  }) as Plugin;
}

async function loadBuiltIn(use: string, name: string, baseDir: string): Promise<Plugin> {
  const load = builtInPlugins.get(name);
  if (load !== undefined) return load(baseDir);
  const names = [...builtInPlugins.keys()];
  const near = nearest(name, names);
  throw new PluginLoadError(
    new AntiphonError('tool.plugin_not_found', {
      plugin: use,
      reason: `there is no built-in plugin "${name}"`,
      fix:
        near === undefined
          ? `The built-in plugins are ${names.map((one) => `@antiphon/tools/${one}`).join(', ')}.`
          : `Did you mean "@antiphon/tools/${near}"?`,
    }),
  );
}

async function findFile(use: string, baseDir: string): Promise<string> {
  const path = use.startsWith('file:') ? fileURLToPath(use) : resolve(baseDir, use);
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() === true) return path;
  const near = await nearbyFile(path);
  throw new PluginLoadError(
    new AntiphonError('tool.plugin_not_found', {
      plugin: use,
      reason: stats === undefined ? `there is no file ${path}` : `${path} is not a file`,
      fix:
        near === undefined
          ? 'Correct the path; it starts at the folder of the agent file.'
          : `Did you mean ${near}?`,
    }),
  );
}

/** The same path with another extension, or the index file of a folder. */
async function nearbyFile(path: string): Promise<string | undefined> {
  const stem = path.slice(0, path.length - extname(path).length);
  const extensions = ['.ts', '.mts', '.js', '.mjs'];
  const candidates = [
    ...extensions.map((end) => stem + end),
    ...extensions.map((end) => join(path, `index${end}`)),
  ];
  for (const candidate of candidates) {
    const stats = await stat(candidate).catch(() => undefined);
    if (stats?.isFile() === true) return candidate;
  }
  return undefined;
}

/** @throws {PluginLoadError} when there is no such package */
export async function findPackage(use: string, baseDir: string): Promise<string> {
  const from = join(baseDir, 'agents.yaml');
  try {
    return createRequire(from).resolve(use);
  } catch (error) {
    const file = isCode(error, 'ERR_PACKAGE_PATH_NOT_EXPORTED') && (await findForImport(use, from));
    if (file) return file;
    throw new PluginLoadError(
      new AntiphonError(
        'tool.plugin_not_found',
        {
          plugin: use,
          reason: isCode(error, 'MODULE_NOT_FOUND')
            ? `there is no package "${use}" in or above ${baseDir}`
            : firstLine(error),
          fix: `Run "npm install ${use}", or write ./${use} if it is a file.`,
        },
        { cause: error },
      ),
    );
  }
}

/** Packages may tell where they begin for `import` alone, which Node resolves from its own modules only. */
async function findForImport(use: string, from: string): Promise<string | undefined> {
  const { createJiti } = await import('jiti');
  const found = createJiti(from, { fsCache: false }).esmResolve(use, { try: true });
  return found?.startsWith('file:') ? fileURLToPath(found) : found;
}

interface PluginFile {
  readonly use: string;
  readonly file: string;
}

async function importPlugin(
  { use, file }: PluginFile,
  importDefault: (file: string) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await importDefault(file);
  } catch (thrown) {
    const error = readable(thrown);
    const syntax = syntaxProblem(error);
    if (syntax !== undefined) {
      const { reason, place } = syntax;
      throw new PluginLoadError(
        new AntiphonError(
          'tool.plugin_syntax',
          { plugin: use, reason, place: placeText(place) },
          { cause: error },
        ),
        place,
      );
    }
    const place = (await missingImportPlace(error, file)) ?? throwPlace(error, file);
    throw new PluginLoadError(
      new AntiphonError(
        'tool.plugin_load_failed',
        { plugin: use, reason: firstLine(error), place: placeText(place) },
        { cause: error },
      ),
      place,
    );
  }
}

/** Where the plugin names the module that was not found. */
async function missingImportPlace(error: unknown, file: string): Promise<SourcePlace | undefined> {
  if (!isCode(error, 'MODULE_NOT_FOUND') && !isCode(error, 'ERR_MODULE_NOT_FOUND')) return undefined;
  const specifier = /'([^']+)'/.exec((error as Error).message)?.[1];
  const source = await readFile(file, 'utf8').catch(() => '');
  return specifier === undefined ? undefined : specifierPlace(source, specifier, file);
}

function readPlugin(exported: unknown, { use, file }: PluginFile): Plugin {
  const name = readReference(use).kind === 'file' ? basename(file, extname(file)) : use;
  const plugin = asPlugin(exported, name);
  if (plugin !== undefined) return plugin;
  throw new PluginLoadError(
    new AntiphonError('tool.plugin_wrong_default', { plugin: use, found: describeValue(exported) }),
    { file },
  );
}

/** The default export of a CommonJS module compiled from ESM lies one level deeper. */
function unwrapDefault(value: unknown): unknown {
  const isWrapped =
    typeof value === 'object' && value !== null && '__esModule' in value && 'default' in value;
  return isWrapped ? value.default : value;
}

/** What an export is, in words for its author. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) {
    const wrong = value.findIndex((item) => !isTool(item));
    return value.length === 0
      ? 'an empty array'
      : `an array whose item ${wrong} is ${describeValue(value[wrong])}`;
  }
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function "${value.name}"`;
  if (typeof value !== 'object')
    return `the ${typeof value} ${String(value as string | number).slice(0, 40)}`;
  const keys = Object.keys(value).slice(0, 6);
  return keys.length === 0 ? 'an object' : `an object with ${keys.join(', ')}`;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** What was thrown; an error that says so in place of what throws itself when it is looked at. */
export function readable(thrown: unknown): unknown {
  try {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  } catch {
    return new Error('it threw something that cannot be read');
  }
}

/** The message of anything thrown, on one line. */
export function firstLine(thrown: unknown): string {
  const error = readable(thrown);
  const message = error instanceof Error ? error.message : String(error);
  const line = message.split('\n').find((text) => text.trim() !== '') ?? 'no message';
  return line.trim().slice(0, 300);
}
