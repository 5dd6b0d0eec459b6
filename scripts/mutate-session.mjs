// Plants bugs that nobody thought of: small changes of the built session, drawn at random. Prints those that the simulator
// does not find, for a person to judge: either the change makes no difference, or a rule is missing.
//   node scripts/mutate-session.mjs [--mutations N] [--draw D] [--schedules N] [--seed S] [--jobs J] [--file NAME,…] [--skip NAME,…] [--profile NAME]
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { plantSource, sessionFolder } from './lib/plant-mutant.mjs';
import { mutationsOf } from './lib/session-mutations.mjs';

/** @typedef {import('./lib/session-mutations.mjs').Mutation} Mutation */

const worker = new URL('simulate.mjs', import.meta.url);
/** A change that lets the simulator run in circles is found. */
const patienceMs = 120_000;

/** @param {readonly string[]} only @param {readonly string[]} skipped */
function allMutations(only, skipped) {
  return readdirSync(sessionFolder, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) => file.endsWith('.js') && (only.length === 0 || only.includes(file)) && !skipped.includes(file),
    )
    .toSorted()
    .flatMap((file) => mutationsOf(file, readFileSync(join(sessionFolder, file), 'utf8')));
}

/**
 * The same `count` of them for the same number: spread over all, not the first.
 *
 * @param {Mutation[]} mutations @param {number} count @param {number} draw
 */
function drawn(mutations, count, draw) {
  const rank = (/** @type {number} */ at) => Math.imul(at + 1 + draw * 7919, 0x9e3779b1) >>> 0;
  return mutations
    .map((mutation, at) => ({ mutation, rank: rank(at) }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ mutation }) => mutation);
}

/**
 * @param {Mutation} mutation
 * @param {{ seed: number, schedules: number, profile: string }} options
 * @returns {Promise<string | undefined>} how it was found
 */
async function look({ file, source }, { seed, schedules, profile }) {
  const { modules, remove } = await plantSource({ file, source });
  /** @type {Promise<string | undefined>} */
  const verdict = new Promise((resolve) => {
    const workerData = { shares: [{ seed, first: 0, count: schedules, step: 1, profile }], modules };
    const thread = new Worker(worker, { workerData });
    const end = (/** @type {string | undefined} */ verdict) => {
      clearTimeout(timer);
      resolve(verdict);
      void thread.terminate();
    };
    const timer = setTimeout(() => end('hangs'), patienceMs);
    thread.on('message', ({ done, failure }) => {
      if (failure !== undefined) end(`${failure.invariant} after ${failure.index + 1}`);
      else timer.refresh();
      if (done >= schedules) end(undefined);
    });
    thread.on('error', (error) => end(String(error).split('\n')[0]));
    thread.on('exit', () => end(undefined));
  });
  return verdict.finally(remove);
}

const help = `Usage: node scripts/mutate-session.mjs [options]

Changes a random place of the session in a small way, again and again, and prints the changes that the simulator does not find.

  --mutations N    how many (default: 100)
  --draw D         where they are drawn from (default: 1)
  --schedules N    in how many schedules each is looked for (default: 2000)
  --seed S         where those are drawn from (default: 1)
  --profile NAME   what is drawn (default: swarm)
  --jobs J         changes looked for at once (default: 1)
  --file NAME,…    only in these files
  --skip NAME,…    not in these
`;

async function main() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      mutations: { type: 'string', default: '100' },
      draw: { type: 'string', default: '1' },
      schedules: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      file: { type: 'string', default: '' },
      skip: { type: 'string', default: '' },
      profile: { type: 'string', default: 'swarm' },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const { profile } = values;
  const options = { seed: Number(values.seed), schedules: Number(values.schedules), profile };
  const listOf = (/** @type {string} */ names) => names.split(',').filter((name) => name !== '');
  const all = allMutations(listOf(values.file), listOf(values.skip));
  const waiting = drawn(all, Number(values.mutations), Number(values.draw));
  const count = waiting.length;
  let survived = 0;
  const work = async () => {
    for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift()) {
      const verdict = await look(mutation, options);
      if (verdict !== undefined) continue;
      survived++;
      const { file, line, kind, before, after } = mutation;
      process.stdout.write(`${file}:${line} ${kind}\n  - ${before}\n  + ${after}\n`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  process.stdout.write(
    `${count} of ${all.length} changes, ${survived} not found in ${options.schedules} schedules\n`,
  );
}

await main();
