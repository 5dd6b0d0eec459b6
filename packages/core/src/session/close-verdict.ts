import { triageError } from './error-triage.ts';

/** How a connection ended, as the transport tells it. */
export interface ConnectionClose {
  readonly code: number;
  readonly reason: string;
  readonly cause: string | undefined;
  /** The HTTP status of a refused upgrade. */
  readonly status?: number;
  readonly retryAfterMs?: number;
}

/** Close codes after which another try meets the same refusal: protocol errors, bad data, policy, and the TLS handshake. */
const finalCodes: ReadonlySet<number> = new Set([
  1000, 1002, 1003, 1007, 1008, 1015, 3000, 4001, 4003, 4401, 4403,
]);

/** Whether dialling again can help after this end; the server's fatal errors speak first. */
export function canRedial(close: ConnectionClose, fatalError: string | undefined): boolean {
  if (fatalError !== undefined) return isExpiry(fatalError);
  if (close.status !== undefined) return close.status === 408 || close.status === 429 || close.status >= 500;
  if (isExpiry(close.reason)) return true;
  return !finalCodes.has(close.code) && triageError(close.reason, undefined) !== 'fatal';
}

/** What the user is told of the end. */
export function describeClose(close: ConnectionClose, fatalError: string | undefined): string {
  return fatalError ?? close.cause ?? (close.reason || `the connection closed with code ${close.code}`);
}

/** A session that lasted as long as it may is replaced, not given up. */
function isExpiry(text: string): boolean {
  return text.startsWith('session_expired');
}
