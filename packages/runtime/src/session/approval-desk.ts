import { type Logger, type SessionEvent, type SessionNotice, thrownText } from '@antiphon/core';
import { type ApprovalDecision, type ApproveCall, runOwned } from '@antiphon/tools';
import { Watchers } from './watchers.ts';

/** What a desk is made of. */
export interface ApprovalDeskOptions {
  readonly sessionId: string;
  /** Asks the application; `events`: it answers what it is told by `approval_requested`. */
  readonly approve: ApproveCall | 'events' | undefined;
  readonly logger: Logger;
  readonly dispatch: (event: SessionEvent) => void;
}

type Request = Extract<SessionNotice, { type: 'approval_requested' }>;

/** The application's side of calls that it has to agree to. */
export class ApprovalDesk {
  /** Those who observe the questions, and answer them. */
  readonly watchers = new Watchers();
  readonly #options: ApprovalDeskOptions;
  /** The questions that nobody has answered, with what ends the wait. */
  readonly #open = new Map<string, () => void>();

  constructor(options: ApprovalDeskOptions) {
    this.#options = options;
  }

  /** Whether anybody answers: a callback, or an observer of the questions. */
  get approver(): 'present' | 'absent' {
    return this.#options.approve !== undefined || this.watchers.count > 0 ? 'present' : 'absent';
  }

  /** Answers a question; false when nobody waits for the answer any more. */
  answer(approvalId: string, verdict: 'approved' | 'rejected', reason?: string): boolean {
    if (!this.#open.has(approvalId)) return false;
    const told =
      reason === undefined || reason === '' ? undefined : { reason: reason.slice(0, longestReason) };
    this.#options.dispatch({ type: 'approval.given', approvalId, verdict, ...told });
    return true;
  }

  /** Takes note of what the session tells. */
  take(notice: SessionNotice): void {
    switch (notice.type) {
      case 'approval_requested':
        if (notice.by === 'app') this.#ask(notice);
        return;
      case 'approval_settled':
        return this.#close(notice.approvalId);
      case 'closed':
        for (const approvalId of [...this.#open.keys()]) this.#close(approvalId);
        return;
      default:
    }
  }

  #ask(request: Request): void {
    const { approve, sessionId, logger } = this.#options;
    const { approvalId, callId, tool, arguments: values, agent } = request;
    const asked = new AbortController();
    const owner = { log: logger, names: { callback: 'approve', tool, callId } };
    this.#open.set(approvalId, () => runOwned(owner, () => asked.abort()));
    if (approve === undefined || approve === 'events') return;
    const { signal } = asked;
    Promise.resolve()
      .then(() =>
        runOwned(owner, () =>
          approve(Object.freeze({ callId, tool, arguments: values, sessionId, agent, signal })),
        ),
      )
      .then((decision) => this.#decide(approvalId, decision))
      .catch((error: unknown) => {
        logger.error('asking for approval failed', { tool, callId, error: thrownText(error) });
        this.answer(approvalId, 'rejected');
      });
  }

  /** Only a plain yes is one. */
  #decide(approvalId: string, decision: ApprovalDecision): void {
    const { approved, reason } =
      typeof decision === 'object' && decision !== null
        ? decision
        : { approved: decision === true, reason: undefined };
    this.answer(approvalId, approved === true ? 'approved' : 'rejected', reason && String(reason));
  }

  #close(approvalId: string): void {
    this.#open.get(approvalId)?.();
    this.#open.delete(approvalId);
  }
}

const longestReason = 300;
