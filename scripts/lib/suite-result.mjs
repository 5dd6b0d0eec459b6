// What came of a part of `npm test`.

/** @typedef {import('../closing-line-reporter.mjs').Totals} Totals */
/** @typedef {{ name: string, totals: Totals, ms: number }} SuiteResult */

/** @param {string} name @param {() => Promise<Totals>} run @returns {Promise<SuiteResult>} */
export async function timed(name, run) {
  const startedMs = performance.now();
  return { name, totals: await run(), ms: performance.now() - startedMs };
}
