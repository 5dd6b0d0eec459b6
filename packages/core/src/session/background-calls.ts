import type { JsonObject } from '../json.ts';
import type { ToolOutcome } from '../ports/tool-host.ts';
import { policyOf } from './agents.ts';
import { backgroundReport } from './background-report.ts';
import { acknowledgeCall, cancelledOutcome } from './call-record.ts';
import { recordOwnItem } from './conversation.ts';
import { send } from './outbox.ts';
import { oweAnswer } from './owed.ts';
import { recordingAtEnd } from './recording.ts';
import type { ToolCall } from './regions/tool-calls.ts';
import { isStale, staleNote } from './stale-calls.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, type Step, sequence, stay } from './step.ts';

/** What the model is told of a call whose tool goes on in the background. */
const started: JsonObject = {
  status: 'started',
  background: true,
  note: 'It runs in the background. Say so and go on; its result will come as a message. Do not call it again meanwhile.',
};

/** The call is answered at once; its tool goes on, and what comes of it is reported. */
export function goOnInBackground(state: SessionState, call: ToolCall): Step {
  const background = new Map(state.tools.background).set(call.callId, call);
  return acknowledgeCall(alter(state, { tools: { ...state.tools, background } }), call, started);
}

/**
 * The tool of a call in the background has ended. Its one output was sent when it started: what came of it is a message
 * of the conversation, spoken about when nobody speaks.
 */
export function reportBackground(state: SessionState, call: ToolCall, outcome: ToolOutcome): Step {
  const { callId, name } = call;
  const background = new Map(state.tools.background);
  background.delete(callId);
  const isOld = isStale(call);
  const text = backgroundReport(
    { callId, name },
    isOld ? outcome.outputText + staleNote : outcome.outputText,
  );
  const isNews = !isOld && outcome.status !== 'cancelled';
  return sequence(
    alter(state, { tools: { ...state.tools, background } }),
    ask({ type: 'timer.cancel', timer: `stale:${callId}` }),
    notify({ type: 'tool_settled', callId, name, outcome, background: true, ...(isOld && { stale: true }) }),
    (next) => recordingAtEnd(next, policyOf(state, call), outcome.status),
    (next) => tellModel(next, call, text, isNews ? 'news' : 'aside'),
  );
}

/** A tool that goes on has something to tell before it ends. */
export function reportSoFar(state: SessionState, callId: string, outputText: string): Step {
  const inBackground = state.tools.background.get(callId);
  const call = inBackground ?? state.tools.calls.get(callId);
  if (call?.phase.kind !== 'running') return stay(state);
  const text = backgroundReport({ callId, name: call.name }, outputText, 'so_far');
  // While an output is owed nothing is said: the answer to it comes.
  return tellModel(state, call, text, inBackground === undefined ? 'aside' : 'news');
}

/** The user was told that a tool works in the background; the session ends before it does. */
export function abandonBackground(state: SessionState): Step {
  const outcome = cancelledOutcome();
  const calls = [...state.tools.background.values()];
  return sequence(
    become(state, { tools: { ...state.tools, background: new Map() } }),
    ...calls.flatMap(({ callId, name }) => [
      ask({ type: 'tool.cancel', callId }),
      notify({ type: 'tool_settled', callId, name, outcome, background: true }),
    ]),
  );
}

function tellModel(state: SessionState, call: ToolCall, text: string, weight: 'news' | 'aside'): Step {
  const id = `item_rep_${state.nextId}`;
  const reply = policyOf(state, call)?.reply ?? 'when_idle';
  const isTold = weight === 'news' && reply !== 'never';
  return sequence(
    alter(state, { nextId: state.nextId + 1 }),
    (next) =>
      recordOwnItem(next, { kind: 'message', id, role: 'system', text, parts: [text], heard: undefined }),
    send(
      {
        type: 'conversation.item.create',
        item: { id, type: 'message', role: 'system', content: [{ type: 'input_text', text }] },
      },
      isTold ? 'answer' : 'nothing',
    ),
    isTold ? (next) => oweAnswer(next, reply === 'now' ? 'now' : 'idle') : stay,
  );
}
