import type { JsonObject } from '../json.ts';
import type { ServerEventOf } from './server-events.ts';
import { isJsonObject } from './tolerant.ts';

/** The events by which a call, and the item of its output, are told. */
type CallEvent = ServerEventOf<
  | 'response.output_item.added'
  | 'response.output_item.done'
  | 'response.function_call_arguments.done'
  | 'conversation.item.added'
  | 'conversation.item.done'
>;

/**
 * Reads what a server says of calls by hand, because the answer to one waits for it. Undefined when the event is of another
 * type, or not of the plainest shape: the schema then says what it is.
 */
export function decodeCallEvent(raw: JsonObject): CallEvent | undefined {
  return isTextOrAbsent(raw['event_id']) && isCallEvent(raw) ? (raw as unknown as CallEvent) : undefined;
}

function isCallEvent(raw: JsonObject): boolean {
  switch (raw['type']) {
    case 'response.output_item.added':
    case 'response.output_item.done':
      return isText(raw['response_id']) && isIndex(raw['output_index']) && isItemOfCall(raw['item']);
    case 'conversation.item.added':
    case 'conversation.item.done':
      return isTextOrNull(raw['previous_item_id']) && isItemOfCall(raw['item']);
    case 'response.function_call_arguments.done':
      return (
        isText(raw['response_id']) &&
        isText(raw['item_id']) &&
        isIndex(raw['output_index']) &&
        isText(raw['call_id']) &&
        isTextOrAbsent(raw['name']) &&
        isText(raw['arguments'])
      );
    default:
      return false;
  }
}

function isItemOfCall(item: unknown): boolean {
  if (!isJsonObject(item) || !isText(item['id']) || !isText(item['call_id'])) return false;
  const { type, status } = item;
  const isKnown = status === 'completed' || status === 'in_progress' || status === 'incomplete';
  if (!isKnown && status !== undefined) return false;
  if (type === 'function_call') return isText(item['name']) && isText(item['arguments']);
  return type === 'function_call_output' && isText(item['output']);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function isIndex(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
