import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { JsonValue } from '@antiphon/core';
import { answeredError } from '../answered-error.ts';
import type { SlotValues } from '../declared/template.ts';

/** Longest path that a call may name, in characters. */
const maxPathLength = 1_024;
const advice = 'give one from the folder of the tool, such as notes/today.txt';

/**
 * The values of a call, those that name paths as whole paths within their folders. What does not exist yet is named where it
 * would be. A link counts as what it leads to.
 *
 * @param folders the folder of each parameter that names a path, by the parameter.
 * @throws {ToolError} `tool.command_argument` for a path that lies elsewhere
 */
export async function withinFolders(
  values: SlotValues,
  folders: ReadonlyMap<string, string>,
): Promise<SlotValues> {
  const placed = await Promise.all(
    [...folders]
      .filter(([name]) => Object.hasOwn(values, name))
      .map(async ([name, folder]) => [name, await placedValue(values[name] ?? null, folder, name)] as const),
  );
  return { ...values, ...Object.fromEntries(placed) };
}

async function placedValue(value: JsonValue, folder: string, argument: string): Promise<JsonValue> {
  if (value === null) return null;
  if (!Array.isArray(value)) return containedPath(value, folder, argument);
  return Promise.all(value.map((item: JsonValue) => containedPath(item, folder, argument)));
}

async function containedPath(value: JsonValue, folder: string, argument: string): Promise<string> {
  const unfit = (problem: string) => answeredError('tool.command_argument', { argument, problem });
  const path = typeof value === 'string' ? value : '';
  const wrong = problemOf(path);
  if (wrong !== undefined) throw unfit(wrong);
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) throw unfit('the folder of the tool does not exist');
  const real = await realPlace(resolve(root, path));
  if (real === undefined || !isWithin(real, root))
    throw unfit(`it leads out of the folder of the tool; ${advice}`);
  return real;
}

/** What can be said of a path without looking at the disk. */
function problemOf(value: string): string | undefined {
  if (value.trim() === '') return `it is no path; ${advice}`;
  if (value.length > maxPathLength) return `it is longer than ${maxPathLength} characters`;
  if (value.includes('\0')) return 'it holds a NUL character';
  if (isAbsolute(value) || /^(?:[/\\~]|[a-z]:)/i.test(value)) return `it is an absolute path; ${advice}`;
  if (value.split(/[/\\]/).includes('..')) return `it holds ".."; ${advice}`;
  // A stream of a file, which Windows names behind a colon.
  if (process.platform === 'win32' && value.includes(':')) return 'it holds a colon';
  return undefined;
}

/** Where a path leads, followed as far as it exists; undefined where a link leads nowhere, or what is no folder stands in the way. */
async function realPlace(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const isLink = await lstat(path).then(
      () => true,
      () => false,
    );
    const parent = dirname(path);
    if (!isMissing || isLink || parent === path) return undefined;
    const place = await realPlace(parent);
    return place === undefined ? undefined : join(place, basename(path));
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
