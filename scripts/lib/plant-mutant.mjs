// Breaks the session or its runner as it was built in a bundle with the simulator, so that the sources need no switch for it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { runnerMutants } from './runner-mutants.mjs';
import { mutants as sessionMutants } from './session-mutants.mjs';

/** @typedef {import('./session-mutants.mjs').Mutant} Mutant */

/** @typedef {{ modules: string, remove: () => void }} Planted the folder of a simulator, as a URL */

/** Every bug that can be planted. */
export const mutants = [...sessionMutants, ...runnerMutants];

const builtFolder = fileURLToPath(new URL('../../packages/core/build/', import.meta.url));

const testingFolder = fileURLToPath(new URL('../../packages/testing/dist/', import.meta.url));
const entries = ['simulator/simulate', 'simulator/prng', 'simulator/runner/run-runner-schedule'];

/** The session as it was built. */
export const sessionFolder = join(builtFolder, 'session');

/** @param {{ file: string, driver?: 'session' | 'runner' | undefined }} place */
function builtFile({ file, driver = 'session' }) {
  return join(builtFolder, driver, file);
}

/**
 * The built file of a mutant with its bug in it. Throws when its text is not there exactly once.
 *
 * @param {Mutant} mutant
 */
export function breakSource(mutant) {
  const { name, file, find, replace } = mutant;
  const source = readFileSync(builtFile(mutant), 'utf8');
  const found = source.split(find).length - 1;
  if (found !== 1)
    throw new Error(`mutant ${name}: ${file} has its text ${found} times, once is needed: ${find}`);
  return source.replace(find, () => replace);
}

/**
 * The simulator with a session that has this bug.
 *
 * @param {string} name @returns {Promise<Planted>}
 */
export async function plantMutant(name) {
  const mutant = mutants.find((one) => one.name === name);
  if (mutant === undefined) throw new Error(`there is no mutant ${name}; --list-mutants names them`);
  return plantSource({ ...mutant, source: breakSource(mutant) });
}

/**
 * The simulator with another source in the place of a built file: a few modules, as each thread that looks for a bug loads
 * them anew. Whoever has done with them removes them.
 *
 * @param {{ file: string, driver?: 'session' | 'runner' | undefined, source: string }} planted @returns {Promise<Planted>}
 */
export async function plantSource({ source, ...place }) {
  const broken = builtFile(place);
  const build = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, join(testingFolder, `${entry}.js`)])),
    platform: 'node',
    // What a session does not use is left out with all it would make at its start: the schemas of the wire, YAML.
    treeshake: { moduleSideEffects: false },
    resolve: { alias: { '@antiphon/core': join(builtFolder, 'index.js') } },
    plugins: [{ name: 'planted', load: (id) => (id === broken ? source : undefined) }],
  });
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-planted-'));
  await build.write({ dir: folder, format: 'esm', entryFileNames: '[name].js' });
  await build.close();
  return {
    modules: `${pathToFileURL(folder).href}/`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
