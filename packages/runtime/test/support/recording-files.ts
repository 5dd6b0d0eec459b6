import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseRecording, type Recording } from '@antiphon/testing';

/** Recordings of hosted services, which need not be there, and those that this project keeps. */
export const recordingFolders = [
  { of: 'hosted services', url: new URL('../../../../../shared/data/recordings/', import.meta.url) },
  { of: 'this project', url: new URL('../../../testing/test/recordings/', import.meta.url) },
];

export function namesIn(folder: URL): readonly string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.yaml') && !file.startsWith('gemini-'))
        .map((file) => file.slice(0, -'.yaml'.length))
        .sort()
    : [];
}

export function recordingIn(folder: URL, name: string): Recording {
  return parseRecording(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'), name);
}
