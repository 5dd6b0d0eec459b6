import type { ToolOutcome } from '../ports/tool-host.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import { forgetItem, recordOwnItem } from './conversation.ts';
import { send } from './outbox.ts';
import type { ToolCall } from './regions/tool-calls.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, type Step, sequence, stay } from './step.ts';

/** How soon a server that was allowed a call begins it; one that does not waits to be asked for an answer. */
export const beginMs = 2_000;

const unknownOutcome = JSON.stringify({
  error:
    'The outcome of this call is unknown: it was begun, and its result never came. It may have taken effect.',
});

/**
 * Enters a call that the provider makes: as one of a function with its output, since no client may create its item anew. The
 * output has the id of that item, so that what the server puts behind the item comes behind both.
 */
export function recordHosted(state: SessionState, call: ToolCall, argumentsJson: string): Step {
  const { hosted, name, itemId: id } = call;
  if (hosted === undefined) return stay(state);
  const { recordId } = hosted;
  return sequence(
    recordOwnItem(state, { kind: 'function_call', id: recordId, callId: recordId, name, argumentsJson }),
    (next) =>
      recordOwnItem(next, { kind: 'function_call_output', id, callId: recordId, output: unknownOutcome }),
  );
}

/** A call of the provider's is over, or is not to be made: nobody answers it, but a request for it is. */
export function endHosted(state: SessionState, call: ToolCall, outcome: ToolOutcome): Step {
  const { hosted, itemId: id } = call;
  if (hosted === undefined) return stay(state);
  if (hosted.isRequest !== true) {
    const { status, outputText: output } = outcome;
    if (status !== 'completed' && status !== 'failed') return stay(state);
    return recordOwnItem(state, { kind: 'function_call_output', id, callId: hosted.recordId, output });
  }
  const told = isJsonObject(outcome.output) ? outcome.output['error'] : undefined;
  const reason = typeof told === 'string' ? { reason: told } : {};
  return sequence(
    answerRequest(state, call, { approve: false, ...reason }),
    ...requestedBy(state, call).map((other) => (next: SessionState) => withdraw(next, other)),
  );
}

/** The provider may make the call that it has asked for. Where it has named that already, the call alone is waited for. */
export function grantHosted(state: SessionState, call: ToolCall, argumentsJson: string): Step {
  const answered = answerRequest(state, call, { approve: true });
  const named = requestedBy(state, call);
  if (named.length > 0)
    return sequence(answered, ...named.map(asCounted), (next: SessionState) => withdraw(next, call));
  const calls = new Map(state.tools.calls).set(call.callId, {
    ...call,
    phase: { kind: 'running', argumentsJson, approved: true },
  });
  return sequence(
    answered,
    (next) => become(next, { tools: { ...next.tools, calls } }),
    ask({ type: 'timer.start', timer: `call:${call.callId}`, delayMs: beginMs }),
  );
}

/** It was counted with the request for it. */
function asCounted(call: ToolCall) {
  return (state: SessionState): Step => {
    if (call.hosted === undefined) return stay(state);
    const counted: ToolCall = { ...call, hosted: { ...call.hosted, isCounted: true } };
    const calls = new Map(state.tools.calls).set(call.callId, counted);
    return become(state, { tools: { ...state.tools, calls } });
  };
}

/** Nothing more comes of a call or of a request for one. */
export function withdraw(state: SessionState, { callId, itemId, hosted }: ToolCall): Step {
  const calls = new Map(state.tools.calls);
  calls.delete(callId);
  const itemIds = hosted === undefined ? [itemId] : [itemId, hosted.recordId];
  return sequence(
    become(state, { tools: { ...state.tools, calls } }),
    ask({ type: 'timer.cancel', timer: `call:${callId}` }),
    ...itemIds.map((id) => (next: SessionState) => forgetItem(next, id)),
  );
}

interface Verdict {
  readonly approve: boolean;
  readonly reason?: string;
}

function answerRequest(state: SessionState, { callId, itemId }: ToolCall, verdict: Verdict): Step {
  const id = `item_approval_${state.nextId}`;
  return send({
    type: 'conversation.item.create',
    previous_item_id: itemId,
    item: { id, type: 'mcp_approval_response', approval_request_id: callId, ...verdict },
  })(alter(state, { nextId: state.nextId + 1 }));
}

/** The calls that a response has named before the provider asked for them. */
function requestedBy({ tools }: SessionState, { responseId, name, hosted }: ToolCall): readonly ToolCall[] {
  return [...tools.calls.values()].filter(
    (call) =>
      call.hosted?.isRequest === undefined &&
      call.hosted?.server === hosted?.server &&
      call.hosted !== undefined &&
      call.name === name &&
      call.responseId === responseId &&
      call.phase.kind === 'announced',
  );
}
