import { policyOf } from './agents.ts';
import { goOnInBackground } from './background-calls.ts';
import { withPhase } from './call-record.ts';
import { recordingAtStart } from './recording.ts';
import type { ToolCall } from './regions/tool-calls.ts';
import { watchAge } from './stale-calls.ts';
import type { SessionState } from './state.ts';
import { ask, notify, type Step, sequence, stay } from './step.ts';

/** Whether somebody had to agree to a call, and who did; the user is not told to wait before they have. */
export type Consented = 'unasked' | 'by_app' | 'by_user';

/** The tool of a call runs from now on. */
export function runCall(
  state: SessionState,
  call: ToolCall,
  argumentsJson: string,
  consented: Consented,
): Step {
  const { callId, name } = call;
  const approved = consented !== 'unasked' && { approved: true as const };
  return sequence(
    withPhase(state, call, { kind: 'running', argumentsJson, ...approved }),
    notify({ type: 'tool_started', callId, name, argumentsJson }),
    (next) => recordingAtStart(next, policyOf(state, call)),
    ask({ type: 'tool.start', ...startOf(call, argumentsJson), ...approved }),
    consented === 'by_app' ? stay : (next) => startFiller(next, call),
    (next) => watchAge(next, call),
    (next) => leaveToBackground(next, call),
  );
}

/** A tool that works in the background is not waited for. */
function leaveToBackground(state: SessionState, { callId }: ToolCall): Step {
  const call = state.tools.calls.get(callId);
  const isMeant = call !== undefined && policyOf(state, call)?.background === true;
  return isMeant && call.phase.kind === 'running' ? goOnInBackground(state, call) : stay(state);
}

/** While the call is under way and nothing is heard, the user is told to wait. */
export function startFiller(state: SessionState, call: ToolCall): Step {
  const afterMs = policyOf(state, call)?.filler?.afterMs;
  if (afterMs === undefined) return stay(state);
  return ask({ type: 'timer.start', timer: `filler:${call.callId}`, delayMs: afterMs })(state);
}

/** The call is not under way any more. */
export function stopFiller(state: SessionState, call: ToolCall): Step {
  if (policyOf(state, call)?.filler === undefined) return stay(state);
  return ask({ type: 'timer.cancel', timer: `filler:${call.callId}` })(state);
}

/** What a call is started with. */
export function startOf({ callId, name, agent, hosted }: ToolCall, argumentsJson: string) {
  return { callId, name, argumentsJson, agent, ...(hosted && { server: hosted.server }) };
}
