import type { ErrorRow } from '../error-row.ts';

/** Errors of calls whose sound flows between the user and the provider. */
export const callErrors = {
  'call.unsupported': {
    message: 'provider "{name}" has no calls that one can join',
    hint: 'Use a provider of type openai, or of type azure without api_version; one of your own offers them with "calls".',
    retryable: false,
    exitCode: 2,
  },
  'call.bad_value': {
    message: '{what} is {got}, expected {expected}',
    hint: 'Change {what}.',
    retryable: false,
    exitCode: 2,
  },
  'call.sound_elsewhere': {
    message: 'a session that joins a call was given a {end}: the sound of the call does not come by here',
    hint: 'Leave source and sink out, or leave the call id out.',
    retryable: false,
    exitCode: 2,
  },
  'call.refused': {
    message: 'provider "{name}" refused to {action}: {reason}',
    hint: 'Check the id of the call, the api_key, and the model or deployment; a call that is over can do nothing more.',
    retryable: false,
    exitCode: 3,
  },
  'call.failed': {
    message: 'provider "{name}" could not be asked to {action}: {reason}',
    hint: 'Check its address and the network, then try again.',
    retryable: true,
    exitCode: 3,
  },
  'call.bad_answer': {
    message: 'what provider "{name}" answered to the request to {action} is not understood: {reason}',
    hint: 'Check that its address is that of the API of OpenAI or of Azure OpenAI.',
    retryable: false,
    exitCode: 3,
  },
  'call.bad_webhook': {
    message: 'a webhook was not taken: {reason}',
    hint: 'Give the body exactly as it came, its headers, and the secret of this endpoint.',
    retryable: false,
    exitCode: 2,
  },
} as const satisfies Record<string, ErrorRow>;
