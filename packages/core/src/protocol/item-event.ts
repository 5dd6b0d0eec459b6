import type { JsonObject } from '../json.ts';
import { isIndex, isPlainItem, isText, isTextOrAbsent, isTextOrNone } from './plain.ts';
import type { ServerEventOf } from './server-events.ts';

/** The events by which items and the arguments of calls are told. */
type ItemEvent = ServerEventOf<
  | 'response.output_item.added'
  | 'response.output_item.done'
  | 'response.function_call_arguments.done'
  | 'conversation.item.created'
  | 'conversation.item.added'
  | 'conversation.item.done'
>;

/**
 * Reads what a server says of items by hand, because the answer to a call waits for it. Undefined when the event is of another
 * type, or not of the plainest shape: the schema then says what it is.
 */
export function decodeItemEvent(raw: JsonObject): ItemEvent | undefined {
  return isTextOrAbsent(raw['event_id']) && isItemEvent(raw) ? (raw as unknown as ItemEvent) : undefined;
}

function isItemEvent(raw: JsonObject): boolean {
  switch (raw['type']) {
    case 'response.output_item.added':
    case 'response.output_item.done':
      return isText(raw['response_id']) && isIndex(raw['output_index']) && isPlainItem(raw['item']);
    case 'conversation.item.created':
    case 'conversation.item.added':
    case 'conversation.item.done':
      return isTextOrNone(raw['previous_item_id']) && isPlainItem(raw['item']);
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
