import type { Clock, JsonObject, Logger } from '@antiphon/core';
import { type CodeOwner, runOwned } from '../stray-errors.ts';
import type { Cut } from './call-cut.ts';

/** A call that waits for the application to agree. */
export interface ApprovalRequest {
  readonly callId: string;
  readonly tool: string;
  /** The arguments that the tool will run with, and no others; frozen. */
  readonly arguments: JsonObject;
  readonly sessionId: string;
  readonly agent: string;
  /** Aborted when the answer is no longer waited for. */
  readonly signal: AbortSignal;
}

/** Whether a call may run; `reason` is told to the model when it may not. */
export type ApprovalDecision = boolean | { readonly approved: boolean; readonly reason?: string };

/** Asks the application. What it answers holds for the one call. */
export type ApproveCall = (request: ApprovalRequest) => ApprovalDecision | Promise<ApprovalDecision>;

export type ApprovalVerdict =
  | { readonly kind: 'approved' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'timed_out' | 'cancelled' };

/** Asks for one call, and waits for at most `ttlMs`. A later answer is dropped. Never rejects. */
export function askApproval(
  request: Omit<ApprovalRequest, 'signal'>,
  approve: ApproveCall,
  {
    clock,
    cut,
    ttlMs,
    log,
  }: { readonly clock: Clock; readonly cut: Cut; readonly ttlMs: number; readonly log: Logger },
): Promise<ApprovalVerdict> {
  const owner = approverOf(log, request);
  if (cut.aborted) return Promise.resolve({ kind: 'cancelled' });
  return new Promise((resolve) => {
    const asked = new AbortController();
    const settle = (verdict: ApprovalVerdict) => {
      stopTimer();
      cut.removeEventListener('abort', onAbort);
      runOwned(owner, () => asked.abort());
      resolve(verdict);
    };
    const onAbort = () => settle({ kind: 'cancelled' });
    const stopTimer = clock.setTimer(ttlMs, () => settle({ kind: 'timed_out' }));
    cut.addEventListener('abort', onAbort, { once: true });
    const frozen = frozenCopy(request.arguments);
    Promise.resolve()
      .then(() =>
        runOwned(owner, () =>
          approve(Object.freeze({ ...request, arguments: frozen, signal: asked.signal })),
        ),
      )
      .then(verdictOf)
      .then(settle, (error: unknown) => settle({ kind: 'threw', error }));
  });
}

/** Whose code it is that answers: errors that it leaves behind are logged, and end no process. */
function approverOf(
  log: Logger,
  { callId, tool }: { readonly callId: string; readonly tool: string },
): CodeOwner {
  return { log, names: { callback: 'approve', tool, callId } };
}

/** Only a plain yes is one. */
function verdictOf(decision: ApprovalDecision): ApprovalVerdict {
  if (decision === true) return { kind: 'approved' };
  if (typeof decision !== 'object' || decision === null) return { kind: 'refused', reason: '' };
  if (decision.approved === true) return { kind: 'approved' };
  return { kind: 'refused', reason: String(decision.reason ?? '').slice(0, 300) };
}

/** A copy that nobody can change. */
export function frozenCopy(value: JsonObject): JsonObject {
  const freeze = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const field of Object.values(part)) freeze(field);
    Object.freeze(part);
  };
  const copy = structuredClone(value);
  freeze(copy);
  return copy;
}
