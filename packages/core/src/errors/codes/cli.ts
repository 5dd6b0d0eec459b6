import type { ErrorRow } from '../error-row.ts';

/** Errors in how the `antiphon` command was used. */
export const cliErrors = {
  'cli.usage': {
    message: '{problem}',
    hint: 'Run "antiphon {command} --help".',
    retryable: false,
    exitCode: 2,
  },
  'cli.unknown_command': {
    message: 'there is no command "{command}"; the commands are: {available}',
    hint: 'Run "antiphon --help".',
    retryable: false,
    exitCode: 2,
  },
  'cli.bad_directory': {
    message: 'the folder {directory} cannot be used: {reason}',
    hint: 'Name another folder with --out DIR.',
    retryable: false,
    exitCode: 2,
  },
  'cli.file_exists': {
    message: '{file} is there already; nothing was written',
    hint: 'Name another folder, or move it away.',
    retryable: false,
    exitCode: 2,
  },
} as const satisfies Record<string, ErrorRow>;
