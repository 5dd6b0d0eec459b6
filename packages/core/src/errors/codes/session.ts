import type { ErrorRow } from '../error-row.ts';

/** Errors of a running session. */
export const sessionErrors = {
  'session.internal': {
    message: 'the session met a state it does not know: {detail}',
    hint: 'This is a defect of Antiphon: please report it with the session log.',
    retryable: false,
    exitCode: 4,
  },
} as const satisfies Record<string, ErrorRow>;
