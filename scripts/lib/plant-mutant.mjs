// Breaks the built session or its runner on its way into Node, so that the sources need no switch for it.
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runnerMutants } from './runner-mutants.mjs';
import { mutants as sessionMutants } from './session-mutants.mjs';

/** @typedef {import('./session-mutants.mjs').Mutant} Mutant */

/** Every bug that can be planted. */
export const mutants = [...sessionMutants, ...runnerMutants];

const builtFolder = fileURLToPath(new URL('../../packages/core/build/', import.meta.url));

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
 * Everything that is imported from now on meets the session with this bug in it.
 *
 * @param {string} name
 */
export function plantMutant(name) {
  const mutant = mutants.find((one) => one.name === name);
  if (mutant === undefined) throw new Error(`there is no mutant ${name}; --list-mutants names them`);
  plantSource({ ...mutant, source: breakSource(mutant) });
}

/**
 * Everything that is imported from now on meets another source in the place of a built file.
 *
 * @param {{ file: string, driver?: 'session' | 'runner' | undefined, source: string }} planted
 */
export function plantSource({ source, ...place }) {
  const url = pathToFileURL(builtFile(place)).href;
  const entry = pathToFileURL(join(builtFolder, 'index.js')).href;
  const hooks = `
    let planted;
    export function initialize(data) { planted = data; }
    export async function resolve(specifier, context, nextResolve) {
      return nextResolve(specifier === '@antiphon/core' ? planted.entry : specifier, context);
    }
    export async function load(url, context, nextLoad) {
      if (url !== planted.url) return nextLoad(url, context);
      return { format: 'module', source: planted.source, shortCircuit: true };
    }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`, import.meta.url, {
    data: { url, source, entry },
  });
}
