import type { JsonObject } from '../json.ts';
import type { ToolOutcome } from '../ports/tool-host.ts';
import { policyOf } from './agents.ts';
import { forgetItem, recordOwnItem } from './conversation.ts';
import type { Effect } from './effects.ts';
import { endHosted } from './hosted-record.ts';
import type { ApprovalEnding } from './notices.ts';
import { send } from './outbox.ts';
import { recordingAtEnd } from './recording.ts';
import type { PendingEvent } from './regions/connection.ts';
import type { ToolCall, ToolCallPhase } from './regions/tool-calls.ts';
import { isStale, staleNote } from './stale-calls.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, remember, type Step, sequence, stay } from './step.ts';

/** How many answered calls are remembered, so that a repeat of one is not run again. */
const answeredLimit = 256;

/** Enters a call, or how it stands now. */
export function putCall(state: SessionState, call: ToolCall): Step {
  return become(state, {
    tools: { ...state.tools, calls: new Map(state.tools.calls).set(call.callId, call) },
  });
}

/** Enters where a call stands now. */
export function withPhase(state: SessionState, call: ToolCall, phase: ToolCallPhase): Step {
  return putCall(state, { ...call, phase });
}

/**
 * The one place from which the output of a call is sent. It is entered in the conversation first: without a connection
 * the next one is given it.
 */
export function answerCall(state: SessionState, call: ToolCall, outcome: ToolOutcome): Step {
  const isOld = isStale(call);
  const isAnswered = !isOld && policyOf(state, call)?.reply !== 'never';
  return sequence(settle(state, call, outcome), (next) =>
    call.hosted !== undefined
      ? endHosted(next, call, outcome)
      : sendOutput(
          next,
          call,
          isOld ? outcome.outputText + staleNote : outcome.outputText,
          isAnswered ? 'answer' : 'nothing',
        ),
  );
}

/** The output of a call whose tool goes on. */
export function acknowledgeCall(state: SessionState, call: ToolCall, output: JsonObject): Step {
  const { callId, name } = call;
  return sequence(
    putSettled(state, call, 'completed'),
    ask(...fillerOf(state, call)),
    notify({ type: 'tool_background', callId, name }),
    (next) => sendOutput(next, call, JSON.stringify(output), 'answer'),
  );
}

function sendOutput(
  state: SessionState,
  { callId }: ToolCall,
  output: string,
  wants: PendingEvent['wants'],
): Step {
  const id = `item_out_${state.nextId}`;
  return sequence(
    alter(state, { nextId: state.nextId + 1 }),
    (next) => recordOwnItem(next, { kind: 'function_call_output', id, callId, output }),
    send(
      {
        type: 'conversation.item.create',
        item: { id, type: 'function_call_output', call_id: callId, output },
      },
      wants,
    ),
  );
}

/** A call that has not started is answered as cancelled. */
export function cancelUnstarted(state: SessionState, call: ToolCall): Step {
  return answerCall(state, call, cancelledOutcome());
}

/** A call that is not part of any conversation, because it was broken off before it was complete. */
function dropCall(state: SessionState, call: ToolCall): Step {
  const itemIds = call.hosted === undefined ? [call.itemId] : [call.itemId, call.hosted.recordId];
  return sequence(
    settle(state, call, cancelledOutcome()),
    ...itemIds.map((itemId) => (next: SessionState) => forgetItem(next, itemId)),
  );
}

/**
 * A call that was cut while its arguments came: it is in no conversation as a call, so that an output would belong to
 * nothing. It is reported as cancelled, and left out of its batch.
 */
export function dropCut(state: SessionState, call: ToolCall): Step {
  return sequence(dropCall(state, call), (next) => {
    const calls = new Map(next.tools.calls);
    calls.delete(call.callId);
    return become(next, { tools: { ...next.tools, calls } });
  });
}

/** The session ends at once: every call that has no output gets one. */
export function abandonCalls(state: SessionState): Step {
  const open = [...state.tools.calls.values()].filter((call) => call.phase.kind !== 'settled');
  return sequence(
    state,
    ...open.flatMap((call) => [
      call.phase.kind === 'running' ? ask({ type: 'tool.cancel', callId: call.callId }) : stay,
      (next: SessionState) => cancelUnstarted(next, call),
    ]),
  );
}

/** An outcome that no host reported. */
export function ownOutcome(status: ToolOutcome['status'], output: ToolOutcome['output']): ToolOutcome {
  return { status, arguments: null, output, outputText: JSON.stringify(output), elapsedMs: 0 };
}

/** The outcome of a call that was stopped. */
export function cancelledOutcome(): ToolOutcome {
  return ownOutcome('cancelled', { error: 'The call was cancelled before it ended.' });
}

function settle(state: SessionState, call: ToolCall, outcome: ToolOutcome): Step {
  const { callId, name } = call;
  return sequence(
    putSettled(state, call, outcome.status),
    ask(...timersOf(state, call), ...endOfConsent(call, { ending: 'cancelled' })),
    notify({
      type: 'tool_settled',
      callId,
      name,
      ...(call.hosted && { server: call.hosted.server }),
      outcome,
      ...(isStale(call) && { stale: true }),
    }),
    (next) => recordingAtEnd(next, policyOf(state, call), outcome.status),
  );
}

/** Tells that nobody is asked for a call any more; nothing for one that nobody was asked for. */
export function endOfConsent(
  { phase, callId, name: tool }: ToolCall,
  told: { readonly ending: ApprovalEnding; readonly reason?: string },
): readonly Effect[] {
  if (phase.kind !== 'unconfirmed' || phase.awaits.kind === 'check') return [];
  const { kind, approvalId } = phase.awaits;
  const by = kind === 'app' ? 'app' : 'spoken';
  const notice = { type: 'approval_settled', approvalId, by, callId, tool, ...told } as const;
  const stop: readonly Effect[] =
    kind === 'app' ? [{ type: 'timer.cancel', timer: `approval:${callId}` }] : [];
  return [...stop, { type: 'notify', notice }];
}

function putSettled(state: SessionState, call: ToolCall, status: ToolOutcome['status']): Step {
  const answered = remember(state.tools.answered, call.callId, answeredLimit);
  return withPhase(alter(state, { tools: { ...state.tools, answered } }), call, {
    kind: 'settled',
    status,
    ...(isStale(call) && { stale: true }),
  });
}

function timersOf(state: SessionState, call: ToolCall): readonly Effect[] {
  const { phase, callId } = call;
  if (call.hosted !== undefined || (phase.kind === 'announced' && phase.argumentsJson !== undefined))
    return [{ type: 'timer.cancel', timer: `call:${callId}` }];
  if (phase.kind === 'unconfirmed') return fillerOf(state, call);
  if (phase.kind !== 'running') return [];
  const isWatched = policyOf(state, call)?.staleAfterMs !== undefined && phase.overdue !== true;
  return [
    ...fillerOf(state, call),
    ...(isWatched ? [{ type: 'timer.cancel', timer: `stale:${callId}` } as const] : []),
  ];
}

function fillerOf(state: SessionState, call: ToolCall): readonly Effect[] {
  const hasFiller = policyOf(state, call)?.filler !== undefined;
  return hasFiller ? [{ type: 'timer.cancel', timer: `filler:${call.callId}` }] : [];
}
