// Every check of the repository in one run, with one closing line for all of them together.
// With arguments, only the tests whose file names match them: npm test -- resampler
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrapOrExplain } from './bootstrap.mjs';
import { closingLine } from './closing-line-reporter.mjs';
import { runNode } from './lib/run-command.mjs';
import { timed } from './lib/suite-result.mjs';

/** @typedef {import('./closing-line-reporter.mjs').Totals} Totals */
/** @typedef {import('./lib/suite-result.mjs').SuiteResult} SuiteResult */

const root = fileURLToPath(new URL('..', import.meta.url));
const tool = (/** @type {string} */ path) => join(root, 'node_modules', path);

/** A check is one program that must end with exit code 0; it counts as one test. */
const checks = [
  { name: 'types', args: [tool('typescript/bin/tsc'), '-b', '.', 'scripts'] },
  { name: 'bundles', args: ['scripts/bundle.mjs'] },
  { name: 'format', args: [tool('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'] },
  { name: 'lint', args: [tool('oxlint/bin/oxlint'), '--deny-warnings'] },
  { name: 'boundaries', args: ['scripts/check-boundaries.mjs'] },
  { name: 'shapes', args: ['scripts/check-shapes.mjs'] },
  { name: 'unused', args: [tool('knip/bin/knip.js'), '--no-progress'] },
  { name: 'generated files', args: ['scripts/write-docs.mjs', '--check'] },
];
/** What tests of built programs need. */
const built = ['types', 'bundles'];
const testProjects = ['unit', 'e2e'];

/** @param {{ name: string, args: string[] }} check @returns {Promise<Totals>} */
async function runCheck({ name, args }) {
  const { exitCode, output } = await runNode(args, { cwd: root });
  if (exitCode === 0) return { passed: 1, failed: 0, skipped: 0 };
  process.stdout.write(`\n── ${name} failed ──\n${output}\n\n`);
  return { passed: 0, failed: 1, skipped: 0 };
}

/** @param {string} project @param {string[]} filters @returns {Promise<Totals>} */
async function runTests(project, filters) {
  const reporters = ['--reporter=default', '--reporter=./scripts/closing-line-reporter.mjs'];
  const args = [tool('vitest/vitest.mjs'), 'run', '--project', project, ...reporters, ...filters];
  if (filters.length > 0) args.push('--passWithNoTests');
  const { exitCode, written } = await runWriting(args, { show: true });
  const counted = /** @type {Totals} */ (written ?? nothing());
  // A run that failed for a reason no test carries is still a failure.
  return exitCode !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
}

/** What is simulated takes the processors while the tests wait for something, and comes to its end after them. @returns {Promise<SuiteResult[]>} */
async function runSimulations() {
  // The simulation's own threads leave no core to those that compile and collect for them, which then cost more than they save.
  const args = ['scripts/in-background.mjs', '--single-threaded', 'scripts/test-simulation.mjs'];
  const { exitCode, output, written } = await runWriting(args, { show: false });
  if (output !== '') process.stdout.write(`${output}\n`);
  if (exitCode === 0 && written !== undefined) return /** @type {SuiteResult[]} */ (written);
  return [{ name: 'simulation', totals: { ...nothing(), failed: 1 }, ms: 0 }];
}

/**
 * Runs a program that writes what came of it to the file named by ANTIPHON_TOTALS_FILE.
 *
 * @param {string[]} args @param {{ show: boolean }} options
 * @returns {Promise<{ exitCode: number, output: string, written: unknown }>}
 */
async function runWriting(args, { show }) {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-test-'));
  const file = join(folder, 'totals.json');
  try {
    const env = { ...process.env, ANTIPHON_TOTALS_FILE: file };
    const { exitCode, output } = await runNode(args, { cwd: root, env, show });
    const written = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    return { exitCode, output, written };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns {Totals} */
function nothing() {
  return { passed: 0, failed: 0, skipped: 0 };
}

/** @param {SuiteResult[]} results */
function printTable(results) {
  const width = Math.max(...results.map(({ name }) => name.length));
  process.stdout.write('\n');
  for (const { name, totals, ms } of results) {
    const mark = totals.failed === 0 ? 'ok    ' : 'FAILED';
    process.stdout.write(
      `${mark}  ${name.padEnd(width)}  ${(ms / 1000).toFixed(1).padStart(6)} s  ${closingLine(totals)}\n`,
    );
  }
  process.stdout.write('\n');
}

/** @param {SuiteResult[]} results @returns {Totals} */
function addUp(results) {
  const sum = nothing();
  for (const { totals } of results) {
    sum.passed += totals.passed;
    sum.failed += totals.failed;
    sum.skipped += totals.skipped;
  }
  const ranTests = results.some(
    ({ name, totals }) => testProjects.includes(name) && totals.passed + totals.failed > 0,
  );
  return ranTests ? sum : { ...sum, failed: sum.failed + 1 }; // a run without one test is no success
}

/** @param {typeof checks} chosen */
async function runChecks(chosen) {
  const results = /** @type {SuiteResult[]} */ ([]);
  for (const check of chosen) results.push(await timed(check.name, () => runCheck(check)));
  return results;
}

/** @param {string[]} filters */
async function runSuites(filters) {
  const results = await runChecks(checks.filter(({ name }) => built.includes(name)));
  const simulations = filters.length === 0 ? runSimulations() : Promise.resolve([]);
  if (filters.length === 0)
    results.push(...(await runChecks(checks.filter(({ name }) => !built.includes(name)))));
  for (const project of testProjects) results.push(await timed(project, () => runTests(project, filters)));
  return [...results, ...(await simulations)];
}

const ready = await bootstrapOrExplain({ build: false });
const results = ready ? await runSuites(process.argv.slice(2)) : [];
if (results.length > 0) printTable(results);
const totals = addUp(results);
process.stdout.write(`${closingLine(totals)}\n`);
process.exitCode = totals.failed === 0 ? 0 : 1;
