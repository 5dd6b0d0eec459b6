/**
 * The module that a worker runs. Node runs built code only, so when this code itself runs from its sources, the worker
 * runs what was built beside them.
 */
export function isolationEntry(isolation: 'worker' | 'sandbox'): URL {
  const here = import.meta.url.replace('/src/isolation/', '/dist/isolation/');
  return new URL(isolation === 'worker' ? './module-worker.js' : './sandbox-worker.js', here);
}
