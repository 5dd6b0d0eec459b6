import type { ErrorRow } from '../error-row.ts';

/** Errors of providers that an agent file takes from files and packages of others. */
export const providerPluginErrors = {
  'provider.not_a_provider': {
    message: 'the default export of "{use}" is {found}, not a provider',
    hint: 'Export the result of defineProvider() as default.',
    retryable: false,
    exitCode: 2,
  },
  'provider.config_invalid': {
    message: 'the config of provider "{name}" does not fit: {problems}',
    hint: 'Change it under "config:" in the entry of the provider; what it may hold is in {use}.',
    retryable: false,
    exitCode: 2,
  },
  'provider.create_failed': {
    message: 'provider "{name}" could not be made: {reason}',
    hint: 'This comes from its own code, {use}: see there, or ask its author.',
    retryable: false,
    exitCode: 3,
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;
