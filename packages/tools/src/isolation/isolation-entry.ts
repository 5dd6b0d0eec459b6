/** The modules that run apart: the process of a plugin, and what its thread runs. */
type Entry = 'plugin-process' | 'module-worker' | 'sandbox-worker';

/**
 * Where a module is that runs apart. Node runs built code only, so when this code itself runs from its sources, what was
 * built beside them is run.
 */
export function isolationEntry(entry: Entry): URL {
  const here = import.meta.url.replace('/src/isolation/', '/dist/isolation/');
  return new URL(`./${entry}.js`, here);
}
