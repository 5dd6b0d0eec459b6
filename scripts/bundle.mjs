// Makes each package one file to load, with its programs beside it: a process that reads six hundred modules waits for them.
// What tsc writes to `build` stays a file a module; it is what bugs are planted into. Packages stay apart, so that a class is
// the same one for everybody who imports it, and so do those they depend on, but for a few.
//   node scripts/bundle.mjs [--clean]
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const packagesFolder = join(root, 'packages');
/**
 * What becomes part of a package: libraries of many files that every program loads and nobody gets objects of, or gets none
 * that must be of one copy (schemas of zod know each other by their marks). Of zod that leaves out the languages it speaks,
 * two thirds of its files. Together they are a third of a start. Not what faces the network, so that a fix of it reaches those
 * who install it.
 */
const inlined = /** @type {Record<string, string[]>} */ ({
  core: ['yaml', 'zod'],
  runtime: ['inversify', '@inversifyjs', 'reflect-metadata'],
  tools: ['zod'],
});
const configFiles = [fileURLToPath(import.meta.url), join(root, 'package-lock.json')];
/** Modules that a process, a thread or a script of this repository starts from, beside what a package exports. */
const programs = /** @type {Record<string, string[]>} */ ({
  audio: ['node/devices/native/recorder-program', 'node/devices/native/player-program'],
  cli: ['main'],
  testing: ['simulator/simulate', 'simulator/prng', 'simulator/runner/run-runner-schedule'],
  local: ['workers/recognition-worker', 'workers/speaker-worker', 'workers/voice-worker'],
  tools: ['isolation/plugin-process', 'isolation/module-worker', 'isolation/sandbox-worker'],
});

/** @param {string} name a folder of `packages` */
async function bundlePackage(name) {
  const folder = join(packagesFolder, name);
  const source = join(folder, 'src');
  const dist = join(folder, 'dist');
  const wanted = fingerprint([...configFiles, ...filesIn(source)]);
  const stampFile = join(dist, '.bundle-stamp');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  const build = await rolldown({
    input: Object.fromEntries(entriesOf(name).map((entry) => [entry, join(source, `${entry}.ts`)])),
    platform: 'node',
    external: (id) =>
      isBare(id) && !(inlined[name] ?? []).some((one) => id === one || id.startsWith(`${one}/`)),
    // Its entry exports what it also loads late; that it then has at once is what those want who import it.
    checks: { ineffectiveDynamicImport: false },
  });
  const { output } = await build.write({
    dir: dist,
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
  });
  await build.close();
  removeBundles(
    dist,
    output.map(({ fileName }) => join(dist, fileName)),
  );
  writeLicences(
    dist,
    output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : [])),
  );
  writeFileSync(stampFile, wanted);
}

/** Whether a module is named as of a package, and not by its place. @param {string} id */
function isBare(id) {
  return !id.startsWith('.') && !isAbsolute(id) && !id.startsWith('\0');
}

/** Puts the licences of what became part of a package beside it. @param {string} dist @param {string[]} modules */
function writeLicences(dist, modules) {
  const folders = new Set(
    modules.flatMap((file) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file) ?? []),
  );
  const texts = [...folders].map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    if (licence === undefined) throw new Error(`${name} has no licence to go with it`);
    return `${name} ${version}\n\n${readFileSync(join(folder, licence), 'utf8').trim()}\n`;
  });
  if (texts.length > 0)
    writeFileSync(join(dist, 'third-party-licences.txt'), texts.toSorted().join('\n---\n\n'));
}

/** Leaves what tsc wrote. @param {string} dist @param {string[]} [kept] */
function removeBundles(dist, kept = []) {
  for (const file of filesIn(dist))
    if (/\.js(\.map)?$|\.bundle-stamp$/.test(file) && !kept.includes(file)) rmSync(file);
}

/** The modules of a package that others import or start, as paths in its sources. @param {string} name */
function entriesOf(name) {
  const { exports = {} } = JSON.parse(readFileSync(join(packagesFolder, name, 'package.json'), 'utf8'));
  const sources = Object.values(exports).map((entry) => entry['@antiphon/source']);
  return [...sources.map((file) => file.replace(/^\.\/src\/|\.ts$/g, '')), ...(programs[name] ?? [])];
}

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Says whether files have changed, without reading them. @param {string[]} files */
function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`);
  }
  return `${hash.digest('hex')}\n`;
}

const isCleaning = process.argv.includes('--clean');
for (const name of readdirSync(packagesFolder)) {
  const dist = join(packagesFolder, name, 'dist');
  if (!isCleaning) await bundlePackage(name);
  else if (existsSync(dist)) removeBundles(dist);
}
