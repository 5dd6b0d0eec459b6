import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectRecorded } from './support/recorded-expectations.ts';
import { runRecorded } from './support/recorded-run.ts';
import { namesIn, recordingFolders, recordingIn } from './support/recording-files.ts';

describe.each(recordingFolders)('the recorded sessions of $of', ({ url }) => {
  it.skipIf(!existsSync(url))('are there (skipped without the folder)', () => {
    expect(namesIn(url)).not.toEqual([]);
  });

  describe.each(['own_values', 'recorded_values'] as const)('by a server that answers with %s', (answers) => {
    it.concurrent.each(namesIn(url))('%s', async (name) => {
      expectRecorded(await runRecorded(recordingIn(url, name), answers));
    });
  });
});
