import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ScriptRun } from './run-script.ts';
import { runScript } from './run-script.ts';

/** File contents by path. */
export type Files = Readonly<Record<string, string>>;

/** What the checkers print with `--json`. */
export interface CheckResult {
  readonly violations: readonly { readonly rule: string; readonly path: string; readonly line: number }[];
  readonly filesRead: number;
}

/** Writes `files` into a temporary folder, runs a checker of `scripts/` on it, and removes the folder. */
export function checkTree(script: string, files: Files): { run: ScriptRun; result: CheckResult } {
  const root = mkdtempSync(join(tmpdir(), 'antiphon-toy-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const run = runScript(script, ['--root', root, '--json']);
    return { run, result: JSON.parse(run.stdout) as CheckResult };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
