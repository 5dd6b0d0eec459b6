import type { ToolOutcome } from '../ports/tool-host.ts';
import type { ConversationItem } from '../protocol/items.ts';
import { send } from './outbox.ts';
import { isPlaying } from './playout.ts';
import { oweAnswer } from './response.ts';
import type { ToolPolicy } from './settings.ts';
import type { SessionState, ToolCall, ToolCallPhase } from './state.ts';
import { ask, become, notify, remember, type Step, sequence, stay } from './step.ts';

/** How many answered calls are remembered, so that a repeat of one is not run again. */
const answeredLimit = 256;

type FunctionCallItem = Extract<ConversationItem, { type: 'function_call' }>;

/** A response announces a call. It runs when its item is complete. */
export function announceCall(state: SessionState, item: FunctionCallItem, responseId: string): Step {
  const callId = item.call_id ?? '';
  if (state.tools.calls.has(callId) || state.tools.answered.includes(callId)) return stay(state);
  return putCall(state, {
    callId,
    itemId: item.id ?? '',
    name: item.name,
    responseId,
    phase: { kind: 'announced', argumentsJson: undefined },
  });
}

/**
 * All arguments of a call have arrived. That alone is no proof that the call stands (an interrupted call ends so too):
 * it waits for its item, but not for ever, since some servers never declare items done.
 */
export function completeArguments(state: SessionState, callId: string, argumentsJson: string): Step {
  const call = state.tools.calls.get(callId);
  if (call?.phase.kind !== 'announced') return stay(state);
  return sequence(
    putCall(state, { ...call, phase: { kind: 'announced', argumentsJson } }),
    ask({ type: 'timer.start', timer: `call:${callId}`, delayMs: state.settings.timeouts.callItemMs }),
  );
}

/** The item of a call is done: a complete call runs, a broken one is answered as cancelled. */
export function completeCall(state: SessionState, item: FunctionCallItem, responseId: string): Step {
  const callId = item.call_id ?? '';
  return sequence(announceCall(state, item, responseId), (next) => {
    const call = next.tools.calls.get(callId);
    if (call?.phase.kind !== 'announced') return stay(next);
    const timer = ask({ type: 'timer.cancel', timer: `call:${callId}` });
    if (item.status === 'incomplete') return sequence(timer(next), (rest) => cancelUnstarted(rest, call));
    return sequence(timer(next), (rest) => releaseCall(rest, call, item.arguments));
  });
}

/** The item of a call was not declared done in time: its arguments stand, unless its response was cut. */
export function releaseUndeclared(state: SessionState, callId: string): Step {
  const call = state.tools.calls.get(callId);
  if (call?.phase.kind !== 'announced' || call.phase.argumentsJson === undefined) return stay(state);
  return state.response.kind === 'cancelling' && state.response.responseId === call.responseId
    ? cancelUnstarted(state, call)
    : releaseCall(state, call, call.phase.argumentsJson);
}

/** The response of a batch is over: calls that were never completed will not be. Only a completed response starts more. */
export function closeBatch(state: SessionState, responseId: string): Step {
  const calls = [...state.tools.calls.values()].filter((call) => call.responseId === responseId);
  if (calls.length === 0) return stay(state);
  const open = calls.filter((call) => call.phase.kind === 'announced');
  return sequence(
    become(state, { tools: { ...state.tools, doneResponses: [...state.tools.doneResponses, responseId] } }),
    ...open.map((call) => (next: SessionState) => cancelUnstarted(next, call)),
  );
}

/** A tool has ended: its output goes into the conversation at once, whatever else is going on. */
export function settleCall(state: SessionState, callId: string, outcome: ToolOutcome): Step {
  const call = state.tools.calls.get(callId);
  return call === undefined || call.phase.kind === 'settled' ? stay(state) : answerCall(state, call, outcome);
}

/** The user cut in: calls that are to end then are told to; the others go on and keep their results. */
export function interruptCalls(state: SessionState): Step {
  const cancelled = [...state.tools.calls.values()].filter(
    (call) => policyOf(state, call)?.onInterrupt === 'cancel' && call.phase.kind !== 'settled',
  );
  return sequence(state, ...cancelled.map((call) => (next: SessionState) => stopCall(next, call)));
}

/** The session ends at once: every call that has no output gets one. */
export function abandonCalls(state: SessionState): Step {
  const open = [...state.tools.calls.values()].filter((call) => call.phase.kind !== 'settled');
  return sequence(
    state,
    ...open.map(
      (call) => (next: SessionState) =>
        sequence(
          call.phase.kind === 'running'
            ? ask({ type: 'tool.cancel', callId: call.callId })(next)
            : stay(next),
          (rest) => cancelUnstarted(rest, call),
        ),
    ),
  );
}

/** Starts the calls that waited for the agent to finish speaking. */
export function startWaiting(state: SessionState): Step {
  if (isPlaying(state)) return stay(state);
  const waiting = [...state.tools.calls.values()].filter((call) => call.phase.kind === 'waiting');
  return waiting.length === 0
    ? stay(state)
    : sequence(state, ...waiting.map((call) => (next: SessionState) => startCall(next, call)));
}

/** When every call of a response that is over has its output, one answer is owed for all of them. */
export function followUpBatches(state: SessionState): Step {
  let step: Step = stay(state);
  for (const responseId of state.tools.doneResponses) {
    const calls = [...state.tools.calls.values()].filter((call) => call.responseId === responseId);
    if (calls.every((call) => call.phase.kind === 'settled')) {
      step = sequence(step, (next) => followUp(next, responseId, calls));
    }
  }
  return step;
}

/** Whether a call is without its output. */
export function hasOpenCalls(state: SessionState): boolean {
  return state.tools.calls.size > 0;
}

/** Whether a tool is running. */
export function hasRunningCalls(state: SessionState): boolean {
  return [...state.tools.calls.values()].some((call) => call.phase.kind === 'running');
}

function followUp(state: SessionState, responseId: string, settled: readonly ToolCall[]): Step {
  const calls = new Map(state.tools.calls);
  for (const call of settled) calls.delete(call.callId);
  const doneResponses = state.tools.doneResponses.filter((id) => id !== responseId);
  const cleared = become(state, { tools: { ...state.tools, calls, doneResponses } });
  const replies = settled.map((call) => policyOf(state, call)?.reply ?? 'now');
  if (replies.includes('now')) return sequence(cleared, oweAnswer);
  return replies.includes('when_idle') ? sequence(cleared, (next) => oweAnswer(next, 'idle')) : cleared;
}

function releaseCall(state: SessionState, call: ToolCall, argumentsJson: string): Step {
  const ready: ToolCall = { ...call, phase: { kind: 'waiting', argumentsJson } };
  const mustWait = policyOf(state, call)?.start === 'after_playback';
  return mustWait ? putCall(state, ready) : startCall(state, ready);
}

function startCall(state: SessionState, call: ToolCall): Step {
  if (call.phase.kind !== 'waiting') return stay(state);
  const { callId, name } = call;
  const { argumentsJson } = call.phase;
  return sequence(
    withPhase(state, call, { kind: 'running' }),
    notify({ type: 'tool_started', callId, name, argumentsJson }),
    ask({ type: 'tool.start', callId, name, argumentsJson }),
  );
}

/** A running tool is told to stop and answers for itself; one that has not started is answered here. */
function stopCall(state: SessionState, call: ToolCall): Step {
  return call.phase.kind === 'running'
    ? ask({ type: 'tool.cancel', callId: call.callId })(state)
    : cancelUnstarted(state, call);
}

function cancelUnstarted(state: SessionState, call: ToolCall): Step {
  const output = { error: 'The call was cancelled before it ended.' };
  const outputText = JSON.stringify(output);
  return answerCall(state, call, { status: 'cancelled', arguments: null, output, outputText, elapsedMs: 0 });
}

/** The one place from which the output of a call is sent. */
function answerCall(state: SessionState, call: ToolCall, outcome: ToolOutcome): Step {
  const { callId, name } = call;
  const answered = remember(state.tools.answered, callId, answeredLimit);
  return sequence(
    withPhase({ ...state, tools: { ...state.tools, answered } }, call, {
      kind: 'settled',
      status: outcome.status,
    }),
    notify({ type: 'tool_settled', callId, name, outcome }),
    send({
      type: 'conversation.item.create',
      item: {
        id: `item_out_${state.nextId}`,
        type: 'function_call_output',
        call_id: callId,
        output: outcome.outputText,
      },
    }),
  );
}

function withPhase(state: SessionState, call: ToolCall, phase: ToolCallPhase): Step {
  return putCall(state, { ...call, phase });
}

function putCall(state: SessionState, call: ToolCall): Step {
  return become(state, {
    tools: { ...state.tools, calls: new Map(state.tools.calls).set(call.callId, call) },
  });
}

function policyOf(state: SessionState, call: ToolCall): ToolPolicy | undefined {
  return state.settings.tools.find((tool) => tool.name === call.name);
}
