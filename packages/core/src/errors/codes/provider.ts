import type { ErrorRow } from '../error-row.ts';

/** Errors between Antiphon and the provider of the model. */
export const providerErrors = {
  'provider.unknown': {
    message: 'there is no provider named "{name}"; the providers are: {available}',
    hint: 'Use one of the names above, or add "{name}" under "providers:" in the agent file.',
    retryable: false,
    exitCode: 2,
  },
  'provider.unsupported': {
    message: 'provider "{name}" has the type "{type}", which this version cannot connect to',
    hint: 'Use a provider of type local or openai.',
    retryable: false,
    exitCode: 2,
  },
  'provider.bad_url': {
    message: '"{url}" is not the address of a Realtime server',
    hint: 'Write base_url as ws://, wss://, http:// or https://, for example ws://127.0.0.1:9000/v1.',
    retryable: false,
    exitCode: 2,
  },
  'provider.key_missing': {
    message: 'provider "{name}" has no api_key',
    hint: 'Give its entry an api_key from the environment and set that variable; "api_key: none" is for servers without keys.',
    retryable: false,
    exitCode: 2,
  },
  'provider.connect_failed': {
    message: 'could not connect to provider "{name}": {reason}',
    hint: 'Check its address, the network and that the server is running.',
    retryable: true,
    exitCode: 3,
  },
  'provider.timeout': {
    message: 'provider "{name}" did not answer: {reason}',
    hint: 'Check that its address is a Realtime server of the GA dialect, then try again.',
    retryable: true,
    exitCode: 3,
  },
  'provider.rejected': {
    message: 'provider "{name}" refused the session: {reason}',
    hint: 'Check the api_key, the model and the account.',
    retryable: false,
    exitCode: 3,
  },
  'provider.session_refused': {
    message: 'provider "{name}" refused the settings of the agent: {reason}',
    hint: 'Change the setting that is named in brackets in the agent file.',
    retryable: false,
    exitCode: 3,
  },
  'provider.lost': {
    message: 'the connection to provider "{name}" was lost: {reason}',
    hint: 'Run it again; what was said so far is in the session log.',
    retryable: true,
    exitCode: 4,
  },
} as const satisfies Record<string, ErrorRow>;
