import { AsyncLocalStorage } from 'node:async_hooks';
import { runCli } from '../../src/cli.ts';
import type { EndedProcess } from './antiphon-process.ts';
import { type FakeConsole, fakeConsole } from './fake-console.ts';

/** Where a command is run. */
export interface HereOptions {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

// The log of a command goes to standard error itself, past its console.
const commands = new AsyncLocalStorage<FakeConsole>();
const write = process.stderr.write.bind(process.stderr);
process.stderr.write = ((text: string, ...more: []) => {
  const console = commands.getStore();
  if (console === undefined) return write(text, ...more);
  console.err(text);
  return true;
}) as typeof write;

/** Runs a command in this process, on the `agents.yaml` of the folder. Words that begin with `@` are paths in the folder. */
export async function runHere(words: readonly string[], options: HereOptions): Promise<EndedProcess> {
  const { folder, env = {}, signal = new AbortController().signal } = options;
  const console = fakeConsole();
  const config = words.includes('--config') ? [] : ['--config', '@agents.yaml'];
  const given = [...words, ...config].map((word) => word.replace(/^@/, `${folder}/`));
  const exitCode = await commands.run(console, () =>
    runCli(given, { console, env, version: '1.2.3', signal }),
  );
  return { exitCode, stdout: console.outText, stderr: console.errText };
}
