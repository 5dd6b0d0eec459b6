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
  'session.no_store': {
    message: 'this Antiphon keeps no sessions, so none can be resumed',
    hint: 'Give createAntiphon() a store, for example store: jsonlSessionStore("sessions", …).',
    retryable: false,
    exitCode: 4,
  },
  'session.unknown': {
    message: 'there is no session {id} in the store',
    hint: 'Use the id of a session that was started with this store.',
    retryable: false,
    exitCode: 2,
  },
  'session.not_resumable': {
    message: 'the session {id} cannot be resumed: {reason}',
    hint: 'Start another session.',
    retryable: false,
    exitCode: 4,
  },
  'session.bad_log': {
    message: '{file} is not a session log: {reason}',
    hint: 'Name the session.jsonl that a run wrote.',
    retryable: false,
    exitCode: 2,
  },
  'session.closed_runtime': {
    message: 'this Antiphon was closed: it starts no more sessions',
    hint: 'Create another one with createAntiphon().',
    retryable: false,
    exitCode: 4,
  },
} as const satisfies Record<string, ErrorRow>;
