import type { TransportClose } from '../../ports/transport.ts';

/** The service ends connections with these codes, whatever was wrong, and says why in the reason. */
const unsureCodes: ReadonlySet<number> = new Set([1007, 1008]);
const serviceRestart = 1012;

/** What the words of a close mean: the code of the GA dialect for it, and words for the user. The first that fits. */
const meanings: readonly (readonly [said: RegExp, code: string, words: string])[] = [
  [
    /api.?key not valid|api_key_invalid|invalid api.?key|api.?key expired/i,
    'invalid_api_key',
    'the API key was not accepted',
  ],
  [
    /unregistered callers|method doesn't allow|unauthenticated|authentication|access token|auth_token|oauth/i,
    'authentication_error',
    'the caller was not recognised',
  ],
  [/quota|exhausted|rate limit/i, 'rate_limit_exceeded', 'the quota of the account is used up for now'],
  [/billing/i, 'billing_not_active', 'the account cannot be billed'],
  [
    /permission|forbidden|blocked|reported as leaked/i,
    'permission_error',
    'the account may not use this model',
  ],
  [
    /location is not supported/i,
    'unsupported_country_region_territory',
    'the service is not offered where this machine is',
  ],
  [
    /(model|models\/|publisher).*(not found|not supported)|not supported for bidigeneratecontent/i,
    'model_not_found',
    'the model is not known, or cannot be spoken with',
  ],
];

/** How far a connection had come when it ended. */
export type GeminiProgress = 'refused' | 'refused_to_resume' | 'talking';

/**
 * How the end of a connection to Gemini is to be understood. Its codes are the same for a wrong key and for a fault in the
 * middle of a conversation: the words decide, and where they say nothing the moment.
 */
export function readClose(close: TransportClose, progress: GeminiProgress): TransportClose {
  const { reason, code } = close;
  const isUnsure = unsureCodes.has(code);
  if (isUnsure && progress === 'refused_to_resume')
    return explained(close, 'the place to go on from is gone', serviceRestart);
  const meaning = meanings.find(([said]) => said.test(reason));
  if (meaning !== undefined) {
    const [, sign, words] = meaning;
    return { ...explained(close, words, code), reason: sign };
  }
  if (!isUnsure) return close;
  return progress === 'refused'
    ? explained(close, 'the session was refused', code)
    : explained(close, 'the server broke off', serviceRestart);
}

/** A long reason is cut by the frame it comes in. */
function explained(close: TransportClose, words: string, code: number): TransportClose {
  const said =
    close.reason.trim() === '' ? `close code ${close.code}` : `${close.code}: ${close.reason.trim()}`;
  return { ...close, code, error: close.error ?? new Error(`${words} (${said})`) };
}
