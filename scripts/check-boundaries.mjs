// Checks who imports whom, against scripts/boundary-rules.mjs.
//   node scripts/check-boundaries.mjs [--root DIR] [--json] [--list-rules]
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { confinedLibraries, packageRows, pureFolders, testOnly } from './boundary-rules.mjs';
import { findCycles } from './lib/find-cycles.mjs';
import { listSources, readModule } from './lib/source-modules.mjs';

/**
 * @typedef {{ rule: string, path: string, line: number, message: string }} Violation
 * @typedef {import('./lib/source-modules.mjs').SourceModule} SourceModule
 * @typedef {import('./lib/source-modules.mjs').Import} Import
 * @typedef {{ name: string, exports: Record<string, unknown>, libraries: Set<string> }} Package
 *   `libraries` are the declared dependencies.
 * @typedef {{ root: string, packages: Map<string, Package>, rootLibraries: Set<string> }} Workspace
 *
 * What an import leads to:
 * @typedef {{ kind: 'file', path: string }
 *   | { kind: 'workspace', folder: string, subpath: string }
 *   | { kind: 'node' }
 *   | { kind: 'library', name: string }} Target
 *
 * @typedef {{ module: SourceModule, imported: Import, target: Target, owner: string | undefined, isSource: boolean, workspace: Workspace }} Edge
 *   `owner` is the folder of the package that the importing file belongs to.
 */

/** Every rule that can be broken, by name. */
export function ruleNames() {
  const folders = Object.keys(packageRows);
  return [
    'known-package',
    ...folders.map((folder) => `direction:${folder}`),
    ...folders.map((folder) => `npm:${folder}`),
    ...folders
      .filter((folder) => !packageRows[folder]?.node.includes(''))
      .map((folder) => `no-node:${folder}`),
    'public-entry-only',
    'no-import-of-own-index',
    ...pureFolders.map(({ rule }) => rule),
    ...confinedLibraries.map(({ rule }) => rule),
    'no-test-code-in-src',
    'no-circular',
    'not-to-unresolvable',
  ];
}

/** @param {string} root @returns {{ violations: Violation[], filesRead: number, importsRead: number }} */
export function checkBoundaries(root) {
  const workspace = readWorkspace(root);
  const folders = [...workspace.packages.keys()].flatMap((folder) => [
    `packages/${folder}/src`,
    `packages/${folder}/test`,
  ]);
  const modules = [...folders, 'test', 'examples', 'bench']
    .flatMap((folder) => listSources(root, folder))
    .map((path) => readModule(root, path));
  const edges = modules.flatMap((module) =>
    module.imports.map((imported) => toEdge(workspace, module, imported)),
  );
  const violations = [
    ...unknownPackages(workspace),
    ...edges.flatMap((edge) => edgeRules.flatMap((rule) => rule(edge))),
    ...cycles(edges),
  ];
  violations.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
  return { violations, filesRead: modules.length, importsRead: edges.length };
}

/** @param {string} root @returns {Workspace} */
function readWorkspace(root) {
  const packages = new Map();
  for (const folder of readdirSync(join(root, 'packages')).sort()) {
    const manifest = join(root, 'packages', folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { name, exports = {}, ...rest } = JSON.parse(readFileSync(manifest, 'utf8'));
    packages.set(folder, { name: packageRows[folder]?.name ?? name, exports, libraries: declaredIn(rest) });
  }
  return {
    root,
    packages,
    rootLibraries: declaredIn(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))),
  };
}

/** @param {Record<string, Record<string, string>>} manifest @returns {Set<string>} */
function declaredIn(manifest) {
  const fields = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'];
  return new Set(fields.flatMap((field) => Object.keys(manifest[field] ?? {})));
}

/** @param {Workspace} workspace @param {SourceModule} module @param {Import} imported @returns {Edge} */
function toEdge(workspace, module, imported) {
  const [, owner, part] = /^packages\/([^/]+)\/([^/]+)\//.exec(module.path) ?? [];
  const target = toTarget(workspace, module, imported);
  return { module, imported, target, owner, isSource: part === 'src', workspace };
}

/** @param {Workspace} workspace @param {SourceModule} module @param {Import} imported @returns {Target} */
function toTarget({ packages }, { path }, { specifier }) {
  if (specifier.startsWith('.')) return { kind: 'file', path: posix.join(posix.dirname(path), specifier) };
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return { kind: 'node' };
  const [, name = specifier, rest = ''] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(specifier) ?? [];
  for (const [folder, one] of packages)
    if (one.name === name) return { kind: 'workspace', folder, subpath: `.${rest}` };
  return { kind: 'library', name };
}

/** @param {Edge} edge @param {string} rule @param {string} message @returns {Violation} */
function violation({ module, imported }, rule, message) {
  return { rule, path: module.path, line: imported.line, message };
}

/** @param {Workspace} workspace @returns {Violation[]} */
function unknownPackages({ packages }) {
  return [...packages.keys()]
    .filter((folder) => packageRows[folder] === undefined)
    .map((folder) => ({
      rule: 'known-package',
      path: `packages/${folder}/package.json`,
      line: 1,
      message: `packages/${folder} has no row in scripts/boundary-rules.mjs: add what it may import.`,
    }));
}

/** The rules that look at one import. @type {((edge: Edge) => Violation[])[]} */
const edgeRules = [
  direction,
  library,
  nodeModules,
  publicEntryOnly,
  ownIndex,
  pureFolder,
  confinedLibrary,
  testCode,
  unresolvable,
];

/** @param {Edge} edge @returns {Violation[]} */
function direction(edge) {
  const { owner, target, isSource } = edge;
  const row = owner === undefined ? undefined : packageRows[owner];
  if (owner === undefined || row === undefined || target.kind !== 'workspace' || target.folder === owner)
    return [];
  const isTestOnly = testOnly.packages.includes(target.folder);
  if (isTestOnly && isSource) return []; // no-test-code-in-src speaks of it
  if (isTestOnly && !testOnly.below.includes(owner)) return [];
  if (row.workspace.includes(target.folder)) return [];
  const allowed = row.workspace.join(', ') || 'no other package';
  return [violation(edge, `direction:${owner}`, `${owner} may import ${allowed}, not ${target.folder}.`)];
}

/** @param {Edge} edge @returns {Violation[]} */
function library(edge) {
  const { owner, target, isSource, workspace } = edge;
  const row = owner === undefined ? undefined : packageRows[owner];
  if (owner === undefined || row === undefined || target.kind !== 'library') return [];
  const declared = workspace.packages.get(owner)?.libraries.has(target.name) === true;
  if (!isSource) {
    if (declared || workspace.rootLibraries.has(target.name)) return [];
    return [
      violation(edge, `npm:${owner}`, `"${target.name}" is declared neither by ${owner} nor at the root.`),
    ];
  }
  if (testOnly.libraries.includes(target.name)) return []; // no-test-code-in-src speaks of it
  if (!row.npm.includes(target.name))
    return [
      violation(
        edge,
        `npm:${owner}`,
        `"${target.name}" is not in the row of ${owner} in scripts/boundary-rules.mjs.`,
      ),
    ];
  if (!declared)
    return [
      violation(edge, `npm:${owner}`, `"${target.name}" is not declared in packages/${owner}/package.json.`),
    ];
  return [];
}

/** @param {Edge} edge @returns {Violation[]} */
function nodeModules(edge) {
  const { owner, module, target, isSource } = edge;
  const row = owner === undefined ? undefined : packageRows[owner];
  if (owner === undefined || row === undefined || !isSource) return [];
  const folders = row.node.map((folder) => `packages/${owner}/src/${folder}`);
  if (folders.some((folder) => module.path.startsWith(folder))) return [];
  if (target.kind === 'node')
    return [
      violation(
        edge,
        `no-node:${owner}`,
        `${module.path} runs in a browser too: no "${edge.imported.specifier}" here.`,
      ),
    ];
  if (target.kind === 'file' && folders.some((folder) => target.path.startsWith(folder)))
    return [
      violation(
        edge,
        `no-node:${owner}`,
        `${module.path} runs in a browser too: it cannot reach ${target.path}.`,
      ),
    ];
  return [];
}

/** @param {Edge} edge @returns {Violation[]} */
function publicEntryOnly(edge) {
  const { owner, target, workspace } = edge;
  if (target.kind === 'workspace') {
    const exported = workspace.packages.get(target.folder)?.exports ?? {};
    if (target.subpath in exported) return [];
    const entries = Object.keys(exported).join(', ') || 'nothing';
    return [
      violation(
        edge,
        'public-entry-only',
        `"${edge.imported.specifier}" is no entry of ${target.folder}; it exports ${entries}.`,
      ),
    ];
  }
  if (target.kind !== 'file') return [];
  const [, targetOwner] = /^packages\/([^/]+)\//.exec(target.path) ?? [];
  if (targetOwner === undefined || targetOwner === owner) return [];
  return [
    violation(
      edge,
      'public-entry-only',
      `Reaches into packages/${targetOwner}: import ${packageRows[targetOwner]?.name ?? targetOwner}.`,
    ),
  ];
}

/** @param {Edge} edge @returns {Violation[]} */
function ownIndex(edge) {
  const { owner, target, isSource } = edge;
  if (owner === undefined || !isSource) return [];
  const byName = target.kind === 'workspace' && target.folder === owner;
  const byPath = target.kind === 'file' && posix.basename(target.path) === 'index.ts';
  if (!byName && !byPath) return [];
  return [
    violation(
      edge,
      'no-import-of-own-index',
      'Import the file that defines the name; importing the index makes cycles.',
    ),
  ];
}

/** @param {Edge} edge @returns {Violation[]} */
function pureFolder(edge) {
  const { module, target, imported } = edge;
  return pureFolders
    .filter(({ folder }) => module.path.startsWith(folder))
    .filter(({ folder, values, types }) => {
      const top = folder.slice(0, folder.indexOf('src/') + 'src/'.length);
      const allowed = imported.typeOnly ? [...values, ...types] : values;
      return target.kind !== 'file' || !allowed.some((part) => target.path.startsWith(`${top}${part}`));
    })
    .map(({ rule, reason }) => violation(edge, rule, `"${imported.specifier}" is out of bounds. ${reason}`));
}

/** @param {Edge} edge @returns {Violation[]} */
function confinedLibrary(edge) {
  const { module, target, isSource } = edge;
  if (target.kind !== 'library' || !isSource) return [];
  return confinedLibraries
    .filter(({ libraries }) => libraries.some((pattern) => matchesName(pattern, target.name)))
    .filter(({ folders }) => !folders.some((folder) => module.path.startsWith(folder)))
    .map(({ rule, folders, reason }) =>
      violation(edge, rule, `"${target.name}" may be imported in ${folders.join(', ')} only. ${reason}`),
    );
}

/** @param {string} pattern @param {string} name */
function matchesName(pattern, name) {
  return pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** @param {Edge} edge @returns {Violation[]} */
function testCode(edge) {
  const { owner, target, isSource, imported } = edge;
  if (!isSource) return [];
  const isTestCode =
    (target.kind === 'workspace' && target.folder !== owner && testOnly.packages.includes(target.folder)) ||
    (target.kind === 'library' && testOnly.libraries.includes(target.name)) ||
    (target.kind === 'file' && /(^|\/)test\/|\.test\.ts$/.test(target.path));
  if (!isTestCode) return [];
  return [
    violation(
      edge,
      'no-test-code-in-src',
      `Shipping code imports "${imported.specifier}", which only tests use.`,
    ),
  ];
}

/** @param {Edge} edge @returns {Violation[]} */
function unresolvable(edge) {
  const { target, workspace, module, imported } = edge;
  const { root } = workspace;
  const found =
    target.kind === 'node' ||
    (target.kind === 'file' && existsSync(join(root, target.path)) && /\.\w+$/.test(target.path)) ||
    target.kind === 'workspace' ||
    (target.kind === 'library' && isInstalled(join(root, dirname(module.path)), target.name, root));
  if (found) return [];
  return [
    violation(
      edge,
      'not-to-unresolvable',
      `"${imported.specifier}" leads nowhere, so no other rule could see it.`,
    ),
  ];
}

/** @param {string} folder @param {string} name @param {string} root @returns {boolean} */
function isInstalled(folder, name, root) {
  if (existsSync(join(folder, 'node_modules', name, 'package.json'))) return true;
  return folder.length > root.length && isInstalled(dirname(folder), name, root);
}

/** Type-only imports count: they too tie two files together. @param {Edge[]} edges @returns {Violation[]} */
function cycles(edges) {
  const graph = /** @type {Map<string, Set<string>>} */ (new Map());
  for (const { module, target } of edges) {
    if (target.kind !== 'file') continue;
    graph.set(module.path, (graph.get(module.path) ?? new Set()).add(target.path));
  }
  return findCycles(graph).map((cycle) => ({
    rule: 'no-circular',
    path: cycle[0] ?? '',
    line: 1,
    message: `These files import each other: ${[...cycle, cycle[0]].join(' → ')}`,
  }));
}

function main() {
  const { values } = parseArgs({
    options: { root: { type: 'string' }, json: { type: 'boolean' }, 'list-rules': { type: 'boolean' } },
  });
  if (values['list-rules'] === true) {
    process.stdout.write(`${ruleNames().join('\n')}\n`);
    return;
  }
  const result = checkBoundaries(values.root ?? fileURLToPath(new URL('..', import.meta.url)));
  if (values.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  else print(result);
  process.exitCode = result.violations.length === 0 && result.filesRead > 0 ? 0 : 1;
}

/** @param {ReturnType<typeof checkBoundaries>} result */
function print({ violations, filesRead, importsRead }) {
  for (const { rule, path, line, message } of violations)
    process.stdout.write(`${path}:${line}  ${rule}  ${message}\n`);
  process.stdout.write(
    `${violations.length} violations; ${importsRead} imports of ${filesRead} files read.\n`,
  );
  if (filesRead === 0) process.stdout.write('No file was read: the check looked at the wrong folder.\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
