import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join, sep } from 'node:path';
import { AntiphonError } from '@antiphon/core';
import { createJiti } from 'jiti';
import { PluginLoadError } from '../../plugin/plugin-loader.ts';
import { placeText, specifierPlace } from '../../plugin/source-place.ts';

const extensions = ['', '.ts', '.mts', '.js', '.mjs', '.json'];
/** Longest file that is taken into a sandbox, in bytes. */
const maxFileBytes = 2 * 1024 * 1024;

/** What the compiler puts in the place of code that it cannot read. */
interface JitiFailure {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** The files of a plugin, as code that a sandbox runs: types are taken out, modules are functions. */
export class SandboxSource {
  readonly #use: string;
  readonly #entry: string;
  readonly #folder: string;
  readonly #code = new Map<string, string>();
  readonly #jiti = createJiti(import.meta.url, { fsCache: false, interopDefault: false });

  constructor(use: string, file: string) {
    this.#use = use;
    this.#entry = realpathSync(file);
    this.#folder = dirname(this.#entry) + sep;
  }

  /**
   * The file that `specifier` names, in `from`; an empty `from` asks for the file of the plugin itself.
   *
   * @throws {PluginLoadError} when it is not a file of the plugin's own folder
   */
  resolve(specifier: string, from: string): string {
    if (from === '') return this.#entry;
    const path = /^\.{1,2}\//.test(specifier) ? findFile(join(dirname(from), specifier)) : undefined;
    if (path?.startsWith(this.#folder) === true) return path;
    throw this.#refusal(specifier, from);
  }

  /** @throws {PluginLoadError} when it does not compile */
  code(path: string): string {
    const known = this.#code.get(path);
    if (known !== undefined) return known;
    const code = this.#compile(path);
    this.#code.set(path, code);
    return code;
  }

  #compile(path: string): string {
    const source = readFileSync(path, 'utf8');
    if (extname(path) === '.json') return `module.exports = ${source}`;
    const code = this.#jiti.transform({ source, filename: path, ts: /\.m?ts$/.test(path) });
    const failure = /^exports\.__JITI_ERROR__ = (\{.*\})/.exec(code)?.[1];
    if (failure === undefined) return code;
    const { line, column, message } = JSON.parse(failure) as JitiFailure;
    const place = { file: path, line, column };
    const reason = message.split(/\s+\S*:\d+:\d+/)[0]?.replace(/^\w+: /, '') ?? message;
    const data = { plugin: this.#use, reason, place: placeText(place) };
    throw new PluginLoadError(new AntiphonError('tool.plugin_syntax', data), place);
  }

  #refusal(specifier: string, from: string): PluginLoadError {
    const place = specifierPlace(readFileSync(from, 'utf8'), specifier, from);
    const data = { plugin: this.#use, specifier, place: placeText(place), fix: fixFor(specifier) };
    return new PluginLoadError(new AntiphonError('tool.sandbox_import', data), place);
  }
}

function fixFor(specifier: string): string {
  if (specifier === 'zod')
    return 'Write the schemas as JSON Schema, or bundle the plugin and zod into one file.';
  if (/^\.{0,2}\//.test(specifier)) return 'Import only files beside or below the file of the plugin.';
  if (
    specifier.startsWith('node:') ||
    /^(fs|net|http|https|path|os|crypto|child_process)(\/|$)/.test(specifier)
  ) {
    return 'Code in a sandbox has nothing of the machine; use "isolation: worker" for code that you trust.';
  }
  return 'Bundle the plugin and what it imports into one file, or use "isolation: worker" for code that you trust.';
}

function findFile(path: string): string | undefined {
  for (const extension of extensions) {
    const candidate = path + extension;
    const stats = statSync(candidate, { throwIfNoEntry: false });
    if (stats?.isFile() === true && stats.size <= maxFileBytes) return realpathSync(candidate);
  }
  return undefined;
}
