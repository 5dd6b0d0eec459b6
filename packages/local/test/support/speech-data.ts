import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPcm16 } from './wav.ts';

const directory = fileURLToPath(new URL('../../../../../shared/data/speech', import.meta.url));

/** Whether the speech beside the repository is there. */
export const hasSpeechData: boolean = existsSync(join(directory, 'transcripts.tsv'));

/** A recorded or synthetic utterance, 16 kHz. */
export interface SpokenClip {
  readonly file: string;
  readonly transcript: string;
  readonly samples: Float32Array;
}

export function readClips(kind: 'human' | 'synthetic'): readonly SpokenClip[] {
  const lines = readFileSync(join(directory, 'transcripts.tsv'), 'utf8').split('\n').slice(1);
  return lines
    .map((line) => line.split('\t'))
    .filter(([file]) => file?.startsWith(`${kind}/`))
    .map(([file = '', transcript = '']) => ({
      file,
      transcript,
      samples: readPcm16(join(directory, file)),
    }));
}
