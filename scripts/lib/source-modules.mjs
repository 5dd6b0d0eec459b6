// Reads TypeScript sources with a real parser: what each file imports, and what it exports.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/**
 * @typedef {{ specifier: string, typeOnly: boolean, line: number }} Import
 * @typedef {{ path: string, imports: Import[], program: import('oxc-parser').Program, exports: Exported[], lineAt: (offset: number) => number }} SourceModule
 *   `path` is relative to the root, with slashes.
 * @typedef {{ name: string, typeOnly: boolean, line: number }} Exported `name` is `*` for `export * from`.
 */

/** The TypeScript files below `folder`, as sorted paths relative to `root`, with slashes. @param {string} root @param {string} folder */
export function listSources(root, folder) {
  const top = join(root, folder);
  if (!existsSync(top)) return [];
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[mc]?tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))
    .sort();
}

/** @param {string} root @param {string} path @returns {SourceModule} */
export function readModule(root, path) {
  const text = readFileSync(join(root, path), 'utf8');
  const { program, module, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const lineAt = (/** @type {number} */ offset) => text.slice(0, offset).split('\n').length;

  const imports = /** @type {Import[]} */ ([]);
  const add = (
    /** @type {string} */ specifier,
    /** @type {boolean} */ typeOnly,
    /** @type {number} */ offset,
  ) => imports.push({ specifier, typeOnly, line: lineAt(offset) });
  new Visitor({
    ImportDeclaration(node) {
      const named = node.specifiers;
      const allTypes =
        named.length > 0 && named.every((one) => one.type === 'ImportSpecifier' && one.importKind === 'type');
      add(node.source.value, node.importKind === 'type' || allTypes, node.start);
    },
    ExportNamedDeclaration(node) {
      if (node.source === null) return;
      const allTypes =
        node.specifiers.length > 0 && node.specifiers.every((one) => one.exportKind === 'type');
      add(node.source.value, node.exportKind === 'type' || allTypes, node.start);
    },
    ExportAllDeclaration(node) {
      add(node.source.value, node.exportKind === 'type', node.start);
    },
    ImportExpression(node) {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string')
        add(node.source.value, false, node.start);
    },
    TSImportType(node) {
      add(node.source.value, true, node.start);
    },
  }).visit(program);

  const exports = module.staticExports.flatMap(({ entries }) =>
    entries.map((entry) => ({
      name: entry.exportName.name ?? (entry.exportName.kind === 'Default' ? 'default' : '*'),
      typeOnly: entry.isType,
      line: lineAt(entry.start),
    })),
  );
  return { path, imports, program, exports, lineAt };
}
