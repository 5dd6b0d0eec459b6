import type { ErrorRow } from '../error-row.ts';

/** Errors of the built-in plugins, answered to the model. */
export const toolBuiltInErrors = {
  'tool.call_unsteered': {
    message: '{tool} was not done: {reason}',
    hint: 'The application gives "callControl" where it can.',
    modelHint: 'Say that it cannot be done on this call.',
    retryable: false,
    exitCode: 4,
  },
  'tool.call_failed': {
    message: '{tool} did not work: the telephone network refused',
    hint: 'Say so, and offer something else.',
    retryable: true,
    exitCode: 4,
  },
} as const satisfies Record<string, ErrorRow>;
