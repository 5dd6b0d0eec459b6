import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';

/** What a file looked like when its hash was last found right. */
interface Verification {
  readonly sha256: string;
  readonly byteLength: number;
  readonly modifiedMs: number;
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Tells whether the file at `path` has this hash. The content is read only when size or modification time
 * differ from those of the last time it was found right.
 */
export async function isVerifiedFile(path: string, sha256: string): Promise<boolean> {
  try {
    const current = await describe(path, sha256);
    if (await sameAsRemembered(path, current)) return true;
    if (sha256Of(await readFile(path)) !== sha256) return false;
    await remember(path, current);
    return true;
  } catch {
    return false;
  }
}

/** Puts `bytes` at `path` in one step, so that no reader ever sees a part, and remembers their hash as verified. */
export async function writeVerifiedFile(path: string, bytes: Uint8Array, sha256: string): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await writeFile(partial, bytes, { mode: 0o600, flag: 'wx' });
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  }
  await remember(path, await describe(path, sha256));
}

async function describe(path: string, sha256: string): Promise<Verification> {
  const stats = await stat(path);
  return { sha256, byteLength: stats.size, modifiedMs: stats.mtimeMs };
}

async function sameAsRemembered(path: string, current: Verification): Promise<boolean> {
  try {
    const text = await readFile(markerPath(path), 'utf8');
    return text === JSON.stringify(current);
  } catch {
    return false;
  }
}

async function remember(path: string, verification: Verification): Promise<void> {
  await writeFile(markerPath(path), JSON.stringify(verification), { mode: 0o600 });
}

function markerPath(path: string): string {
  return `${path}.verified`;
}
