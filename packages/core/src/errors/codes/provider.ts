import type { ErrorRow } from '../error-row.ts';

/** Errors between Antiphon and the provider of the model. */
export const providerErrors = {
  'provider.unknown': {
    message: 'there is no provider named "{name}"; the providers are: {available}',
    hint: 'Use one of the names above, or add "{name}" under "providers:" in the agent file.',
    retryable: false,
    exitCode: 2,
  },
  'provider.missing_variables': {
    message: 'the built-in provider "{name}" reads from the environment what is not set: {variables}',
    hint: 'Set it in the environment or in .env, or declare "{name}" under "providers:" in the agent file.',
    retryable: false,
    exitCode: 2,
  },
  'provider.bad_url': {
    message: '"{url}" is not the address of a Realtime server',
    hint: 'Write it as ws://, wss://, http:// or https://, for example ws://127.0.0.1:9000/v1.',
    retryable: false,
    exitCode: 2,
  },
  'provider.key_missing': {
    message: 'provider "{name}" has no {keys}',
    hint: 'Give its entry one of them from the environment and set that variable; "api_key: none" is for servers without keys.',
    retryable: false,
    exitCode: 2,
  },
  'provider.bad_key': {
    message: 'the {key} of provider "{name}" cannot be sent: it holds {what}',
    hint: 'Set the variable it comes from again: a line break or a quote is often copied with a key.',
    retryable: false,
    exitCode: 2,
  },
  'provider.bad_header': {
    message: 'the header "{header}" of provider "{name}" cannot be sent: {reason}',
    hint: 'Change it under headers in the entry of the provider.',
    retryable: false,
    exitCode: 2,
  },
  'provider.token_source_unknown': {
    message:
      'provider "{name}" asks "{source}" for its tokens, which the application does not have; it has: {available}',
    hint: 'Give the function to createAntiphon: tokenSources with a member of that name. The command line has none: use token there.',
    retryable: false,
    exitCode: 2,
  },
  'provider.connect_failed': {
    message: 'could not connect to provider "{name}": {reason}',
    hint: 'Check its address, the network and that the server is running.',
    retryable: true,
    exitCode: 3,
  },
  'provider.tls_failed': {
    message: 'could not connect to provider "{name}" safely: {reason}',
    hint: 'For a certificate of your own set NODE_EXTRA_CA_CERTS to the file of its authority; an expired one is renewed at the server, and one for another name wants that name in the address. Use ws:// or http:// for a server without TLS.',
    retryable: false,
    exitCode: 3,
  },
  'provider.timeout': {
    message: 'provider "{name}" did not answer: {reason}',
    hint: 'Check that its address is a Realtime server of that dialect, then try again.',
    retryable: true,
    exitCode: 3,
  },
  'provider.token_failed': {
    message: 'the token of provider "{name}" could not be had: {reason}',
    hint: 'Check the function that the application gives under tokenSources, and what it needs.',
    retryable: true,
    exitCode: 3,
  },
  'provider.proxy_failed': {
    message: 'could not connect to provider "{name}" by the proxy: {reason}',
    hint: 'Check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY in the environment; HTTP 407 asks for http://USER:PASSWORD@HOST:PORT.',
    retryable: true,
    exitCode: 3,
  },
  'provider.not_realtime': {
    message: 'what answers for provider "{name}" is no Realtime server: {reason}',
    hint: 'Check its address, which is that of the API up to /realtime, without redirects, and the type of its entry.',
    retryable: false,
    exitCode: 3,
  },
  'provider.not_found': {
    message: 'provider "{name}" does not have what was asked for: {reason}',
    hint: 'Check the model or deployment, the api_version and the address of its entry.',
    retryable: false,
    exitCode: 3,
  },
  'provider.rejected': {
    message: 'provider "{name}" refused the session: {reason}',
    hint: 'Check the api_key, the model and the account, and that its type, dialect and api_version are those of the server.',
    retryable: false,
    exitCode: 3,
  },
  'provider.busy': {
    message: 'provider "{name}" takes no more sessions now: {reason}',
    hint: 'Wait and run it again; the limits of the account tell how many sessions it may have.',
    retryable: true,
    exitCode: 3,
  },
  'provider.unavailable': {
    message: 'provider "{name}" cannot serve now: {reason}',
    hint: 'Run it again later; name several providers in a list to go on with another one.',
    retryable: true,
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
