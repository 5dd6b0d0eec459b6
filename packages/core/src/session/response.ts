import type { RealtimeResponse } from '../protocol/response.ts';
import { triageError } from './error-triage.ts';
import { pendingEvent, send } from './outbox.ts';
import { endPartsOf, isPlaying } from './playout.ts';
import type { ActiveResponse, ResponseRequest, SessionState } from './state.ts';
import { ask, become, notify, remember, type Step, sequence, stay } from './step.ts';

/** How many ids of finished responses are kept to recognise what arrives late. */
const finishedLimit = 32;
const firstRetryDelayMs = 500;

/** The agent owes an answer to what the conversation holds; several such debts are one. */
export function oweAnswer(state: SessionState, when: 'now' | 'idle' = 'now'): Step {
  const known = state.owed.findIndex((request) => request.kind === 'answer');
  const request: ResponseRequest = { kind: 'answer', when, attempt: 0 };
  if (known < 0) return become(state, { owed: [...state.owed, request] });
  return when === 'now' ? become(state, { owed: state.owed.with(known, request) }) : stay(state);
}

/** The agent owes a text, to be said as it is. */
export function oweSpeech(state: SessionState, text: string): Step {
  return become(state, { owed: [...state.owed, { kind: 'say', text, attempt: 0 }] });
}

/**
 * The server will answer the turn it committed by itself; where it answers something else now, it does so afterwards.
 * That answer sees all the conversation holds by now, so it pays the debt of one; texts are still to be said.
 */
export function awaitServerAnswer(state: SessionState): Step {
  const { response } = state;
  const owed = state.owed.filter((request) => request.kind !== 'answer');
  if (response.kind === 'none') {
    return sequence(become(state, { owed, response: { kind: 'awaited' } }), startResponseTimer);
  }
  return 'responseId' in response
    ? become(state, { owed, response: { ...response, followedBy: 'server_answer' } })
    : become(state, { owed });
}

/** Asks for the oldest owed response when nothing stands in its way. One request is out at a time. */
export function grantOwed(state: SessionState): Step {
  const [request, ...owed] = state.owed;
  const free = state.connection.kind === 'ready' && state.response.kind === 'none';
  if (request === undefined || !free || state.userTurn.kind !== 'silent') return stay(state);
  if (request.kind === 'answer' && request.when === 'idle' && isPlaying(state)) return stay(state);
  return requestResponse({ ...state, owed }, request);
}

/** Takes note of a response by any event that names it: not every server announces it first. */
export function noteResponse(state: SessionState, responseId: string): Step {
  const { response } = state;
  if (responseId === '' || state.finishedResponses.includes(responseId)) return stay(state);
  if ('responseId' in response) return stay(state);
  const request = response.kind === 'requested' ? response.request : undefined;
  const active: ActiveResponse = {
    kind: 'active',
    responseId,
    request,
    output: 'none',
    followedBy: 'nothing',
  };
  return sequence(
    become(state, { response: active }),
    ask({ type: 'timer.cancel', timer: 'response' }, { type: 'timer.cancel', timer: 'response.retry' }),
    notify({ type: 'response_started', responseId }),
  );
}

/** The first output of a response was announced. */
export function noteOutput(state: SessionState, responseId: string, itemId: string): Step {
  const { response } = state;
  if (!('responseId' in response) || response.responseId !== responseId || response.output === 'started') {
    return stay(state);
  }
  return sequence(
    become(state, { response: { ...response, output: 'started' } }),
    notify({ type: 'response_output', responseId, itemId }),
  );
}

/** Whether what arrives of this response is still wanted. */
export function isWanted(state: SessionState, responseId: string): boolean {
  const { response } = state;
  if (state.finishedResponses.includes(responseId)) return false;
  return !(response.kind === 'cancelling' && response.responseId === responseId);
}

/** The user cut in: the response is over for us; the server is told where it does not know by itself. */
export function cancelResponse(state: SessionState, by: 'server' | 'client'): Step {
  const { response } = state;
  if (response.kind !== 'active') return stay(state);
  const cancelling = become(state, { response: { ...response, kind: 'cancelling' } });
  return by === 'server'
    ? cancelling
    : sequence(cancelling, send({ type: 'response.cancel', response_id: response.responseId }));
}

/** A response is over, in one of four ways. */
export function finishResponse(state: SessionState, done: RealtimeResponse): Step {
  const responseId = done.id ?? '';
  if (state.finishedResponses.includes(responseId)) return stay(state);
  const { response } = state;
  const status = done.status === 'in_progress' || done.status === undefined ? 'completed' : done.status;
  const ours = 'responseId' in response && response.responseId === responseId ? response : undefined;
  const detail = describeDetails(done.status_details);
  return sequence(
    become(state, { finishedResponses: remember(state.finishedResponses, responseId, finishedLimit) }),
    (next) => endPartsOf(next, responseId),
    notify({
      type: 'response_done',
      responseId,
      status,
      detail: detail?.text,
      usage: done.usage ?? undefined,
    }),
    (next) => (ours ? follow(next, ours, status === 'failed' ? detail : undefined) : stay(next)),
  );
}

/** What comes after a response: the server's next one, another try, or nothing. */
function follow(state: SessionState, over: ActiveResponse, failure: FailureDetail | undefined): Step {
  const free = become(state, { response: { kind: 'none' } });
  if (over.followedBy === 'server_answer') return sequence(free, awaitServerAnswer);
  if (failure === undefined) return free;
  const request = over.request ?? { kind: 'answer', when: 'now', attempt: 0 };
  if (
    request.attempt < state.settings.responseRetries &&
    triageError(failure.code, failure.type) !== 'fatal'
  ) {
    const again = { ...request, attempt: request.attempt + 1 };
    return sequence(
      become(state, { response: { kind: 'retrying', request: again } }),
      ask({
        type: 'timer.start',
        timer: 'response.retry',
        delayMs: firstRetryDelayMs * 2 ** request.attempt,
      }),
    );
  }
  return sequence(free, notify({ type: 'warning', code: 'response.failed', message: failure.text }));
}

/** The `response.retry` timer fired. */
export function retryResponse(state: SessionState): Step {
  if (state.response.kind !== 'retrying') return stay(state);
  return requestResponse({ ...state, response: { kind: 'none' } }, state.response.request);
}

/** The `response` timer fired: the response that was owed or asked for did not come. */
export function giveUpWaiting(state: SessionState): Step {
  const { response } = state;
  const free: SessionState = { ...state, response: { kind: 'none' } };
  if (response.kind === 'awaited') return requestResponse(free, { kind: 'answer', when: 'now', attempt: 0 });
  if (response.kind !== 'requested') return stay(state);
  const { request } = response;
  if (request.attempt < state.settings.responseRetries) {
    return requestResponse(free, { ...request, attempt: request.attempt + 1 });
  }
  return sequence(
    free,
    notify({
      type: 'warning',
      code: 'response.missing',
      message: 'the server did not answer a request for a response',
    }),
  );
}

/** The server refused a `response.create`: while another response is active the request is kept, else it is given up. */
export function refuseRequest(
  state: SessionState,
  error: { code?: string | null | undefined; message: string; event_id?: string | null | undefined },
): Step {
  const { response } = state;
  const busy = error.code === 'conversation_already_has_active_response';
  if (response.kind === 'requested' && busy) {
    const other = /resp_\w+/.exec(error.message)?.[0] ?? '';
    return sequence(
      become(state, { response: { kind: 'none' } }),
      (next) => keepRequest(next, response.request),
      (next) => (other === '' ? awaitServerAnswer(next) : noteResponse(next, other)),
    );
  }
  if (busy && response.kind === 'active') return keepRequest(state, response.request);
  if (response.kind !== 'requested' || pendingEvent(state, error.event_id)?.type !== 'response.create')
    return stay(state);
  return sequence(
    become(state, { response: { kind: 'none' } }),
    ask({ type: 'timer.cancel', timer: 'response' }),
    notify({ type: 'warning', code: 'response.refused', message: error.message }),
  );
}

function keepRequest(state: SessionState, request: ResponseRequest | undefined): Step {
  if (request?.kind === 'say') return become(state, { owed: [request, ...state.owed] });
  return oweAnswer(state);
}

function requestResponse(state: SessionState, request: ResponseRequest): Step {
  const response = request.kind === 'say' ? sayOverrides(request.text) : undefined;
  return sequence(
    become(state, { response: { kind: 'requested', request } }),
    send({ type: 'response.create', ...(response && { response }) }),
    startResponseTimer,
  );
}

function startResponseTimer(state: SessionState): Step {
  return [state, [{ type: 'timer.start', timer: 'response', delayMs: state.settings.timeouts.responseMs }]];
}

/** The offline engine says the text of the metadata; models are told to. */
function sayOverrides(text: string) {
  return {
    instructions: `Say exactly the following text, word for word, and nothing else: ${JSON.stringify(text)}`,
    tool_choice: 'none' as const,
    metadata: { 'antiphon.say': text },
  };
}

interface FailureDetail {
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly text: string;
}

/** Reads `status_details` of any shape: some servers send plain text. */
function describeDetails(details: unknown): FailureDetail | undefined {
  if (typeof details === 'string') return { code: undefined, type: undefined, text: details };
  if (typeof details !== 'object' || details === null) return undefined;
  const { reason, error, type } = details as Readonly<Record<string, unknown>>;
  const inner = (typeof error === 'object' && error !== null ? error : {}) as Readonly<
    Record<string, unknown>
  >;
  const text = [inner['code'] ?? reason ?? type, inner['message']]
    .filter((part) => typeof part === 'string')
    .join(': ');
  return { code: asText(inner['code']), type: asText(inner['type']), text };
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
