import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The root folder of the repository. */
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/** What a script of the repository printed and how it ended. */
export interface ScriptRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of `scripts/` the way the command line does. */
export function runScript(name: string, args: readonly string[] = []): ScriptRun {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`scripts/${name}`, ...args], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  return { exitCode: status, stdout, stderr };
}
