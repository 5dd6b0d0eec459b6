// What `npm test` has simulated: schedules of the session, and the bugs planted in it, each of which must be found.
// Writes what came of both to the file named by ANTIPHON_TOTALS_FILE, or prints it.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { closingLine } from './closing-line-reporter.mjs';
import { timed } from './lib/suite-result.mjs';
import { simulateSets } from './simulate.mjs';
import { findMutants } from './simulate-mutants.mjs';

/** @typedef {import('./closing-line-reporter.mjs').Totals} Totals */

/** @type {import('./simulate.mjs').ScheduleSet[]} */
const simulations = [
  { schedules: 40_000, seed: 4, profile: 'swarm' },
  { schedules: 54_000, seed: 4, profile: 'core' },
  { schedules: 2_000, seed: 4, profile: 'consents' },
  { schedules: 1_000, seed: 4, profile: 'odd_servers' },
  { schedules: 1_000, seed: 4, profile: 'crossed_answers' },
  { schedules: 1_000, seed: 4, profile: 'joined_calls' },
  { schedules: 1_000, seed: 4, profile: 'swarm', driver: 'runner' },
];
/** For how long a planted bug is looked for; those of today are found in a few hundred. */
const mutantSchedules = 10_000;
const jobs = availableParallelism();

/** Each set counts as one test. @returns {Promise<Totals>} */
async function runSimulation() {
  const results = await simulateSets(simulations, { jobs });
  for (const { failure } of results)
    if (failure !== undefined) process.stdout.write(`\n── simulation failed ──\n${failure.text}\n\n`);
  const passed = results.filter(
    ({ done, failure }, set) => failure === undefined && done === simulations[set]?.schedules,
  );
  return { passed: passed.length, failed: results.length - passed.length, skipped: 0 };
}

/** @returns {Promise<Totals>} */
async function runMutants() {
  const verdicts = await findMutants({ seed: 1, schedules: mutantSchedules, jobs, skipOnDemand: true });
  const missed = verdicts.filter(({ schedules }) => schedules === undefined);
  for (const { name, problem } of missed) process.stdout.write(`planted bug ${name}: ${problem ?? ''}\n`);
  return { passed: verdicts.length - missed.length, failed: missed.length, skipped: 0 };
}

const results = [await timed('simulation', runSimulation), await timed('planted bugs', runMutants)];
const file = process.env['ANTIPHON_TOTALS_FILE'];
if (file === undefined)
  for (const { name, totals } of results) process.stdout.write(`${name}: ${closingLine(totals)}\n`);
else writeFileSync(file, JSON.stringify(results));
