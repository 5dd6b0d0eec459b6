// Plants each bug of the table in turn and lets the simulator look for it.
//   node scripts/simulate-mutants.mjs [--schedules N] [--seed S] [--jobs J] [--driver NAME] [--only NAME,…] [--remember]
// Each is looked for until it is found, in at most N schedules; the exit code is 1 when one is not found.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { breakSource, mutants, plantMutant } from './lib/plant-mutant.mjs';

/** @typedef {{ name: string, schedules: number | undefined, invariant: string, problem: string | undefined }} Verdict */

const worker = new URL('simulate.mjs', import.meta.url);

/**
 * Which schedule found each bug when it was last written down: it is tried first, and the search goes through all when it finds
 * nothing any more. What finds a bug is the same with it and without.
 */
const finds = new URL('lib/mutant-finds.json', import.meta.url);

/** @returns {{ seed: number, index: Record<string, number> }} */
function readFinds() {
  return JSON.parse(readFileSync(finds, 'utf8'));
}

/** @param {number} seed @param {Verdict[]} verdicts */
function writeFinds(seed, verdicts) {
  const last = readFinds();
  const index = last.seed === seed ? last.index : {};
  for (const { name, schedules } of verdicts) if (schedules !== undefined) index[name] = schedules - 1;
  const sorted = Object.fromEntries(Object.entries(index).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(finds, `${JSON.stringify({ seed, index: sorted }, undefined, 2)}\n`);
}

/**
 * Whether a bug could be planted.
 *
 * @param {import('./lib/session-mutants.mjs').Mutant} mutant
 * @returns {Verdict}
 */
function glance(mutant) {
  const { name } = mutant;
  try {
    breakSource(mutant);
    return { name, schedules: 0, invariant: '', problem: undefined };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { name, schedules: undefined, invariant: '', problem };
  }
}

/**
 * The number of the schedule that finds a bug, in the order of their seeds.
 *
 * @param {import('./lib/session-mutants.mjs').Mutant} mutant
 * @param {{ seed: number, schedules: number, firstTried: number | undefined }} options
 * @returns {Promise<Verdict>}
 */
async function findMutant(mutant, { seed, schedules, firstTried }) {
  const missed = { name: mutant.name, schedules: undefined, invariant: '' };
  /** @type {import('./lib/plant-mutant.mjs').Planted} */
  let planted;
  try {
    planted = await plantMutant(mutant.name);
  } catch (error) {
    return { ...missed, problem: String(error instanceof Error ? error.message : error) };
  }
  const { profile = 'swarm', driver = 'session' } = mutant;
  const all = { seed, first: 0, count: schedules, step: 1, profile, driver };
  const shares =
    firstTried === undefined ? [all] : [{ ...all, first: firstTried, count: firstTried + 1 }, all];
  /** @type {Promise<Verdict>} */
  const found = new Promise((resolve) => {
    const thread = new Worker(worker, { workerData: { shares, modules: planted.modules } });
    thread.on('message', ({ failure }) => {
      if (failure === undefined) return;
      resolve({
        name: mutant.name,
        schedules: failure.index + 1,
        invariant: failure.invariant,
        problem: undefined,
      });
    });
    thread.on('error', (error) => resolve({ ...missed, problem: String(error) }));
    thread.on('exit', () => resolve({ ...missed, problem: `not found in ${schedules} schedules` }));
  });
  return found.finally(planted.remove);
}

/**
 * What is left for a run of its own: of the bugs of a session two of three, for the time it takes; that its text is there
 * is looked at all the same.
 *
 * @param {import('./lib/session-mutants.mjs').Mutant} mutant @param {number} at
 */
function isOnDemand({ run, driver }, at) {
  return run === 'on_demand' || (driver !== 'runner' && at % 3 !== 0);
}

/**
 * Looks for every bug of the table.
 *
 * @param {{ seed: number, schedules: number, jobs: number, only?: string, driver?: string, skipOnDemand?: boolean, searchAnew?: boolean, onVerdict?: (verdict: Verdict) => void }} options
 */
export async function findMutants(options) {
  const { seed, schedules, jobs, only, driver, onVerdict = () => {} } = options;
  const { skipOnDemand = false, searchAnew = false } = options;
  const named = only?.split(',');
  const last = readFinds();
  const hints = last.seed === seed && !searchAnew ? last.index : {};
  const waiting = mutants
    .filter(({ name }) => named?.includes(name) ?? true)
    .filter((mutant) => driver === undefined || (mutant.driver ?? 'session') === driver)
    .map((mutant, at) => ({ mutant, isSkipped: skipOnDemand && isOnDemand(mutant, at) }));
  const verdicts = /** @type {Verdict[]} */ ([]);
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { mutant, isSkipped } = next;
      const look = () => findMutant(mutant, { seed, schedules, firstTried: hints[mutant.name] });
      const verdict = isSkipped ? glance(mutant) : await look();
      verdicts.push(verdict);
      onVerdict(verdict);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return verdicts;
}

/** @param {Verdict[]} verdicts */
export function describeVerdicts(verdicts) {
  const counts = verdicts.flatMap(({ schedules }) => schedules ?? []).toSorted((a, b) => a - b);
  const median = counts[counts.length >> 1] ?? 0;
  return `${counts.length} of ${verdicts.length} planted bugs found; schedules until then: median ${median}, at most ${counts.at(-1) ?? 0}`;
}

const help = `Usage: node scripts/simulate-mutants.mjs [options]

Plants each bug of the table in turn and lets the simulator look for it; exits with 1 when one is not found.

  --schedules N    how many at the most (default: 50000)
  --seed S         where they are drawn from (default: 1)
  --jobs J         bugs looked for at once (default: one a core)
  --driver NAME    only those of: session, or runner
  --only NAME,…    only these
  --remember       search from the first schedule on, and write down what found each, which is tried first from then on
`;

async function main() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      schedules: { type: 'string', default: '50000' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      only: { type: 'string' },
      driver: { type: 'string' },
      remember: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const seed = Number(values.seed);
  const verdicts = await findMutants({
    seed,
    searchAnew: values.remember,
    schedules: Number(values.schedules),
    jobs: Number(values.jobs),
    ...(values.only !== undefined && { only: values.only }),
    ...(values.driver !== undefined && { driver: values.driver }),
    onVerdict: ({ name, schedules, invariant, problem }) => {
      process.stdout.write(
        `${name.padEnd(28)} ${problem ?? `${String(schedules).padStart(6)}  ${invariant}`}\n`,
      );
    },
  });
  if (values.remember) writeFinds(seed, verdicts);
  process.stdout.write(`${describeVerdicts(verdicts)}\n`);
  process.exitCode = verdicts.every(({ schedules }) => schedules !== undefined) ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
