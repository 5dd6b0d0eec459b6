import type { JsonObject, JsonValue } from '@antiphon/core';
import type { ModelHostedCall } from './answers.ts';
import type { ModelItems } from './model-items.ts';
import { toWire } from './model-items.ts';

/** Where a call of the server's is made. */
export interface HostedStage {
  readonly items: ModelItems;
  readonly nextId: (prefix: string) => string;
  readonly emit: (event: JsonObject) => void;
  /** The response that it is part of; undefined for one that was asked for and allowed. */
  readonly response?: { readonly id: string; readonly outputIndex: number } | undefined;
  readonly requestId?: string;
}

/** The server makes a call; yields the time until what comes next. @returns the id of its item. */
export function* makeHostedCall(call: ModelHostedCall, stage: HostedStage): Generator<number, string> {
  const { emit } = stage;
  const argumentsJson = JSON.stringify(call.arguments ?? {});
  const told = { server_label: call.server, name: call.name };
  const request = stage.requestId === undefined ? {} : { approval_request_id: stage.requestId };
  const open = { ...told, arguments: '', output: null, error: null, ...request };
  const id = begin('mcp_call', open, call.name, stage);
  const place = { item_id: id, output_index: stage.response?.outputIndex ?? 0 };
  if (stage.response !== undefined) {
    const members = { response_id: stage.response.id, ...place };
    emit({ type: 'response.mcp_call_arguments.delta', ...members, delta: argumentsJson });
    emit({ type: 'response.mcp_call_arguments.done', ...members, arguments: argumentsJson });
  }
  emit({ type: 'response.mcp_call.in_progress', ...place });
  yield call.ms ?? 20;
  const { error } = call;
  const ended =
    error === undefined
      ? { output: call.output ?? 'done', error: null }
      : { output: null, error: { type: 'tool_execution_error', message: error } };
  emit({ type: `response.mcp_call.${error === undefined ? 'completed' : 'failed'}`, ...place });
  stage.items.change(id, {
    status: 'completed',
    output: ended.output ?? error ?? '',
    wire: { ...open, arguments: argumentsJson, ...ended },
  });
  end(id, stage);
  return id;
}

/** The server asks whether it may make a call. @returns the id of the request. */
export function requestHostedCall(call: ModelHostedCall, stage: HostedStage): string {
  const members = {
    server_label: call.server,
    name: call.name,
    arguments: JSON.stringify(call.arguments ?? {}),
  };
  const id = begin('mcp_approval_request', members, '', stage);
  stage.items.change(id, { status: 'completed' });
  end(id, stage);
  return id;
}

/** The server tells what it has learnt of the servers that an update names. */
export function listTools(
  tools: JsonValue | undefined,
  failing: readonly string[],
  stage: Omit<HostedStage, 'response'>,
): void {
  for (const tool of Array.isArray(tools) ? tools : []) {
    const { type, server_label: label } = tool as JsonObject;
    if (type !== 'mcp' || typeof label !== 'string') continue;
    const id = stage.nextId('item');
    stage.emit({ type: 'mcp_list_tools.in_progress', item_id: id });
    if (failing.includes(label)) {
      stage.emit({ type: 'mcp_list_tools.failed', item_id: id });
      continue;
    }
    const wire = { server_label: label, tools: [] };
    const item = toWire(stage.items.add({ id, type: 'mcp_list_tools', madeBy: 'server', wire }));
    const previous_item_id = stage.items.before(id);
    stage.emit({ type: 'conversation.item.added', previous_item_id, item });
    stage.emit({ type: 'conversation.item.done', previous_item_id, item });
    stage.emit({ type: 'mcp_list_tools.completed', item_id: id });
  }
}

function begin(
  type: string,
  wire: JsonObject,
  name: string,
  { items, nextId, emit, response }: HostedStage,
): string {
  const id = nextId('item');
  const item = toWire(items.add({ id, type, name, madeBy: 'server', status: 'in_progress', wire }));
  if (response !== undefined)
    emit({
      type: 'response.output_item.added',
      response_id: response.id,
      output_index: response.outputIndex,
      item,
    });
  emit({ type: 'conversation.item.added', previous_item_id: items.before(id), item });
  return id;
}

function end(id: string, { items, emit, response }: HostedStage): void {
  const known = items.find(id);
  if (known === undefined) return;
  const item = toWire(known);
  emit({ type: 'conversation.item.done', previous_item_id: items.before(id), item });
  if (response !== undefined)
    emit({
      type: 'response.output_item.done',
      response_id: response.id,
      output_index: response.outputIndex,
      item,
    });
}
