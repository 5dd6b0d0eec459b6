// Runs a child process and collects what it prints. Node's own modules only: this runs before anything is installed.
import { spawn } from 'node:child_process';

const killAfterMs = 5_000;

/**
 * Runs a command to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, show?: boolean }} options
 *   `show` lets the child write to this terminal; else its output is collected.
 * @returns {Promise<{ exitCode: number, output: string }>} stdout and stderr in the order they came
 */
export function runCommand(command, args, { cwd, env = process.env, show = false }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    const chunks = /** @type {Buffer[]} */ ([]);
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    const detach = passSignalsTo(child);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      detach();
      const exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
      resolve({ exitCode, output: Buffer.concat(chunks).toString('utf8').trimEnd() });
    });
  });
}

/**
 * An interrupted run ends only after its child has ended, so that nothing goes on writing behind its back.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => void} to be called when the child has ended; it ends this process too if a signal came
 */
function passSignalsTo(child) {
  let exitCode = /** @type {number | undefined} */ (undefined);
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    exitCode = signal === 'SIGINT' ? 130 : 143;
    child.kill(signal);
    setTimeout(() => child.kill('SIGKILL'), killAfterMs).unref();
  };
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return () => {
    process.off('SIGINT', pass).off('SIGTERM', pass);
    if (exitCode !== undefined) process.exit(exitCode);
  };
}

/**
 * Runs a script with the Node that runs this one.
 *
 * @param {string[]} args
 * @param {Parameters<typeof runCommand>[2]} options
 */
export function runNode(args, options) {
  return runCommand(process.execPath, args, options);
}

/**
 * Runs npm: the one that started this script when there is one, else the one on the PATH.
 * On Windows `npm.cmd` cannot be spawned without a shell, so the command line goes through one there; `args` are constants.
 *
 * @param {string[]} args
 * @param {Parameters<typeof runCommand>[2]} options
 */
export function runNpm(args, options) {
  const npmScript = process.env['npm_execpath'];
  if (npmScript !== undefined && /npm-cli\.c?js$/.test(npmScript))
    return runNode([npmScript, ...args], options);
  if (process.platform !== 'win32') return runCommand('npm', args, options);
  return runCommand(
    process.env['ComSpec'] ?? 'cmd.exe',
    ['/d', '/s', '/c', `npm ${args.join(' ')}`],
    options,
  );
}

/** @param {string} text @param {number} count */
export function lastLines(text, count) {
  return text.split(/\r?\n/).slice(-count).join('\n');
}
