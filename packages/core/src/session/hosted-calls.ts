import type { JsonValue } from '../json.ts';
import type { ToolOutcome } from '../ports/tool-host.ts';
import type { ConversationItem } from '../protocol/items.ts';
import { checkCall, confirmationOf, dropConsent, refuseCall } from './approvals.ts';
import { answerCall, cancelledOutcome, dropCut, ownOutcome, putCall } from './call-record.ts';
import { findItem } from './conversation-pages.ts';
import { beginMs, recordHosted, withdraw } from './hosted-record.ts';
import { admitCall, countCall, noteCallOfTurn } from './limits.ts';
import { send } from './outbox.ts';
import { oweAnswer, requestOf } from './owed.ts';
import type { HostedCall, ToolCall } from './regions/tool-calls.ts';
import { agentOfCall } from './served-agent.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, type Step, sequence, stay } from './step.ts';

/** After so long a call of which nothing is told is given up. */
const longestMs = 60_000;

type McpItem = Extract<ConversationItem, { type: 'mcp_call' }>;
type RequestItem = Extract<ConversationItem, { type: 'mcp_approval_request' }>;

/** The provider is about to make a call. Nothing of it is done here, but its answer waits for it. */
export function announceHosted(state: SessionState, item: McpItem, told?: string): Step {
  const granted = grantedFor(state, item);
  const responseId = told ?? granted?.responseId ?? batchOf(state);
  if (isKnown(state, item.id) || responseId === '') return stay(state);
  if (told !== undefined && state.finishedResponses.includes(told)) return stay(state);
  const [numbered, call] = callOf(state, item, responseId, granted && { isCounted: true });
  return sequence(
    granted === undefined ? stay(numbered) : withdraw(numbered, granted),
    (next) => putCall(next, call),
    (next) => joinBatch(next, responseId),
    (next) => recordHosted(next, call, item.arguments),
    ask({ type: 'timer.start', timer: `call:${call.callId}`, delayMs: longestMs }),
  );
}

/** The arguments of a call are complete. */
export function noteArguments(state: SessionState, itemId: string, argumentsJson: string): Step {
  const call = openCall(state, itemId);
  if (call?.phase.kind !== 'announced' || argumentsJson === '') return stay(state);
  return sequence(putCall(state, { ...call, phase: { kind: 'announced', argumentsJson } }), (next) =>
    recordHosted(next, call, argumentsJson),
  );
}

/** The provider makes the call. */
export function startHosted(state: SessionState, itemId: string): Step {
  const call = openCall(state, itemId);
  if (call?.phase.kind !== 'announced') return stay(state);
  const { callId, name, hosted } = call;
  const argumentsJson = call.phase.argumentsJson ?? '{}';
  return sequence(
    putCall(state, { ...call, phase: { kind: 'running', argumentsJson } }),
    notify({ type: 'tool_started', callId, name, argumentsJson, server: hosted.server }),
    hosted.isCounted === true ? stay : countCall,
  );
}

/** A call is over; what came of it is told with its item, though not by every server. */
export function endHostedCall(state: SessionState, itemId: string, ended: 'completed' | 'failed'): Step {
  return sequence(startHosted(state, itemId), (next) => {
    const call = openCall(next, itemId);
    if (call === undefined) return stay(next);
    const { callItemMs } = next.settings.timeouts;
    return sequence(
      putCall(next, { ...call, hosted: { ...call.hosted, ended } }),
      ask({ type: 'timer.start', timer: `call:${call.callId}`, delayMs: callItemMs }),
    );
  });
}

/** An item was told in its final form: of a call that the provider made, or with which it asks for one. */
export function completeHosted(state: SessionState, item: ConversationItem, responseId?: string): Step {
  if (item.type === 'mcp_approval_request') return askFor(state, item, responseId);
  if (item.type !== 'mcp_call') return stay(state);
  return sequence(
    announceHosted(state, item, responseId),
    (next) => noteArguments(next, item.id, item.arguments),
    (next) => settleBy(next, item),
  );
}

function settleBy(state: SessionState, item: McpItem): Step {
  const call = openCall(state, item.id);
  if (call === undefined || item.status === 'in_progress') return stay(state);
  const error = errorText(item);
  const isOver = error !== undefined || typeof item.output === 'string' || call.hosted.ended !== undefined;
  if (!isOver) return item.status === 'incomplete' ? cut(state, call) : stay(state);
  return sequence(startHosted(state, item.id), (next) => {
    const started = openCall(next, item.id);
    if (started === undefined) return stay(next);
    if (error !== undefined) return settle(next, started, { status: 'failed', output: { error } });
    return typeof item.output === 'string'
      ? settle(next, started, { status: 'completed', output: parsed(item.output), outputText: item.output })
      : settleUntold(next, started);
  });
}

function errorText({ error }: McpItem): string | undefined {
  if (error === null || error === undefined) return undefined;
  if (typeof error === 'string') return error;
  return [error.type, error.message].filter((part) => typeof part === 'string' && part !== '').join(': ');
}

/** The provider asks whether it may make a call: the application says so where it is to be asked, and else nobody does. */
function askFor(state: SessionState, item: RequestItem, told?: string): Step {
  const responseId = told ?? batchOf(state);
  if (isKnown(state, item.id) || responseId === '' || item.status === 'in_progress') return stay(state);
  const [numbered, call] = callOf(state, item, responseId, { isRequest: true });
  return sequence(
    putCall(numbered, call),
    (next) => joinBatch(next, responseId),
    (next) =>
      confirmationOf(next, call) === undefined
        ? refuseCall(next, call, 'tool.approval_not_asked', { tool: call.name, server: item.server_label })
        : admitRequest(next, call, item.arguments),
  );
}

function admitRequest(state: SessionState, call: ToolCall, argumentsJson: string): Step {
  const [refusal, admitted] = admitCall(state);
  return sequence(admitted, (next) =>
    refusal === undefined
      ? checkCall(next, call, argumentsJson)
      : answerCall(next, call, ownOutcome('rejected', { error: refusal })),
  );
}

/** The timer of a call fired. */
export function expireHosted(state: SessionState, call: ToolCall): Step {
  const { phase, hosted } = call;
  if (phase.kind === 'settled' || hosted === undefined) return stay(state);
  // It was allowed and not begun: the server waits to be asked for what comes next.
  if (hosted.isRequest === true)
    return putCall(state, { ...call, phase: { kind: 'settled', status: 'completed' } });
  if (hosted.ended !== undefined) return settleUntold(state, call);
  return settle(state, call, {
    status: 'timed_out',
    output: { error: 'The server of the tool did not answer in time.' },
  });
}

/** The response of a call is over: what the provider has not ended by then goes on only where that was not broken off. */
export function closeHosted(
  state: SessionState,
  call: ToolCall,
  status: 'completed' | 'failed' | 'over',
): Step {
  if (status === 'completed' || call.hosted?.isRequest === true || call.phase.kind === 'settled')
    return stay(state);
  return cut(state, call);
}

function cut(state: SessionState, call: ToolCall): Step {
  if (call.phase.kind === 'announced')
    return sequence(dropCut(state, call), ask({ type: 'timer.cancel', timer: `call:${call.callId}` }));
  return call.hosted?.ended === undefined
    ? answerCall(state, call, cancelledOutcome())
    : settleUntold(state, call);
}

/** The connection is gone, and with it what its provider was doing. */
export function loseHosted(state: SessionState): Step {
  const open = [...state.tools.calls.values()].filter(
    ({ hosted, phase }) => hosted && phase.kind !== 'settled',
  );
  return sequence(state, ...open.map((call) => (next: SessionState) => lose(next, call)));
}

function lose(state: SessionState, call: ToolCall): Step {
  if (call.phase.kind === 'unconfirmed') return dropConsent(state, call, 'the connection was lost');
  if (call.hosted?.isRequest === true) return withdraw(state, call);
  if (call.hosted?.ended !== undefined) return settleUntold(state, call);
  const error =
    'The connection was lost while the call was made: its outcome is unknown, it may have taken effect.';
  return settle(state, call, { status: 'failed', output: { error } });
}

/** Nobody listens to the server that makes the calls: they are not given up meanwhile. */
export function leaveHosted(state: SessionState): Step {
  const timers = watchedCalls(state).map(
    ({ callId }) => ({ type: 'timer.cancel', timer: `call:${callId}` }) as const,
  );
  return ask(...timers)(state);
}

/** The server is listened to again: what has become of its calls is asked for. */
export function rejoinHosted(state: SessionState): Step {
  return sequence(
    state,
    ...watchedCalls(state).flatMap((call) => [
      ask({ type: 'timer.start', timer: `call:${call.callId}`, delayMs: patienceMs(state, call) }),
      call.hosted?.isRequest === true
        ? stay
        : send({ type: 'conversation.item.retrieve', item_id: call.itemId }),
    ]),
  );
}

/** Calls of the provider's that have a timer. */
function watchedCalls({ tools }: SessionState): readonly ToolCall[] {
  return [...tools.calls.values()].filter(({ hosted, phase }) =>
    hosted?.isRequest === true ? phase.kind === 'running' : hosted && phase.kind !== 'settled',
  );
}

function patienceMs(state: SessionState, { hosted }: ToolCall): number {
  if (hosted?.isRequest === true) return beginMs;
  return hosted?.ended === undefined ? longestMs : state.settings.timeouts.callItemMs;
}

/**
 * The model is about to say something that it says with the results of all calls that are over: of one response where that is
 * given, else of any, by another response that nobody asked a text of.
 */
export function noteTold(state: SessionState, responseId?: string): Step {
  if (state.tools.calls.size === 0) return stay(state);
  if (responseId === undefined && requestOf(state.response)?.kind === 'say') return stay(state);
  const calls = new Map(state.tools.calls);
  for (const call of state.tools.calls.values()) {
    const { hosted, phase } = call;
    const isOver = phase.kind === 'settled' || hosted?.ended !== undefined;
    const isMeant = responseId === undefined || call.responseId === responseId;
    if (hosted && hosted.isRequest !== true && isOver && isMeant)
      calls.set(call.callId, { ...call, hosted: { ...hosted, isTold: true } });
  }
  return become(state, { tools: { ...state.tools, calls } });
}

/** When the agent speaks about a call that the provider has made. */
export function replyToHosted({ phase, hosted }: ToolCall): 'now' | 'never' {
  const isCut = phase.kind === 'settled' && phase.status === 'cancelled';
  return isCut || hosted?.isTold === true ? 'never' : 'now';
}

/** An answer is owed to calls of the provider's. Where it begins one by itself, as not every server does, that is the answer. */
export function oweHosted(state: SessionState): Step {
  const isOwed = state.owed.some(({ kind }) => kind === 'answer');
  // The answer is not forced to call again.
  return sequence(oweAnswer(noteCallOfTurn(state)), (next) =>
    isOwed
      ? stay(next)
      : become(next, {
          owed: next.owed.map((request) =>
            request.kind === 'answer' ? { ...request, again: 'displaced' } : request,
          ),
        }),
  );
}

function settle(
  state: SessionState,
  call: ToolCall,
  ended: Pick<ToolOutcome, 'status' | 'output'> & { readonly outputText?: string },
): Step {
  const argumentsJson = 'argumentsJson' in call.phase ? (call.phase.argumentsJson ?? '') : '';
  return answerCall(state, call, {
    ...ownOutcome(ended.status, ended.output),
    arguments: parsed(argumentsJson),
    ...(ended.outputText !== undefined && { outputText: ended.outputText }),
  });
}

/** A call is over of whose result nothing was told. */
function settleUntold(state: SessionState, call: ToolCall): Step {
  return call.hosted?.ended === 'completed'
    ? settle(state, call, {
        status: 'completed',
        output: null,
        outputText: '{"note":"The call is done; what it returned was not told."}',
      })
    : settle(state, call, { status: 'failed', output: { error: 'The call failed; why was not told.' } });
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function callOf(
  state: SessionState,
  { id, name, server_label: server }: McpItem | RequestItem,
  responseId: string,
  more: Partial<HostedCall> = {},
): [SessionState, ToolCall] {
  const hosted: HostedCall = { server, recordId: `item_mcp_${state.nextId}`, ...more };
  const agent = agentOfCall(state, { responseId, name, server });
  const phase = { kind: 'announced', argumentsJson: undefined } as const;
  return [
    alter(state, { nextId: state.nextId + 1 }),
    { callId: id, itemId: id, name, responseId, agent, phase, hosted },
  ];
}

/** A call of the provider's that is under way. */
function openCall({ tools }: SessionState, itemId: string): (ToolCall & { hosted: HostedCall }) | undefined {
  const call = tools.calls.get(itemId);
  if (call?.hosted === undefined || call.hosted.isRequest === true) return undefined;
  return call.phase.kind === 'settled' ? undefined : { ...call, hosted: call.hosted };
}

function isKnown({ tools, conversation }: SessionState, id: string): boolean {
  if (id === '' || tools.calls.has(id) || tools.answered.includes(id)) return true;
  return findItem(conversation, id) !== undefined;
}

/** The request that was granted and led to this call. */
function grantedFor({ tools }: SessionState, item: McpItem): ToolCall | undefined {
  const granted = [...tools.calls.values()].filter(
    ({ hosted, phase }) => hosted?.isRequest === true && phase.kind === 'running',
  );
  return granted.find(({ callId, name, hosted }) =>
    typeof item.approval_request_id === 'string'
      ? callId === item.approval_request_id
      : name === item.name && hosted?.server === item.server_label,
  );
}

/** The response that an item belongs to of which nobody says so: the one under way, or else the last. */
function batchOf({ response, finishedResponses }: SessionState): string {
  return 'responseId' in response ? response.responseId : (finishedResponses.at(-1) ?? '');
}

/** A call that comes when its response is over is waited for as one that came before. */
function joinBatch(state: SessionState, responseId: string): Step {
  const { doneResponses } = state.tools;
  const isOver = state.finishedResponses.includes(responseId) && !doneResponses.includes(responseId);
  return isOver
    ? become(state, { tools: { ...state.tools, doneResponses: [...doneResponses, responseId] } })
    : stay(state);
}
