import type { ErrorRow } from '../error-row.ts';

/** Errors of plugins that run apart from the process: at start (exit code 2), and of one call, answered to the model (exit code 4). */
export const toolIsolationErrors = {
  'tool.sandbox_import': {
    message: 'the plugin {plugin} cannot run in a sandbox: it imports "{specifier}" at {place}',
    hint: '{fix}',
    retryable: false,
    exitCode: 2,
  },
  'tool.worker_lost': {
    message: 'the plugin of {tool} crashed or was stopped during the call',
    hint: 'Whether the call took effect is not known; say so. The plugin is started again.',
    retryable: true,
    exitCode: 4,
  },
  'tool.worker_unavailable': {
    message: 'the plugin of {tool} does not run at the moment',
    hint: 'Say that it did not work. It is started again; try later.',
    retryable: true,
    exitCode: 4,
  },
} as const satisfies Record<string, ErrorRow>;
