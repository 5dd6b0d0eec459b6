import { policyOf } from './agents.ts';
import type { ToolCall } from './regions/tool-calls.ts';
import type { SessionState } from './state.ts';
import { ask, become, type Step, stay } from './step.ts';

/** Put behind a result that is not to be told as news. */
export const staleNote =
  ' [this came late: the user has said something else meanwhile. Do not bring it up unless it is asked for.]';

/** Whether what comes of a call now comes too late: its time is over, and the user has gone on. */
export function isStale({ phase }: ToolCall): boolean {
  return phase.kind === 'running' && phase.overdue === true && phase.passed === true;
}

/** A call that has started is waited for as news for a while, where its tool says how long. */
export function watchAge(state: SessionState, call: ToolCall): Step {
  const afterMs = policyOf(state, call)?.staleAfterMs;
  const isOverdue = call.phase.kind === 'running' && call.phase.overdue === true;
  if (afterMs === undefined || isOverdue) return stay(state);
  return ask({ type: 'timer.start', timer: `stale:${call.callId}`, delayMs: afterMs })(state);
}

/** The `stale` timer of a call fired. */
export function noteOverdue(state: SessionState, callId: string): Step {
  return change(state, (call) => call.callId === callId, { overdue: true });
}

/** The user has taken another turn: calls that run belong to an earlier one. */
export function noteNextTurn(state: SessionState): Step {
  return change(state, (call) => policyOf(state, call)?.staleAfterMs !== undefined, { passed: true });
}

function change(
  state: SessionState,
  isMeant: (call: ToolCall) => boolean,
  mark: { readonly overdue?: true; readonly passed?: true },
): Step {
  const { calls, background } = state.tools;
  if (![...calls.values(), ...background.values()].some(isMeant)) return stay(state);
  const marked = (all: ReadonlyMap<string, ToolCall>) =>
    new Map(
      [...all].map(([id, call]) =>
        isMeant(call) && call.phase.kind === 'running'
          ? [id, { ...call, phase: { ...call.phase, ...mark } }]
          : [id, call],
      ),
    );
  return become(state, {
    tools: { ...state.tools, calls: marked(calls), background: marked(background) },
  });
}
