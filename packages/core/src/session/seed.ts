import type { ConversationItemInput } from '../protocol/item-input.ts';
import { saidOf } from './conversation.ts';
import { allItems } from './conversation-pages.ts';
import type { HistoryItem } from './regions/conversation.ts';
import type { SessionState } from './state.ts';

/** Stands for speech of the user that nobody has written down. */
const unwritten = '[unintelligible]';

/**
 * The conversation as a new connection is given it, in its order: what the user said, what was heard of the agent, the
 * calls of tools and their outputs. A call whose tool still runs, or has to be agreed to, is given without its output, which follows.
 */
export function seedItems(state: SessionState): readonly ConversationItemInput[] {
  const items = allItems(state.conversation);
  const answered = new Set(
    items.flatMap((item) => (item.kind === 'function_call_output' ? [item.callId] : [])),
  );
  const open = openCalls(state);
  const given = new Set<string>();
  const inputs = items.flatMap((item): readonly ConversationItemInput[] => {
    switch (item.kind) {
      case 'message':
        return messageInput(state, item);
      case 'function_call': {
        const { id, callId, name, argumentsJson } = item;
        if (!answered.has(callId) && !open.has(callId)) return [];
        given.add(callId);
        return [callInput({ id, callId, name, argumentsJson })];
      }
      case 'function_call_output':
        if (!given.has(item.callId)) return [];
        return [{ ...named(item), type: 'function_call_output', call_id: item.callId, output: item.output }];
    }
  });
  // Calls that have left the history and still run: their outputs need them.
  const missing = [...open.values()].filter((call) => !given.has(call.callId));
  return [...inputs, ...missing.map(callInput)];
}

interface SeededCall {
  readonly id: string;
  readonly callId: string;
  readonly name: string;
  readonly argumentsJson: string;
}

function callInput(call: SeededCall): ConversationItemInput {
  const { callId, name, argumentsJson } = call;
  return { ...named(call), type: 'function_call', call_id: callId, name, arguments: argumentsJson };
}

/** The calls whose outputs are still to come, by call id. */
function openCalls({ tools }: SessionState): ReadonlyMap<string, SeededCall> {
  return new Map(
    [...tools.calls.values()].flatMap(({ callId, itemId: id, name, phase, hosted }) =>
      hosted === undefined &&
      (phase.kind === 'running' || phase.kind === 'waiting' || phase.kind === 'unconfirmed')
        ? [[callId, { id, callId, name, argumentsJson: phase.argumentsJson }] as const]
        : [],
    ),
  );
}

/** The words by which a connection is given a message: of the agent's, what was heard. */
export function givenText(state: SessionState, item: Extract<HistoryItem, { kind: 'message' }>): string {
  return item.role === 'agent' ? saidOf(state, item) : item.text || unwritten;
}

function messageInput(
  state: SessionState,
  item: Extract<HistoryItem, { kind: 'message' }>,
): readonly ConversationItemInput[] {
  const text = givenText(state, item);
  if (item.role === 'agent') {
    return text === ''
      ? []
      : [{ ...named(item), type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }];
  }
  const content = [{ type: 'input_text' as const, text }];
  return item.role === 'user'
    ? [{ ...named(item), type: 'message', role: 'user', content }]
    : [{ ...named(item), type: 'message', role: 'system', content }];
}

function named({ id }: { readonly id: string }): { readonly id?: string } {
  return id === '' ? {} : { id };
}
