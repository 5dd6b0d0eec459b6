// Checks the shape of the sources: small classes, and a public surface someone chose name by name.
//   node scripts/check-shapes.mjs [--root DIR] [--json] [--list-rules]
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Visitor } from 'oxc-parser';
import { listSources, readModule } from './lib/source-modules.mjs';

/**
 * @typedef {import('./check-boundaries.mjs').Violation} Violation
 * @typedef {import('./lib/source-modules.mjs').SourceModule} SourceModule
 */

const maxMutableFields = 6;
const maxBooleanFields = 1;
/** Where a default export is the contract: a plugin file exports its plugin as default. */
const defaultExportFolders = ['packages/tools/src/plugins/'];

export const shapeRules = ['few-mutable-fields', 'one-boolean-field', 'no-export-all', 'no-default-export'];

/** @param {string} root @returns {{ violations: Violation[], filesRead: number }} */
export function checkShapes(root) {
  const packages = existsSync(join(root, 'packages')) ? readdirSync(join(root, 'packages')).sort() : [];
  const modules = packages
    .flatMap((folder) => listSources(root, `packages/${folder}/src`))
    .map((path) => readModule(root, path));
  const violations = modules.flatMap((module) => [...exportShapes(module), ...classShapes(module)]);
  return { violations, filesRead: modules.length };
}

/** @param {SourceModule} module @returns {Violation[]} */
function exportShapes({ path, exports }) {
  return exports.flatMap(({ name, line }) => {
    if (name === '*')
      return [
        {
          rule: 'no-export-all',
          path,
          line,
          message: 'Name every export: the surface is a list someone chose.',
        },
      ];
    if (name === 'default' && !defaultExportFolders.some((folder) => path.startsWith(folder)))
      return [{ rule: 'no-default-export', path, line, message: 'Export by name: one name in every file.' }];
    return [];
  });
}

/** @param {SourceModule} module @returns {Violation[]} */
function classShapes({ path, program, lineAt }) {
  const violations = /** @type {Violation[]} */ ([]);
  new Visitor({
    ClassBody(node) {
      const line = lineAt(node.start);
      const mutable = node.body.filter(isMutableField);
      const flags = mutable.filter(isFlag);
      if (mutable.length > maxMutableFields)
        violations.push({
          rule: 'few-mutable-fields',
          path,
          line,
          message: `${mutable.length} mutable fields, ${maxMutableFields} allowed: move the state into a reducer or split the class.`,
        });
      if (flags.length > maxBooleanFields)
        violations.push({
          rule: 'one-boolean-field',
          path,
          line,
          message: `${flags.length} boolean fields make ${2 ** flags.length} states, some of them illegal: use one union-typed phase.`,
        });
    },
  }).visit(program);
  return violations;
}

/** @param {import('oxc-parser').ClassElement} element @returns {element is import('oxc-parser').PropertyDefinition} */
function isMutableField(element) {
  return element.type === 'PropertyDefinition' && !element.readonly && !element.static && !element.declare;
}

/** @param {import('oxc-parser').ClassElement} field */
function isFlag(field) {
  if (field.type !== 'PropertyDefinition') return false;
  const type = field.typeAnnotation?.typeAnnotation.type;
  return (
    type === 'TSBooleanKeyword' || (field.value?.type === 'Literal' && typeof field.value.value === 'boolean')
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { root: { type: 'string' }, json: { type: 'boolean' }, 'list-rules': { type: 'boolean' } },
  });
  if (values['list-rules'] === true) process.stdout.write(`${shapeRules.join('\n')}\n`);
  else {
    const { violations, filesRead } = checkShapes(
      values.root ?? fileURLToPath(new URL('..', import.meta.url)),
    );
    if (values.json === true) process.stdout.write(`${JSON.stringify({ violations, filesRead })}\n`);
    else {
      for (const { rule, path, line, message } of violations)
        process.stdout.write(`${path}:${line}  ${rule}  ${message}\n`);
      process.stdout.write(`${violations.length} violations; ${filesRead} files read.\n`);
    }
    process.exitCode = violations.length === 0 && filesRead > 0 ? 0 : 1;
  }
}
