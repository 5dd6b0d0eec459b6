import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Readable, Writable } from 'node:stream';
import type crossSpawn from 'cross-spawn';

/** What {@link startGroup} takes. */
export interface GroupOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Whether the batch files of Windows may be started, which reads the arguments as a shell does: only for arguments
   * that the author wrote.
   */
  readonly batchFiles: 'refuse' | 'allow';
}

/** A program with everything it starts. */
export interface ChildGroup {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly pid: number | undefined;
  /** How the program ended; rejects when it could not be started. What it started may run on. */
  readonly exited: Promise<GroupExit>;
  /** Ends the program and everything it started: asks, and after `graceMs` insists. Idempotent. */
  kill(graceMs?: number): void;
  /** Ends at once what the program left behind in its group when it ended. */
  sweep(): void;
}

export interface GroupExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Windows has no groups: there the tree of a program is ended while the program runs, and what outlives it stays. */
const hasGroups = process.platform !== 'win32';
const defaultGraceMs = 1_000;
/** Programs that leave the group are found by this variable, where the system shows the variables of programs. */
const markerName = 'ANTIPHON_CALL';

const living = new Set<ChildGroup>();
let watchesExit: 'no' | 'yes' = 'no';

/** Starts a program in a process group of its own. */
export function startGroup({ file, args, cwd, env, batchFiles }: GroupOptions): ChildGroup {
  const marker = randomBytes(12).toString('hex');
  const options = {
    cwd,
    env: { ...env, [markerName]: marker },
    detached: hasGroups,
    shell: false,
    windowsHide: true,
    stdio: 'pipe',
  } as const;
  const start = batchFiles === 'allow' ? loadCrossSpawn() : spawn;
  const child = start(file, [...args], options);
  const group = groupOf(
    child as ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable },
    marker,
  );
  keepUntilExit(group);
  return group;
}

/** Loaded with the first program that may be a batch file: hardly any session starts one. */
function loadCrossSpawn(): typeof crossSpawn {
  return createRequire(import.meta.url)('cross-spawn') as typeof crossSpawn;
}

function groupOf(
  child: ChildProcess & { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable },
  marker: string,
): ChildGroup {
  let timer: NodeJS.Timeout | undefined;
  let phase: 'running' | 'ending' | 'ended' = 'running';
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined);
  const exited = new Promise<GroupExit>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (phase === 'ending' && hasGroups) killAll('SIGKILL');
      phase = 'ended';
      resolve({ code, signal });
    });
  });
  const killAll = (signal: NodeJS.Signals) => {
    killGroup(child.pid, signal);
    if (signal === 'SIGKILL') for (const pid of markedProcesses(marker)) killOne(pid, signal);
  };
  const group: ChildGroup = {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    pid: child.pid,
    exited,
    kill(graceMs = defaultGraceMs) {
      if (phase !== 'running') return;
      phase = 'ending';
      if (graceMs <= 0 || !hasGroups) {
        killAll('SIGKILL');
        return;
      }
      for (const pid of markedProcesses(marker)) killOne(pid, 'SIGTERM');
      killAll('SIGTERM');
      timer = setTimeout(() => killAll('SIGKILL'), graceMs);
    },
    sweep: () => {
      if (hasGroups) killGroup(child.pid, 'SIGKILL');
    },
  };
  exited.then(
    () => living.delete(group),
    () => living.delete(group),
  );
  return group;
}

/** What runs when this process ends is ended too. */
function keepUntilExit(group: ChildGroup): void {
  living.add(group);
  if (watchesExit === 'yes') return;
  watchesExit = 'yes';
  process.on('exit', () => {
    for (const each of living) each.kill(0);
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  if (!hasGroups) {
    spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true }).on(
      'error',
      () => undefined,
    );
    return;
  }
  killOne(-pid, signal);
}

function killOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

/** The programs whose environment holds the marker; none where the system does not show it. */
function markedProcesses(marker: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  const wanted = `${markerName}=${marker}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readEnvironment(pid).includes(wanted))
    .map(Number);
}

function readEnvironment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
