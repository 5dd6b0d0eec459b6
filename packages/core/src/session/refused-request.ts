import { awaitServerAnswer, tryAgain } from './arbiter.ts';
import { pendingEvent } from './outbox.ts';
import { keepRequest } from './owed.ts';
import { noteResponse } from './response.ts';
import type { SessionState } from './state.ts';
import { ask, become, type Step, sequence, stay } from './step.ts';

/** The server refused a `response.create`: while another response is active the request is kept, else it is asked again. */
export function refuseRequest(
  state: SessionState,
  error: {
    code?: string | null | undefined;
    type?: string | null | undefined;
    message: string;
    event_id?: string | null | undefined;
  },
): Step {
  const { response } = state;
  if (error.code === 'conversation_already_has_active_response') return yieldToActive(state, error.message);
  if (response.kind !== 'requested' || pendingEvent(state, error.event_id)?.type !== 'response.create')
    return stay(state);
  const free = sequence(
    become(state, { response: { kind: 'none' } }),
    ask({ type: 'timer.cancel', timer: 'response' }),
  );
  if (response.followedBy === 'server_answer') {
    const kept =
      response.fate === 'cut' ? free : sequence(free, (next) => keepRequest(next, response.request));
    return sequence(kept, awaitServerAnswer);
  }
  if (response.fate === 'cut') return free;
  const failure = { code: error.code ?? undefined, type: error.type ?? undefined, text: error.message };
  return sequence(free, (next) => tryAgain(next, response.request, failure));
}

/** Another response is active: ours comes after it. */
function yieldToActive(state: SessionState, message: string): Step {
  const { response } = state;
  if (response.kind === 'requested') {
    const other = /resp_\w+/.exec(message)?.[0] ?? '';
    return sequence(
      become(state, { response: { kind: 'none' } }),
      (next) => (response.fate === 'cut' ? stay(next) : keepRequest(next, response.request)),
      (next) =>
        other === '' || next.finishedResponses.includes(other)
          ? become(next, { response: { kind: 'awaited', fate: response.fate } })
          : noteResponse(next, other),
    );
  }
  if (response.kind !== 'active' || response.request === undefined) return stay(state);
  const { request } = response;
  // Of several requests for one answer one was granted: the refusal of another costs nothing.
  if (request.attempt > 0) {
    return become(state, {
      response: { ...response, request: { ...request, attempt: request.attempt - 1 } },
    });
  }
  return sequence(
    become(state, { response: { ...response, request: undefined, followedBy: 'nothing' } }),
    (next) => keepRequest(next, request),
  );
}
