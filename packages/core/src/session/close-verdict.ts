import type { ConnectObstacle } from '../ports/transport.ts';
import {
  type RefusalCode,
  type Triage,
  triage,
  triageCloseCode,
  triageObstacle,
  triageReason,
  triageStatus,
} from './error-triage.ts';

/** How a connection ended, as the transport tells it. */
export interface ConnectionClose {
  readonly code: number;
  readonly reason: string;
  readonly cause: string | undefined;
  /** The HTTP status of a refused upgrade. */
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly obstacle?: ConnectObstacle;
}

/** An error of the server that explains the close which follows. */
export interface Complaint {
  readonly code: string | undefined;
  readonly type: string | undefined;
  /** The server's words. */
  readonly text: string;
}

const sessionExpired = 'session_expired';

/** Whether dialling again can help after this end; what the server said before it speaks first. */
export function canRedial(close: ConnectionClose, complaint: Complaint | undefined): boolean {
  // A session that lasted as long as it may is replaced, not given up.
  if (complaint?.code === sessionExpired || close.reason.startsWith(sessionExpired)) return true;
  return triageClose(close, complaint).verdict !== 'fatal';
}

/** What a session fails with that this end kept from beginning. */
export function refusalCode(close: ConnectionClose, complaint: Complaint | undefined): RefusalCode {
  return triageClose(close, complaint).failure;
}

/** Whether the server itself asks for patience, so that even a session that begins may wait and try again. */
export function asksForPatience(close: ConnectionClose, complaint: Complaint | undefined): boolean {
  const { verdict, failure } = triageClose(close, complaint);
  return verdict === 'retryable' && (failure === 'provider.busy' || failure === 'provider.unavailable');
}

/** What the user is told of the end. */
export function describeClose(close: ConnectionClose, complaint: Complaint | undefined): string {
  return complaint?.text ?? close.cause ?? (close.reason || `the connection closed with code ${close.code}`);
}

/** The surest sign counts: what the server said, the reason it gave, its HTTP status, its close code. */
function triageClose(close: ConnectionClose, complaint: Complaint | undefined): Triage {
  const { obstacle, status, reason, code } = close;
  if (obstacle !== undefined) return triageObstacle(obstacle, status);
  const said = [complaint && triage(complaint.code, complaint.type), reason && triageReason(reason)];
  const sign = said.find((found) => found && (found.verdict === 'fatal' || found.verdict === 'retryable'));
  if (sign) return sign;
  return status === undefined ? triageCloseCode(code) : triageStatus(status);
}
