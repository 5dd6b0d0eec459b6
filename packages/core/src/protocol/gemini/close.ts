import type { TransportClose } from '../../ports/transport.ts';

/** The service ends connections with these codes and says why in the reason. */
const invalidPayload = 1007;
const policyViolation = 1008;
const serviceRestart = 1012;

/** What the words of a close mean, in words for the user. The first that fits. */
const meanings: readonly (readonly [words: RegExp, meaning: string])[] = [
  [/api key not valid|api_key_invalid|invalid api key|api key expired/i, 'the API key was not accepted'],
  [
    /unregistered callers|method doesn't allow|identity|unauthenticated|access token|oauth/i,
    'the caller was not recognised',
  ],
  [/permission|denied|forbidden|blocked|leaked/i, 'the account may not use this model'],
  [/quota|billing|exhausted/i, 'the quota of the account is used up'],
  [/location is not supported/i, 'the service is not offered where this machine is'],
  [
    /not found|is not supported for bidigeneratecontent|not supported for/i,
    'the model is not known, or cannot be spoken with',
  ],
];

/** How far a connection had come when it ended. */
export type GeminiProgress = 'refused' | 'refused_to_resume' | 'talking';

/**
 * How the end of a connection to Gemini is to be understood: its codes are the same for a wrong key and for a fault in
 * the middle of a conversation, so the words and the moment decide whether another connection can help.
 */
export function readClose(close: TransportClose, progress: GeminiProgress): TransportClose {
  const { code, reason } = close;
  const meaning = meanings.find(([words]) => words.test(reason))?.[1];
  const isFinal = code === invalidPayload || code === policyViolation;
  if (meaning !== undefined && progress !== 'refused_to_resume') {
    return {
      ...close,
      code: policyViolation,
      error: close.error ?? new Error(`${meaning} (${said(close)})`),
    };
  }
  if (!isFinal) return close;
  if (progress === 'refused')
    return { ...close, error: close.error ?? new Error(`the server refused the session (${said(close)})`) };
  return { ...close, code: serviceRestart, error: close.error ?? new Error(said(close)) };
}

/** A long reason is cut by the frame it comes in. */
function said({ code, reason }: TransportClose): string {
  return reason === '' ? `close code ${code}` : `${code}: ${reason.trim()}`;
}
