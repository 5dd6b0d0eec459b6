/** The workers of the offline engine, by the name of their module. */
export type WorkerEntryName = 'recognition-worker' | 'speaker-worker' | 'voice-worker';

/**
 * The module a worker starts from. Node runs built code only, so when this code itself runs from its sources, the
 * worker starts from what was built beside them.
 */
export function workerEntry(name: WorkerEntryName): URL {
  const here = import.meta.url.replace('/src/workers/', '/dist/workers/');
  return new URL(`./${name}.js`, here);
}
