import { env } from 'node:process';
import { recordedSession } from '@antiphon/testing';
import { describe, it } from 'vitest';
import { expectRecorded } from './support/recorded-expectations.ts';
import { runRecorded } from './support/recorded-run.ts';
import { namesIn, recordingFolders, recordingIn } from './support/recording-files.ts';
import { type Variation, variations } from './support/vary-recording.ts';

const names = Object.keys(variations) as Variation[];
/** Of each recording some, so that each variation meets many; all of them on demand. */
const perRecording = env['ANTIPHON_VARIATIONS'] === 'all' ? names.length : 3;
const stride = 8;

const cases = recordingFolders.flatMap(({ url }) =>
  namesIn(url).flatMap((file, at) =>
    Array.from({ length: perRecording }, (_, turn) => ({
      url,
      file,
      variation: names[(at + turn * stride) % names.length] as Variation,
    })),
  ),
);

// What a server may say in another way comes to the same.
describe('recorded sessions, said differently', () => {
  it.concurrent.each(cases)('$file: $variation', async ({ url, file, variation }) => {
    const recording = recordingIn(url, file);
    const run = await runRecorded(variations[variation](recording));
    expectRecorded({ ...run, recorded: { ...recordedSession(recording), service: run.recorded.service } });
  });
});
