/** The workers of the offline engine, by the name of their module. */
export type WorkerEntryName = 'recognition-worker' | 'speaker-worker' | 'voice-worker';

/** The module a worker starts from, as it was built: Node runs no other, and this code may be part of any built file. */
export function workerEntry(name: WorkerEntryName): URL {
  return new URL(import.meta.url.replace(/^(.*)\/(src|build|dist)\/.*$/, `$1/dist/workers/${name}.js`));
}
