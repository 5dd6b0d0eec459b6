// Writes down the public surface as it is now: every exported name of every package entry, and every error code.
// The tests compare with what was written, so a change of the surface shows in a diff that someone reads.
//   node scripts/update-pins.mjs [--print]
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNode } from './lib/run-command.mjs';
import { readModule } from './lib/source-modules.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const header = '// Written by "node scripts/update-pins.mjs". A change here is a change of the public API.\n';

/** The exported names by entry, such as `@antiphon/audio/node`; types are marked. @returns {Record<string, string[]>} */
function publicSurface() {
  /** @type {Record<string, string[]>} */
  const surface = {};
  for (const folder of readdirSync(join(root, 'packages')).sort()) {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
    for (const [subpath, entry] of Object.entries(manifest.exports ?? {})) {
      if (typeof entry === 'string') continue; // a file, no module
      const source = posix.join('packages', folder, entry['@antiphon/source']);
      if (!existsSync(join(root, source))) continue; // the test of the manifests speaks of it
      surface[posix.join(manifest.name, subpath)] = readModule(root, source)
        .exports.map(({ name, typeOnly }) => (typeOnly ? `type ${name}` : name))
        .sort();
    }
  }
  return surface;
}

/** @param {string} name @param {unknown} value @returns {string} the file written */
function writePin(name, value) {
  const file = join(root, 'test', 'pins', `${name}.ts`);
  const identifier = name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  mkdirSync(join(root, 'test', 'pins'), { recursive: true });
  writeFileSync(file, `${header}export const ${identifier} = ${JSON.stringify(value, null, 2)} as const;\n`);
  process.stdout.write(`Wrote test/pins/${name}.ts.\n`);
  return file;
}

if (process.argv.includes('--print')) {
  process.stdout.write(JSON.stringify(publicSurface()));
} else {
  const { errorTable } = await import('@antiphon/core');
  const files = [
    writePin('public-surface', publicSurface()),
    writePin('error-codes', Object.keys(errorTable).sort()),
  ];
  const formatter = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const { exitCode, output } = await runNode([formatter, 'check', '--write', ...files], { cwd: root });
  if (exitCode !== 0) process.stderr.write(`${output}\n`);
  process.exitCode = exitCode;
}
