import {
  AntiphonError,
  type Clock,
  type ConsentQuestion,
  type ConsentWords,
  consentQuestion,
  type JsonObject,
  type Logger,
} from '@antiphon/core';
import type { RegisteredTool } from '../registered-tool.ts';
import { type ApproveCall, askApproval } from './approval.ts';
import type { Cut } from './call-cut.ts';
import { describeThrown } from './failure.ts';
import type { CheckedCall } from './run-tool.ts';
import { traceStep } from './trace.ts';

/** Who is asked about a call that nobody has agreed to, and with what. */
export interface Asks {
  readonly approve: ApproveCall | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly cut: Cut;
}

/** Why a call may not run, as far as somebody has to agree to it; undefined when it may. */
export async function refusalOf(
  { tool, values, request }: CheckedCall,
  { approve, log, ...asks }: Asks,
): Promise<AntiphonError | 'cancelled' | undefined> {
  const { confirmation } = tool;
  const { name } = tool.spec;
  if (confirmation === undefined) return undefined;
  if (request.approved === true) {
    traceStep('approved', () => ({}));
    return undefined;
  }
  if (confirmation.by === 'spoken') {
    const reason = 'the user was not asked';
    return new AntiphonError('tool.confirmation_unavailable', { tool: name, reason });
  }
  if (approve === undefined) return new AntiphonError('tool.no_approver', { tool: name });
  const { callId, sessionId, agentName: agent } = request;
  const { ttlMs } = confirmation;
  const asked = { callId, tool: name, arguments: values, sessionId, agent };
  const verdict = await askApproval(asked, approve, { ...asks, log, ttlMs });
  switch (verdict.kind) {
    case 'approved':
      traceStep('approved', () => ({}));
      return undefined;
    case 'cancelled':
      return 'cancelled';
    case 'timed_out':
      return new AntiphonError('tool.approval_late', { tool: name, limit: ttlMs });
    case 'threw':
      log.error('asking for approval failed', { tool: name, callId, ...describeThrown(verdict.error) });
      return new AntiphonError('tool.not_approved', { tool: name, reason: '' });
    case 'refused': {
      const reason = verdict.reason === '' ? '' : `: ${verdict.reason}`;
      return new AntiphonError('tool.not_approved', { tool: name, reason });
    }
  }
}

/** What the user is asked before a call runs. */
export function questionOf(
  { spec, confirmation }: RegisteredTool,
  values: JsonObject,
  words: ConsentWords,
): ConsentQuestion {
  const properties = spec.parameters['properties'] ?? {};
  return consentQuestion(
    {
      say: confirmation?.say,
      description: spec.description,
      parameters: Object.keys(properties),
      arguments: values,
    },
    words.phrases,
  );
}
