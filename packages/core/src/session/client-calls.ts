import type { ClientToolCall } from './notices.ts';
import type { SessionState } from './state.ts';
import { become, notify, type Step, sequence, stay } from './step.ts';

/** A call is put to the application. */
export function putToClient(state: SessionState, call: ClientToolCall): Step {
  const { callId, name } = call;
  return sequence(
    withClientCalls(state, new Map(state.tools.clientCalls).set(callId, name)),
    notify({ type: 'client_tool_called', ...call }),
  );
}

/** The application has answered a call, or need not any more. */
export function settleClientCall(
  state: SessionState,
  callId: string,
  ending: 'answered' | 'cancelled',
): Step {
  const name = state.tools.clientCalls.get(callId);
  if (name === undefined) return stay(state);
  const clientCalls = new Map(state.tools.clientCalls);
  clientCalls.delete(callId);
  const settled = withClientCalls(state, clientCalls);
  return ending === 'answered'
    ? settled
    : sequence(settled, notify({ type: 'client_tool_cancelled', callId, name }));
}

/** The session ends: the application need not answer any more. */
export function abandonClientCalls(state: SessionState): Step {
  return sequence(
    state,
    ...[...state.tools.clientCalls.keys()].map(
      (callId) => (next: SessionState) => settleClientCall(next, callId, 'cancelled'),
    ),
  );
}

/** The process that had put calls to the application is gone, and nobody waits for their answers. */
export function forgetClientCalls(state: SessionState): Step {
  return state.tools.clientCalls.size === 0 ? stay(state) : withClientCalls(state, new Map());
}

function withClientCalls(state: SessionState, clientCalls: ReadonlyMap<string, string>): Step {
  return become(state, { tools: { ...state.tools, clientCalls } });
}
