// Makes a checkout ready to run: the right Node, the locked dependencies, the packages built.
// Node's own modules only: on a fresh clone nothing else is there.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withFileLock } from './lib/file-lock.mjs';
import { lastLines, runNode, runNpm } from './lib/run-command.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'node_modules', '.antiphon-stamp');
const lockFile = join(root, '.cache', 'bootstrap.lock');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const bundler = join(root, 'scripts', 'bundle.mjs');
const commandFile = join(root, 'packages', 'cli', 'dist', 'main.js');

class BootstrapError extends Error {}

/**
 * Installs and builds what is out of date; quiet when nothing is.
 *
 * @param {{ build: boolean }} options `build: false` stops after the dependencies.
 */
export async function bootstrap({ build }) {
  requireNode();
  await withFileLock(lockFile, {
    onWait: (pid) => say(`Waiting for another install or build of this checkout (process ${pid}) …`),
    work: async () => {
      await installIfChanged();
      if (build) await buildPackages();
    },
  });
}

function requireNode() {
  const needed = readJson('package.json').engines.node.replace('>=', '');
  if (compareVersions(process.versions.node, needed) >= 0) return;
  throw new BootstrapError(
    `Antiphon needs Node ${needed} or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a current Node from https://nodejs.org and run the command again.',
  );
}

async function installIfChanged() {
  const wanted = installFingerprint();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  rmSync(stampFile, { force: true });
  const progress = startProgress('Installing the locked dependencies (npm ci)');
  const { exitCode, output } = await runNpm(
    ['ci', '--include=dev', '--no-audit', '--no-fund', '--no-progress'],
    {
      cwd: root,
    },
  );
  progress.stop(exitCode === 0);
  if (exitCode !== 0) {
    throw new BootstrapError(
      `npm ci ended with exit code ${exitCode}:\n\n${lastLines(output, 25)}\n\n` +
        'Check the network and the npm registry setting, then run the command again.',
    );
  }
  writeFileSync(stampFile, wanted);
}

/** What decides whether node_modules is the right one. */
function installFingerprint() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', '.npmrc'])
    hash.update(readFileSync(join(root, file))).update('\0');
  const [nodeMajor] = process.versions.node.split('.');
  return `${hash.digest('hex')} ${process.platform}-${process.arch} node${nodeMajor}\n`;
}

async function buildPackages() {
  const projects = readJson('tsconfig.json')
    .references.map((/** @type {{ path: string }} */ reference) => reference.path)
    .filter((/** @type {string} */ path) => path.startsWith('packages/'));
  const progress = startProgress('Building the packages', { quietForMs: 2_000 });
  const compiled = await runNode([compiler, '-b', ...projects], { cwd: root });
  const built = compiled.exitCode === 0 ? await runNode([bundler], { cwd: root }) : compiled;
  progress.stop(built.exitCode === 0);
  if (built.exitCode !== 0) {
    throw new BootstrapError(`The packages do not compile:\n\n${lastLines(built.output, 60)}`);
  }
  if (existsSync(commandFile)) await linkCommand();
}

/** npm links a command only when its file exists, which on a fresh clone is after the build. */
async function linkCommand() {
  if (existsSync(join(root, 'node_modules', '.bin', 'antiphon'))) return;
  chmodSync(commandFile, 0o755);
  await runNpm(['rebuild', 'antiphon', '--ignore-scripts'], { cwd: root });
}

/**
 * Shows that something long is going on: one line that counts seconds on a terminal, a first and a last line elsewhere.
 * Nothing is shown of what ends within `quietForMs`.
 *
 * @param {string} label
 * @param {{ quietForMs?: number }} [options]
 */
function startProgress(label, { quietForMs = 0 } = {}) {
  const isTerminal = process.stderr.isTTY === true && process.env['CI'] === undefined;
  const startedMs = Date.now();
  const seconds = () => Math.round((Date.now() - startedMs) / 1000);
  let shown = false;
  const show = () => {
    if (isTerminal) process.stderr.write(`\r${label} … ${seconds()} s`);
    else if (!shown) say(`${label} …`);
    shown = true;
  };
  const tick = () => {
    if (Date.now() - startedMs >= quietForMs) show();
  };
  tick();
  const timer = setInterval(tick, 1_000);
  return {
    /** @param {boolean} ok */
    stop(ok) {
      clearInterval(timer);
      if (!shown) return;
      const line = `${label} … ${ok ? 'done' : 'failed'} after ${seconds()} s`;
      say(isTerminal ? `\r${line}` : line);
    },
  };
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

/** @param {string} left @param {string} right */
function compareVersions(left, right) {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Runs the bootstrap; a failure is shown without a stack. @param {{ build: boolean }} options @returns {Promise<boolean>} */
export async function bootstrapOrExplain(options) {
  try {
    await bootstrap(options);
    return true;
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    say(error.message);
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const ready = await bootstrapOrExplain({ build: !process.argv.includes('--install-only') });
  process.exitCode = ready ? 0 : 1;
}
