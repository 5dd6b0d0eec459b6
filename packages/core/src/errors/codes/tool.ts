import type { ErrorRow } from '../error-row.ts';

/** Errors of tools and plugins. */
export const toolErrors = {
  'tool.unknown': {
    message: 'there is no tool named "{name}"; the tools are: {available}',
    hint: 'Use one of the names above.',
    retryable: false,
    exitCode: 2,
  },
} as const satisfies Record<string, ErrorRow>;
