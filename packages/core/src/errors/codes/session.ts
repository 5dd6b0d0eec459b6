import type { ErrorRow } from '../error-row.ts';

/** Errors of starting and running a session. */
export const sessionErrors = {
  'session.unknown_agent': {
    message: 'there is no agent named "{name}"; the agents are: {available}',
    hint: 'Use one of the names above.',
    retryable: false,
    exitCode: 2,
  },
  'session.closed': {
    message: 'the session is closed: {action} is no longer possible',
    hint: 'Start another session.',
    retryable: false,
    exitCode: 4,
  },
  'session.closed_runtime': {
    message: 'this Antiphon was closed: it starts no more sessions',
    hint: 'Create another one with createAntiphon().',
    retryable: false,
    exitCode: 4,
  },
} as const satisfies Record<string, ErrorRow>;
