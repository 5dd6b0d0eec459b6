import { answeredError } from '../answered-error.ts';
import type { ToolError } from '../tool-error.ts';

const refused = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);
const unknownHost = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_FAIL']);
const slow = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** Tells the kinds of network failure apart, by the code at the root of the cause chain. */
export function networkError(error: unknown, host: string): ToolError {
  const { code, message } = rootCause(error);
  const options = { cause: error, retryAfterMs: 0 };
  if (unknownHost.has(code)) return answeredError('tool.http_dns', { host }, { cause: error });
  if (refused.has(code)) return answeredError('tool.http_refused', { host }, options);
  if (slow.has(code)) return answeredError('tool.http_timeout', { host }, options);
  if (isTls(code, message)) {
    return answeredError(
      'tool.http_tls',
      { host, reason: code === '' ? 'the certificate was not accepted' : code },
      { cause: error },
    );
  }
  // What breaks the rules of the protocol would do so again.
  const isPassing = code === '' || code === 'ECONNRESET' || code === 'EPIPE';
  return answeredError(
    'tool.http_broken',
    { host, reason: code === '' ? 'it ended too soon' : code },
    isPassing ? options : { cause: error },
  );
}

function isTls(code: string, message: string): boolean {
  return (
    /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/.test(code) ||
    (code === 'EPROTO' && /ssl|tls/i.test(message))
  );
}

function rootCause(error: unknown): { code: string; message: string } {
  let current = error;
  let code = '';
  let message = '';
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string') code = current.code;
    message = current.message;
    const inner: unknown = current instanceof AggregateError ? current.errors[0] : undefined;
    current = current.cause ?? inner;
  }
  return { code, message };
}
