import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const command = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The root folder of the repository. */
export const repositoryRoot = fileURLToPath(new URL('../../../../', import.meta.url));

/** Test data that stands beside the repository; tests that need it are skipped where it is absent. */
export const sharedData = join(repositoryRoot, '../shared/data');

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A process that has ended. */
export interface EndedProcess {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the command is run. */
export interface ProcessOptions {
  /** A new folder when absent. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array;
  /** Interrupts the process once its standard output holds this. */
  readonly interruptAfter?: string;
  /** Interrupts the process when this settles. */
  readonly interruptWhen?: Promise<unknown>;
}

/** Runs the `antiphon` command as built. */
export function antiphon(args: readonly string[], options: ProcessOptions = {}): Promise<EndedProcess> {
  const { cwd = process.cwd(), env = {}, stdin, interruptAfter, interruptWhen } = options;
  const child = spawn(process.execPath, [command, ...args], { cwd, env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  let interrupted = interruptAfter === undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (interrupted || !stdout.includes(interruptAfter ?? '')) return;
    interrupted = true;
    child.kill('SIGINT');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  void interruptWhen?.then(() => child.kill('SIGINT'));
  // A process that ends before it has read everything is no failure of the test.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** A folder with these files; removed when the tests of the file are over. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-e2e-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** The objects that a command wrote with `--json`; throws for a line that is none. */
export function jsonLines(stdout: string): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

/** The last line of `antiphon run --json`. */
export interface Summary {
  readonly type: 'summary';
  readonly session_id: string;
  readonly agent: string;
  readonly provider: string;
  readonly status: string;
  readonly usage: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string };
  readonly turns: readonly {
    readonly user: { readonly transcript: string; readonly input: string };
    readonly agent: {
      readonly transcript: string;
      readonly heard: string;
      readonly items: readonly { readonly id: string; readonly file: string; readonly ms: number }[];
    };
    readonly tool_calls: readonly {
      readonly name: string;
      readonly call_id: string;
      readonly arguments: unknown;
      readonly status: string;
      readonly output: unknown;
      readonly ms: number;
    }[];
    readonly latency_ms: Readonly<Record<string, number>>;
  }[];
}

export function summaryOf(stdout: string): Summary {
  const last = jsonLines(stdout).at(-1);
  if (last?.['type'] !== 'summary') throw new Error(`the last line is no summary: ${JSON.stringify(last)}`);
  return last as unknown as Summary;
}
