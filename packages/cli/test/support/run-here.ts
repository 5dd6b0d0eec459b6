import { runCli } from '../../src/cli.ts';
import type { EndedProcess } from './antiphon-process.ts';
import { fakeConsole } from './fake-console.ts';

/** Where a command is run. */
export interface HereOptions {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Runs a command in this process, on the `agents.yaml` of the folder. Words that begin with `@` are paths in the folder. */
export async function runHere(words: readonly string[], options: HereOptions): Promise<EndedProcess> {
  const { folder, env = {}, signal = new AbortController().signal } = options;
  const console = fakeConsole();
  const config = words.includes('--config') ? [] : ['--config', '@agents.yaml'];
  const exitCode = await runCli(
    [...words, ...config].map((word) => word.replace(/^@/, `${folder}/`)),
    { console, env, version: '1.2.3', signal },
  );
  return { exitCode, stdout: console.outText, stderr: console.errText };
}
