import type { ErrorRow } from '../error-row.ts';

/** Errors in how the `antiphon` command was used. */
export const cliErrors = {
  'cli.usage': {
    message: '{problem}',
    hint: 'Run "antiphon {command} --help".',
    retryable: false,
    exitCode: 2,
  },
} as const satisfies Record<string, ErrorRow>;
