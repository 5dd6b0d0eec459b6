// Runs schedules of the session simulator and reports what does not hold.
//   npm run simulate -- [--schedules N] [--seed S] [--jobs J] [--profile NAME] [--driver NAME] [--mutant NAME] [--replay SEED]
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { mutants, plantMutant } from './lib/plant-mutant.mjs';

/** @typedef {import('@antiphon/testing').ScheduleResult} ScheduleResult */
/** @typedef {'session' | 'runner'} Driver */
/** @typedef {{ seed: number, first: number, count: number, step: number, profile: string, driver?: Driver, set?: number }} Share */
/** @typedef {{ shares: Share[], stopped?: Int32Array, modules?: string | undefined }} Work `modules`: another simulator than the built one */
/** @typedef {{ set: number, done: number, virtualMs: number, failure: { index: number, seed: number, invariant: string, text: string } | undefined }} Progress */
/** @typedef {{ schedules: number, seed: number, profile: string, driver?: Driver }} ScheduleSet */

const reportEvery = 250;
const builtModules = new URL('../packages/testing/dist/', import.meta.url).href;

/** Not the whole package: most planted bugs are found in less time than that takes to import. @param {string} [modules] */
async function loadSimulator(modules = builtModules) {
  /** @type {typeof import('../packages/testing/dist/simulator/simulate.js')} */
  const { describeFailure, runSchedule } = await import(`${modules}simulator/simulate.js`);
  /** @type {typeof import('../packages/testing/dist/simulator/prng.js')} */
  const { seedOfSchedule } = await import(`${modules}simulator/prng.js`);
  return { describeFailure, runSchedule, seedOfSchedule };
}

const help = `Usage: npm run simulate -- [options]

Runs conversations drawn at random against the rules of a session; stops at the first that breaks one, with what replays it.

  --schedules N    how many (default: 10000)
  --seed S         where they are drawn from (default: 1)
  --jobs J         threads (default: one a core)
  --profile NAME   what is drawn (default: swarm)
  --driver NAME    what is run: session, the pure function (default), or runner, what performs its effects
  --mutant NAME    with a planted bug
  --list-mutants   name the planted bugs, and end
  --replay SEED    show one schedule step by step
`;

/**
 * What runs a schedule.
 *
 * @param {Driver} [driver] @param {string} [modules]
 * @returns {Promise<(options: import('@antiphon/testing').RunnerScheduleOptions) => ScheduleResult | Promise<ScheduleResult>>}
 */
async function scheduleRunner(driver, modules = builtModules) {
  if (driver !== 'runner') return (await loadSimulator(modules)).runSchedule;
  /** @type {typeof import('../packages/testing/dist/simulator/runner/run-runner-schedule.js')} */
  const { runRunnerSchedule } = await import(`${modules}simulator/runner/run-runner-schedule.js`);
  return runRunnerSchedule;
}

/** Does one share after the other; of a set in which a schedule failed nothing more is done. */
async function runShares(/** @type {Work} */ work, /** @type {(progress: Progress) => void} */ report) {
  const { shares, stopped = new Int32Array(1), modules } = work;
  for (const share of shares) {
    const { set = 0 } = share;
    if (Atomics.load(stopped, set) === 0) await runShare(share, { stopped, modules }, report);
  }
}

/**
 * Runs every `step`th schedule from `first` on.
 *
 * @param {Share} share @param {{ stopped: Int32Array, modules: string | undefined }} simulator
 * @param {(progress: Progress) => void} report
 */
async function runShare(share, { stopped, modules }, report) {
  const { describeFailure, seedOfSchedule } = await loadSimulator(modules);
  const run = await scheduleRunner(share.driver, modules);
  const { set = 0 } = share;
  let done = 0;
  let virtualMs = 0;
  for (let index = share.first; index < share.count; index += share.step) {
    if (Atomics.load(stopped, set) !== 0) break;
    const result = await run({ seed: seedOfSchedule(share.seed, index), profile: share.profile });
    done++;
    virtualMs += result.elapsedMs;
    if (result.violation !== undefined) {
      Atomics.store(stopped, set, 1);
      const { invariant } = result.violation;
      const failure = { index, seed: result.seed, invariant, text: describeFailure(result) };
      return report({ set, done, virtualMs, failure });
    }
    if (done % reportEvery === 0) report({ set, done, virtualMs, failure: undefined });
  }
  report({ set, done, virtualMs, failure: undefined });
}

/**
 * Runs sets of schedules, each until all are done or one fails. The threads are the same for all sets: each has to get
 * warm only once.
 *
 * @param {readonly ScheduleSet[]} sets
 * @param {{ jobs: number, mutant?: string, onProgress?: (done: number) => void }} options
 */
export async function simulateSets(sets, { jobs, mutant, onProgress = () => {} }) {
  const stopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * sets.length));
  const planted = mutant === undefined ? undefined : await plantMutant(mutant);
  const progress = Array.from({ length: jobs }, () => /** @type {Progress[]} */ ([]));
  const ended = progress.map((mine, job) => {
    const shares = sets.map(({ schedules, ...rest }, set) => {
      return { ...rest, set, first: job, count: schedules, step: jobs };
    });
    const workerData = { shares, stopped, modules: planted?.modules };
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData });
    return new Promise((resolve, reject) => {
      worker.on('message', (/** @type {Progress} */ message) => {
        mine[message.set] = message;
        onProgress(progress.flat().reduce((all, { done }) => all + done, 0));
      });
      worker.on('error', reject);
      worker.on('exit', resolve);
    });
  });
  await Promise.all(ended).finally(planted?.remove);
  return sets.map((_, set) => {
    const parts = progress.flatMap((mine) => mine[set] ?? []);
    const failures = parts.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    return {
      done: parts.reduce((all, one) => all + one.done, 0),
      virtualMs: parts.reduce((all, one) => all + one.virtualMs, 0),
      failure: failures.toSorted((a, b) => a.index - b.index)[0],
    };
  });
}

/** @param {{ seed: number, profile: string, driver: Driver, mutant: string | undefined }} options */
async function replay({ seed, profile, driver, mutant }) {
  const { describeFailure, describeProfile, describeStep } = await import('@antiphon/testing');
  const planted = mutant === undefined ? undefined : await plantMutant(mutant);
  const run = await scheduleRunner(driver, planted?.modules);
  planted?.remove();
  const result = await run({ seed, profile, keepTrace: true });
  if (result.violation !== undefined) {
    process.stdout.write(`${describeFailure(result, result.trace.length)}\n`);
    process.exitCode = 1;
    return;
  }
  process.stdout.write(`${result.trace.map(describeStep).join('\n')}\n${describeProfile(result.profile)}\n`);
  process.stdout.write(`seed ${seed}: ${result.steps} steps, everything holds\n`);
}

async function main() {
  const { values } = parseArgs({
    options: {
      schedules: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      profile: { type: 'string', default: 'swarm' },
      driver: { type: 'string', default: 'session' },
      mutant: { type: 'string' },
      replay: { type: 'string' },
      'list-mutants': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (values['list-mutants']) {
    for (const { name, breaks } of mutants) process.stdout.write(`${name.padEnd(36)} ${breaks}\n`);
    return;
  }
  const { profile, driver, mutant } = values;
  if (driver !== 'session' && driver !== 'runner')
    throw new Error(`--driver is session or runner, not ${driver}`);
  if (values.replay !== undefined) return replay({ seed: Number(values.replay), profile, driver, mutant });
  const schedules = Number(values.schedules);
  const onProgress = (/** @type {number} */ done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${schedules} schedules`);
  };
  const [result] = await simulateSets([{ schedules, seed: Number(values.seed), profile, driver }], {
    jobs: Number(values.jobs),
    ...(mutant !== undefined && { mutant }),
    onProgress,
  });
  if (result === undefined) throw new Error('a set of schedules came to no end');
  const { user, system } = process.cpuUsage();
  if (process.stderr.isTTY) process.stderr.write('\r');
  if (result.failure !== undefined) process.stdout.write(`${result.failure.text}\n`);
  const hours = (result.virtualMs / 3_600_000).toFixed(0);
  const rate = (result.done / Math.max(0.001, (user + system) / 1_000_000)).toFixed(0);
  const violations = result.failure === undefined ? 0 : 1;
  process.stdout.write(
    `${result.done} schedules (${hours} simulated hours), ${rate} schedules per second of one core, ${violations} violations\n`,
  );
  process.exitCode = violations;
}

if (!isMainThread && workerData !== null) {
  await runShares(workerData, (progress) => parentPort?.postMessage(progress));
} else if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main();
}
