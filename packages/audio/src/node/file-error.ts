import { AntiphonError } from '@antiphon/core';

/** The error of a file that could not be read, by what the operating system said. */
export function readError(path: string, cause: unknown): AntiphonError {
  const code = systemCode(cause);
  if (code === 'ENOENT') return new AntiphonError('audio.file_not_found', { path }, { cause });
  if (code === 'EISDIR') return new AntiphonError('audio.not_a_file', { path }, { cause });
  return new AntiphonError('audio.read_failed', { path, reason: systemReason(cause) }, { cause });
}

export function openError(path: string, cause: unknown): AntiphonError {
  return new AntiphonError('audio.open_failed', { path, reason: systemReason(cause) }, { cause });
}

export function writeError(path: string, cause: unknown): AntiphonError {
  return new AntiphonError('audio.write_failed', { path, reason: systemReason(cause) }, { cause });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ENOENT', 'its folder does not exist'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of its path is no folder'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EROFS', 'the disk is read-only'],
  ['EMFILE', 'too many files are open'],
]);

function systemReason(cause: unknown): string {
  const code = systemCode(cause);
  return reasons.get(code ?? '') ?? code ?? String(cause);
}

function systemCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
}
