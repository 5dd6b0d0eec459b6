/** The modules that run apart: the process of a plugin, and what its thread runs. */
type Entry = 'plugin-process' | 'module-worker' | 'sandbox-worker';

/** Where a module is that runs apart, as it was built: Node runs no other, and this code may be part of any built file. */
export function isolationEntry(entry: Entry): URL {
  return new URL(import.meta.url.replace(/^(.*)\/(src|build|dist)\/.*$/, `$1/dist/isolation/${entry}.js`));
}
