// Every check of the repository in one run, with one closing line for all of them together.
// With arguments, only the tests whose file names match them: npm test -- resampler
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrapOrExplain } from './bootstrap.mjs';
import { closingLine } from './closing-line-reporter.mjs';
import { runNode } from './lib/run-command.mjs';

/** @typedef {import('./closing-line-reporter.mjs').Totals} Totals */
/** @typedef {{ name: string, totals: Totals, ms: number }} SuiteResult */

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
/** @type {{ schedules: number, seed: number, profile: string, driver?: 'session' | 'runner' }[]} */
const simulations = [
  { schedules: 45_000, seed: 4, profile: 'swarm' },
  { schedules: 55_000, seed: 4, profile: 'core' },
  { schedules: 2_000, seed: 4, profile: 'consents' },
  { schedules: 1_000, seed: 4, profile: 'odd_servers' },
  { schedules: 1_000, seed: 4, profile: 'crossed_answers' },
  { schedules: 1_000, seed: 4, profile: 'swarm', driver: 'runner' },
];
/** For how long a planted bug is looked for; those of today are found in a few hundred. */
const mutantSchedules = 10_000;

/** @param {{ name: string, args: string[] }} check @returns {Promise<Totals>} */
async function runCheck({ name, args }) {
  const { exitCode, output } = await runNode(args, { cwd: root });
  if (exitCode === 0) return { passed: 1, failed: 0, skipped: 0 };
  process.stdout.write(`\n── ${name} failed ──\n${output}\n\n`);
  return { passed: 0, failed: 1, skipped: 0 };
}

/** @param {string} project @param {string[]} filters @returns {Promise<Totals>} */
async function runTests(project, filters) {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-test-'));
  const totalsFile = join(folder, 'totals.json');
  const reporters = ['--reporter=default', '--reporter=./scripts/closing-line-reporter.mjs'];
  const args = [tool('vitest/vitest.mjs'), 'run', '--project', project, ...reporters, ...filters];
  if (filters.length > 0) args.push('--passWithNoTests');
  try {
    const env = { ...process.env, ANTIPHON_TOTALS_FILE: totalsFile };
    const { exitCode } = await runNode(args, { cwd: root, env, show: true });
    const counted = existsSync(totalsFile) ? JSON.parse(readFileSync(totalsFile, 'utf8')) : nothing();
    // A run that failed for a reason no test carries is still a failure.
    return exitCode !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Schedules of the simulated session, each set counted as one test, and the bugs planted in it, each of which must be found.
 *
 * @returns {Promise<Totals>}
 */
async function runSimulation() {
  const { simulate } = await import('./simulate.mjs');
  const jobs = availableParallelism();
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const simulation of simulations) {
    const { failure } = await simulate({ ...simulation, jobs });
    if (failure === undefined) totals.passed += 1;
    else totals.failed += 1;
    if (failure !== undefined) process.stdout.write(`\n── simulation failed ──\n${failure.text}\n\n`);
  }
  return totals;
}

/** @returns {Promise<Totals>} */
async function runMutants() {
  const { findMutants } = await import('./simulate-mutants.mjs');
  const options = { seed: 1, schedules: mutantSchedules, jobs: availableParallelism(), skipOnDemand: true };
  const verdicts = await findMutants(options);
  const missed = verdicts.filter(({ schedules }) => schedules === undefined);
  for (const { name, problem } of missed) process.stdout.write(`planted bug ${name}: ${problem ?? ''}\n`);
  return { passed: verdicts.length - missed.length, failed: missed.length, skipped: 0 };
}

/** @returns {Totals} */
function nothing() {
  return { passed: 0, failed: 0, skipped: 0 };
}

/** @param {string} name @param {() => Promise<Totals>} run @returns {Promise<SuiteResult>} */
async function timed(name, run) {
  const startedMs = performance.now();
  return { name, totals: await run(), ms: performance.now() - startedMs };
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

/** @param {string[]} filters */
async function runSuites(filters) {
  const results = /** @type {SuiteResult[]} */ ([]);
  const chosen = filters.length === 0 ? checks : checks.filter(({ name }) => built.includes(name));
  for (const check of chosen) results.push(await timed(check.name, () => runCheck(check)));
  for (const project of testProjects) results.push(await timed(project, () => runTests(project, filters)));
  if (filters.length === 0) {
    results.push(await timed('simulation', runSimulation));
    results.push(await timed('planted bugs', runMutants));
  }
  return results;
}

const ready = await bootstrapOrExplain({ build: false });
const results = ready ? await runSuites(process.argv.slice(2)) : [];
if (results.length > 0) printTable(results);
const totals = addUp(results);
process.stdout.write(`${closingLine(totals)}\n`);
process.exitCode = totals.failed === 0 ? 0 : 1;
