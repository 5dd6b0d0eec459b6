// Runs schedules of the session simulator and reports what does not hold.
//   npm run simulate -- [--schedules N] [--seed S] [--jobs J] [--profile NAME] [--driver NAME] [--mutant NAME] [--replay SEED]
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { mutants, plantMutant, plantSource } from './lib/plant-mutant.mjs';

/** @typedef {import('@antiphon/testing').ScheduleResult} ScheduleResult */
/** @typedef {'session' | 'runner'} Driver */
/** @typedef {{ seed: number, first: number, count: number, step: number, profile: string, driver?: Driver, mutant?: string | undefined, planted?: { file: string, source: string } }} Share */
/** @typedef {{ done: number, virtualMs: number, failure: { index: number, seed: number, invariant: string, text: string } | undefined }} Progress */

const reportEvery = 250;

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
 * @param {Driver} [driver]
 * @returns {Promise<(options: import('@antiphon/testing').RunnerScheduleOptions) => ScheduleResult | Promise<ScheduleResult>>}
 */
async function scheduleRunner(driver) {
  if (driver !== 'runner')
    return (await import('../packages/testing/dist/simulator/simulate.js')).runSchedule;
  const runner = await import('../packages/testing/dist/simulator/runner/run-runner-schedule.js');
  return runner.runRunnerSchedule;
}

/** Runs every `step`th schedule from `first` on; stops at the first that fails. */
async function runShare(/** @type {Share} */ share, /** @type {(progress: Progress) => void} */ report) {
  if (share.mutant !== undefined) plantMutant(share.mutant);
  if (share.planted !== undefined) plantSource(share.planted);
  // Not the whole package: most planted bugs are found in less time than that takes to import.
  const { describeFailure } = await import('../packages/testing/dist/simulator/simulate.js');
  const { seedOfSchedule } = await import('../packages/testing/dist/simulator/prng.js');
  const run = await scheduleRunner(share.driver);
  let done = 0;
  let virtualMs = 0;
  for (let index = share.first; index < share.count; index += share.step) {
    const result = await run({ seed: seedOfSchedule(share.seed, index), profile: share.profile });
    done++;
    virtualMs += result.elapsedMs;
    const failure = result.violation && {
      index,
      seed: result.seed,
      invariant: result.violation.invariant,
      text: describeFailure(result),
    };
    if (failure !== undefined || done % reportEvery === 0) {
      report({ done, virtualMs, failure });
    }
    if (failure !== undefined) return;
  }
  report({ done, virtualMs, failure: undefined });
}

/**
 * Runs schedules on several threads until all are done or one fails.
 *
 * @param {{ schedules: number, seed: number, jobs: number, profile: string, driver?: Driver, mutant?: string, onProgress?: (done: number) => void }} options
 */
export async function simulate(options) {
  const { schedules, seed, jobs, profile, driver = 'session', mutant, onProgress = () => {} } = options;
  const before = process.cpuUsage();
  const progress = Array.from(
    { length: jobs },
    () => /** @type {Progress} */ ({ done: 0, virtualMs: 0, failure: undefined }),
  );
  const sum = (/** @type {'done' | 'virtualMs'} */ key) => progress.reduce((all, one) => all + one[key], 0);
  const workers = progress.map(
    (_, job) =>
      new Worker(fileURLToPath(import.meta.url), {
        workerData: { seed, first: job, count: schedules, step: jobs, profile, driver, mutant },
      }),
  );
  const ended = workers.map(
    (worker, job) =>
      new Promise((resolve, reject) => {
        worker.on('message', (/** @type {Progress} */ message) => {
          progress[job] = message;
          onProgress(sum('done'));
          if (message.failure !== undefined) for (const other of workers) void other.terminate();
        });
        worker.on('error', reject);
        worker.on('exit', resolve);
      }),
  );
  await Promise.all(ended);
  const { user, system } = process.cpuUsage(before);
  const failures = progress.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  return {
    done: sum('done'),
    virtualMs: sum('virtualMs'),
    perSecondAndCore: sum('done') / Math.max(0.001, (user + system) / 1_000_000),
    failure: failures.toSorted((a, b) => a.index - b.index)[0],
  };
}

/** @param {{ seed: number, profile: string, driver: Driver, mutant: string | undefined }} options */
async function replay({ seed, profile, driver, mutant }) {
  if (mutant !== undefined) plantMutant(mutant);
  const { describeFailure, describeProfile, describeStep } = await import('@antiphon/testing');
  const run = await scheduleRunner(driver);
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
  const result = await simulate({
    schedules,
    seed: Number(values.seed),
    jobs: Number(values.jobs),
    profile,
    driver,
    ...(mutant !== undefined && { mutant }),
    onProgress,
  });
  if (process.stderr.isTTY) process.stderr.write('\r');
  if (result.failure !== undefined) process.stdout.write(`${result.failure.text}\n`);
  const hours = (result.virtualMs / 3_600_000).toFixed(0);
  const rate = result.perSecondAndCore.toFixed(0);
  const violations = result.failure === undefined ? 0 : 1;
  process.stdout.write(
    `${result.done} schedules (${hours} simulated hours), ${rate} schedules per second of one core, ${violations} violations\n`,
  );
  process.exitCode = violations;
}

if (!isMainThread && workerData !== null) {
  await runShare(workerData, (progress) => parentPort?.postMessage(progress));
} else if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main();
}
