// A Vitest reporter that counts everything that can fail: tests, hooks, files that do not load, errors outside any test.
import { writeFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Totals */

/** @param {Totals} totals */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Writes the totals as JSON to the file named by ANTIPHON_TOTALS_FILE, or prints the closing line. */
export default class ClosingLineReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} testModules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(testModules, unhandledErrors) {
    const totals = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of testModules) addModule(totals, module);
    const file = process.env['ANTIPHON_TOTALS_FILE'];
    if (file === undefined) process.stdout.write(`${closingLine(totals)}\n`);
    else writeFileSync(file, JSON.stringify(totals));
  }
}

/** @param {Totals} totals @param {import('vitest/node').TestModule} module */
function addModule(totals, module) {
  totals.failed += module.errors().length;
  for (const suite of module.children.allSuites()) totals.failed += suite.errors().length;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') totals.passed += 1;
    else if (state === 'skipped') totals.skipped += 1;
    else totals.failed += 1; // failed, or never ended
  }
}
