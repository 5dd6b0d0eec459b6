import type { ErrorRow } from '../error-row.ts';

/** Errors between Antiphon and the provider of the model. */
export const providerErrors = {
  'provider.connect_failed': {
    message: 'could not connect to {url}: {reason}',
    hint: 'Check base_url, the network and that the server is running.',
    retryable: true,
    exitCode: 3,
  },
} as const satisfies Record<string, ErrorRow>;
