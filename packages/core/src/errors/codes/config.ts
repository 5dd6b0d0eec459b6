import type { ErrorRow } from '../error-row.ts';

/** Errors of the agent file. */
export const configErrors = {
  'config.invalid': {
    message: '{file} has {count} problem(s)',
    hint: 'Mend the places named above, then run "antiphon check {file}".',
    retryable: false,
    exitCode: 2,
  },
} as const satisfies Record<string, ErrorRow>;
