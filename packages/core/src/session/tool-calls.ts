import type { JsonValue } from '../json.ts';
import type { ToolOutcome } from '../ports/tool-host.ts';
import type { ConversationItem } from '../protocol/items.ts';
import { policyOf, settingsOf } from './agents.ts';
import { checkCall, confirmationOf, runAgreed } from './approvals.ts';
import { reportBackground } from './background-calls.ts';
import { answerCall, cancelUnstarted, dropCut, ownOutcome, putCall } from './call-record.ts';
import { runCall } from './call-start.ts';
import { forgetItem, recordOwnItem } from './conversation.ts';
import { handOver } from './handoff.ts';
import { closeHosted, expireHosted, oweHosted, replyToHosted } from './hosted-calls.ts';
import { admitCall } from './limits.ts';
import { oweAnswer, oweSpeechFirst } from './owed.ts';
import { isPlaying } from './playout.ts';
import type { ToolCall } from './regions/tool-calls.ts';
import { agentOfCall } from './served-agent.ts';
import type { ToolPolicy } from './settings.ts';
import type { SessionState } from './state.ts';
import { ask, become, notify, type Step, sequence, stay } from './step.ts';

/** Calls that may be open at once; more are refused. */
const openLimit = 64;
const refusal = { error: 'Too many calls are open at once. Wait for their results before calling again.' };

type FunctionCallItem = Extract<ConversationItem, { type: 'function_call' }>;

/** A response announces a call. It runs when its item is complete. */
export function announceCall(state: SessionState, item: FunctionCallItem, responseId: string): Step {
  const callId = item.call_id ?? '';
  if (state.tools.calls.has(callId) || state.tools.answered.includes(callId)) return stay(state);
  if (state.finishedResponses.includes(responseId)) return stay(state);
  const call = callOf(state, item, responseId);
  return state.tools.calls.size + state.tools.background.size < openLimit
    ? putCall(state, call)
    : refuseCall(state, call);
}

function callOf(state: SessionState, item: FunctionCallItem, responseId: string): ToolCall {
  return {
    callId: item.call_id ?? '',
    itemId: item.id ?? '',
    name: item.name,
    responseId,
    agent: agentOfCall(state, { responseId, name: item.name }),
    phase: { kind: 'announced', argumentsJson: undefined },
  };
}

/** A call beyond the limit has its output at once and is no part of a batch; its response notes that there was one. */
function refuseCall(state: SessionState, call: ToolCall): Step {
  return sequence(answerCall(state, call, ownOutcome('rejected', refusal)), (next) => {
    const { response, tools } = next;
    const isNoted = 'responseId' in response && response.responseId === call.responseId;
    return become(next, {
      tools: { ...tools, calls: state.tools.calls },
      ...(isNoted && { response: { ...response, refusedCalls: response.refusedCalls + 1 } }),
    });
  });
}

/**
 * All arguments of a call have arrived. That alone is no proof that the call stands (an interrupted call ends so too):
 * it waits for its item, but not for ever, since some servers never declare items done.
 */
export function completeArguments(state: SessionState, callId: string, argumentsJson: string): Step {
  const call = state.tools.calls.get(callId);
  if (call?.phase.kind !== 'announced') return stay(state);
  const whole: ToolCall = { ...call, phase: { kind: 'announced', argumentsJson } };
  return sequence(putCall(state, whole), (next) => watchItem(next, whole));
}

/** A call whose arguments have all arrived does not wait for its item for ever. */
export function watchItem(state: SessionState, { callId, phase }: ToolCall): Step {
  if (phase.kind !== 'announced' || phase.argumentsJson === undefined) return stay(state);
  const delayMs = state.settings.timeouts.callItemMs;
  return ask({ type: 'timer.start', timer: `call:${callId}`, delayMs })(state);
}

/** The item of a call is done: a complete call runs, one that was cut does not. */
export function completeCall(state: SessionState, item: FunctionCallItem, responseId: string): Step {
  const callId = item.call_id ?? '';
  return sequence(announceCall(state, item, responseId), (next) => {
    const call = next.tools.calls.get(callId);
    if (call?.phase.kind !== 'announced') return stay(next);
    const isOther = item.id !== undefined && item.id !== call.itemId;
    if (isOther && item.status === 'incomplete') return stay(next);
    const timer = ask({ type: 'timer.cancel', timer: `call:${callId}` });
    if (item.status === 'incomplete') return sequence(timer(next), (rest) => dropCut(rest, call));
    const standing = isOther ? callOf(next, item, responseId) : call;
    return sequence(
      timer(next),
      // A server that gives an id twice: what the model called is the item that is complete.
      isOther ? (rest) => forgetItem(rest, call.itemId) : stay,
      (rest) => releaseCall(rest, standing, item.arguments),
    );
  });
}

/** The item of a call was not declared done in time: its arguments stand, unless its response was cut. */
export function releaseUndeclared(state: SessionState, callId: string): Step {
  const call = state.tools.calls.get(callId);
  if (call?.hosted !== undefined) return expireHosted(state, call);
  if (call?.phase.kind !== 'announced' || call.phase.argumentsJson === undefined) return stay(state);
  return state.response.kind === 'cancelling' && state.response.responseId === call.responseId
    ? dropCut(state, call)
    : releaseCall(state, call, call.phase.argumentsJson);
}

/**
 * The response of a batch is over. Calls that were never completed will not be, except where all arguments have come and
 * the response is complete: not every server declares items done. Those that wait are not begun by one that failed.
 */
export function closeBatch(
  state: SessionState,
  responseId: string,
  status: 'completed' | 'failed' | 'over' = 'over',
): Step {
  const calls = [...state.tools.calls.values()].filter((call) => call.responseId === responseId);
  if (calls.length === 0) return hasRefusedCalls(state, responseId) ? oweAnswer(state) : stay(state);
  return sequence(
    become(state, { tools: { ...state.tools, doneResponses: [...state.tools.doneResponses, responseId] } }),
    ...calls.map((call) => (next: SessionState) => closeCall(next, call, status)),
  );
}

function closeCall(state: SessionState, call: ToolCall, status: 'completed' | 'failed' | 'over'): Step {
  if (call.hosted !== undefined) return closeHosted(state, call, status);
  const { phase } = call;
  switch (phase.kind) {
    case 'announced': {
      const stands = status === 'completed' && phase.argumentsJson !== undefined;
      const timer = ask({ type: 'timer.cancel', timer: `call:${call.callId}` });
      return stands
        ? sequence(timer(state), (next) => releaseCall(next, call, phase.argumentsJson ?? ''))
        : dropCut(state, call);
    }
    case 'waiting':
    case 'unconfirmed':
      return status === 'failed' ? cancelUnstarted(state, call) : stay(state);
    default:
      return stay(state);
  }
}

function hasRefusedCalls({ response }: SessionState, responseId: string): boolean {
  return 'responseId' in response && response.responseId === responseId && response.refusedCalls > 0;
}

/** A tool has ended: its output goes into the conversation at once, whatever else is going on. */
export function settleCall(state: SessionState, callId: string, outcome: ToolOutcome): Step {
  const inBackground = state.tools.background.get(callId);
  if (inBackground !== undefined) return reportBackground(state, inBackground, outcome);
  const call = state.tools.calls.get(callId);
  return call === undefined || call.phase.kind === 'settled' ? stay(state) : answerCall(state, call, outcome);
}

/** A running tool says how far it is: the observers are told. */
export function tellProgress(state: SessionState, callId: string, value: JsonValue): Step {
  const call = state.tools.background.get(callId) ?? state.tools.calls.get(callId);
  if (call?.phase.kind !== 'running') return stay(state);
  return notify({ type: 'tool_progress', callId, name: call.name, value })(state);
}

/**
 * The user cut in: calls that are to end then are told to; the others go on and keep their results.
 *
 * @param only those it is about; all of them unless told.
 */
export function interruptCalls(state: SessionState, only?: ReadonlySet<string>): Step {
  const { calls, background } = state.tools;
  const cancelled = [...calls.values(), ...background.values()].filter(
    (call) =>
      only?.has(call.callId) !== false &&
      policyOf(state, call)?.onInterrupt === 'cancel' &&
      call.phase.kind !== 'settled' &&
      !isPutToUser(state, call),
  );
  return sequence(state, ...cancelled.map((call) => (next: SessionState) => stopCall(next, call)));
}

/** What the user says is the answer to it. */
function isPutToUser(state: SessionState, call: ToolCall): boolean {
  return call.phase.kind === 'unconfirmed' && confirmationOf(state, call)?.by === 'spoken';
}

/** Starts the calls that waited for the agent to finish speaking. */
export function startWaiting(state: SessionState): Step {
  if (state.tools.calls.size === 0 || isPlaying(state)) return stay(state);
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

/** The `filler` timer of a call fired: while it runs and nothing is heard, the user is told to wait. */
export function fillSilence(state: SessionState, callId: string): Step {
  const call = state.tools.calls.get(callId);
  const isUnderWay = call?.phase.kind === 'running' || call?.phase.kind === 'unconfirmed';
  const filler = isUnderWay ? policyOf(state, call)?.filler : undefined;
  const isFree = state.response.kind === 'none' && state.userTurn.kind === 'silent' && !isPlaying(state);
  return filler !== undefined && isFree ? oweSpeechFirst(state, filler.say) : stay(state);
}

function followUp(state: SessionState, responseId: string, settled: readonly ToolCall[]): Step {
  const calls = new Map(state.tools.calls);
  for (const call of settled) calls.delete(call.callId);
  const doneResponses = state.tools.doneResponses.filter((id) => id !== responseId);
  const cleared = become(state, { tools: { ...state.tools, calls, doneResponses } });
  const replies = settled.map((call) => replyTo(state, call));
  if (replies.includes('now'))
    return sequence(cleared, settled.every(({ hosted }) => hosted) ? oweHosted : oweAnswer);
  return replies.includes('when_idle') ? sequence(cleared, (next) => oweAnswer(next, 'idle')) : cleared;
}

/** When the agent speaks about a call that has its output. */
function replyTo(state: SessionState, call: ToolCall): ToolPolicy['reply'] {
  if (call.hosted !== undefined) return replyToHosted(call);
  const policy = policyOf(state, call);
  // That a tool has started in the background is the answer to what the user asked.
  if (policy?.background === true) return policy.reply === 'never' ? 'never' : 'now';
  const isStaleNow = call.phase.kind === 'settled' && call.phase.stale === true;
  return isStaleNow ? 'never' : (policy?.reply ?? 'now');
}

function releaseCall(state: SessionState, call: ToolCall, argumentsJson: string): Step {
  const ready: ToolCall = { ...call, phase: { kind: 'waiting', argumentsJson } };
  const mustWait = policyOf(state, call)?.start === 'after_playback';
  const { itemId: id, callId, name } = call;
  return sequence(recordOwnItem(state, { kind: 'function_call', id, callId, name, argumentsJson }), (next) =>
    mustWait ? putCall(next, ready) : startCall(next, ready),
  );
}

function startCall(state: SessionState, call: ToolCall): Step {
  if (call.phase.kind !== 'waiting') return stay(state);
  const { argumentsJson, approved } = call.phase;
  if (approved === true) return runAgreed(state, call, argumentsJson);
  const [refusal, admitted] = admitCall(state);
  if (refusal !== undefined) {
    return sequence(admitted, (next) => answerCall(next, call, ownOutcome('rejected', { error: refusal })));
  }
  const target = handoffTarget(state, call);
  if (target !== undefined) return sequence(admitted, (next) => passOn(next, call, argumentsJson, target));
  const confirmation = confirmationOf(state, call);
  return sequence(admitted, (next) =>
    confirmation === undefined
      ? runCall(next, call, argumentsJson, 'unasked')
      : checkCall(next, call, argumentsJson),
  );
}

/** The call hands the conversation over: that is its whole work. */
function passOn(state: SessionState, call: ToolCall, argumentsJson: string, agent: string): Step {
  const { callId, name } = call;
  const running: ToolCall = { ...call, phase: { kind: 'running', argumentsJson } };
  return sequence(
    putCall(state, running),
    notify({ type: 'tool_started', callId, name, argumentsJson }),
    (next) => answerCall(next, running, ownOutcome('completed', { agent })),
    (next) => handOver(next, agent),
  );
}

function handoffTarget(state: SessionState, call: ToolCall): string | undefined {
  const { handoffs } = settingsOf(state, call.agent);
  return Object.hasOwn(handoffs, call.name) ? handoffs[call.name] : undefined;
}

/** A running tool is told to stop and answers for itself; one that has not started is answered here. */
function stopCall(state: SessionState, call: ToolCall): Step {
  return call.phase.kind === 'running'
    ? ask({ type: 'tool.cancel', callId: call.callId })(state)
    : cancelUnstarted(state, call);
}
