// One holder at a time across processes: a lock file that its holder keeps touching.
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const touchEveryMs = 2_000;
const staleAfterMs = 30_000;
const askAgainAfterMs = 250;

/**
 * Runs `work` while holding the lock file at `path`; waits as long as another live process holds it.
 *
 * @template T
 * @param {string} path
 * @param {{ work: () => Promise<T>, onWait: (holder: string) => void }} options
 * @returns {Promise<T>}
 */
export async function withFileLock(path, { work, onWait }) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!tryAcquire(path)) {
    if (isStale(path)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told) onWait(readHolder(path)?.pid.toString() ?? 'unknown');
    told = true;
    await sleep(askAgainAfterMs);
  }
  const release = () => rmSync(path, { force: true });
  const heartbeat = setInterval(() => touch(path), touchEveryMs);
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.removeListener('exit', release);
    release();
  }
}

/** @param {string} path */
function tryAcquire(path) {
  try {
    writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** A lock is stale when its holder is gone from this machine, or has not touched it for a while. @param {string} path */
function isStale(path) {
  const holder = readHolder(path);
  if (holder !== undefined && holder.host === hostname() && !isAlive(holder.pid)) return true;
  try {
    return Date.now() - statSync(path).mtimeMs > staleAfterMs;
  } catch {
    return false; // released in between: the next attempt takes it
  }
}

/** @param {string} path @returns {{ pid: number, host: string } | undefined} */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** @param {string} path */
function touch(path) {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Taken away by hand; the work goes on.
  }
}
