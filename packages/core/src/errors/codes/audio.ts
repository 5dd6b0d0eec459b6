import type { ErrorRow } from '../error-row.ts';

/** Errors of reading, writing and converting audio. */
export const audioErrors = {
  'audio.not_wav': {
    message: 'not a WAV file: {reason}',
    hint: 'Give a RIFF/WAVE file (PCM 8/16/24/32, float 32/64, A-law or mu-law), or raw PCM16 at 24 kHz through "-".',
    retryable: false,
    exitCode: 2,
  },
} as const satisfies Record<string, ErrorRow>;
