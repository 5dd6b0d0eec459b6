import type { JsonObject, JsonValue } from '../../json.ts';
import type { ConversationItemInput } from '../item-input.ts';
import type { ConversationItem } from '../items.ts';
import { isJsonObject } from '../tolerant.ts';
import type { GeminiContent } from './client-messages.ts';
import type { GeminiState } from './state.ts';
import { become, type GeminiRule, sequence, tell, when } from './step.ts';

/** Items the server is known to have; the oldest leave. */
const knownLimit = 1_000;

/** An item is at the end of the conversation now. `done` when nothing of it is still to come. */
export function addItem(item: ConversationItem, extent: 'begun' | 'done'): GeminiRule {
  return when(({ lastItemId, itemIds }) => {
    const placed = { item, previous_item_id: lastItemId };
    return sequence(
      tell({ type: 'conversation.item.added', ...placed }),
      extent === 'done' ? tell({ type: 'conversation.item.done', ...placed }) : become({}),
      become({ lastItemId: item.id, itemIds: remembered(itemIds, item.id) }),
    );
  });
}

/** An item that the client created is told as if it stood where it was put. */
export function echoItem(item: ConversationItem, previousItemId: string | null): GeminiRule {
  const placed = { item, previous_item_id: previousItemId };
  return tell({ type: 'conversation.item.added', ...placed }, { type: 'conversation.item.done', ...placed });
}

/** A created item as a server would tell it. */
export function createdItem(input: ConversationItemInput, id: string): ConversationItem {
  switch (input.type) {
    case 'message': {
      const content = input.content.map((part) =>
        part.type === 'input_audio'
          ? { type: part.type, transcript: part.transcript ?? null }
          : part.type === 'input_image'
            ? { type: part.type }
            : part,
      );
      return { id, type: 'message', role: input.role, status: 'completed', content } as ConversationItem;
    }
    case 'function_call': {
      const { name, call_id: callId = id } = input;
      return {
        id,
        type: 'function_call',
        status: 'completed',
        name,
        call_id: callId,
        arguments: input.arguments,
      };
    }
    case 'function_call_output':
      return { ...input, id, status: 'completed' };
    case 'mcp_approval_response':
      return { ...input, id } as ConversationItem;
  }
}

/** A message as a turn of the conversation; undefined when nothing of it can be given to the model. */
export function toContent(
  input: Extract<ConversationItemInput, { type: 'message' }>,
): GeminiContent | undefined {
  const parts = input.content.flatMap((part): GeminiContent['parts'] => {
    switch (part.type) {
      case 'input_text':
      case 'output_text':
        return part.text === '' ? [] : [{ text: part.text }];
      case 'input_audio':
        return part.transcript ? [{ text: part.transcript }] : [];
      case 'input_image':
        return inlineImage(part.image_url);
    }
  });
  if (parts.length === 0) return undefined;
  return { role: input.role === 'assistant' ? 'model' : 'user', parts };
}

/** What a function returned, as the model is given it: objects and lists as such, all else as text. */
export function toFunctionResponse(output: string): JsonObject {
  const value = parsed(output);
  if (isJsonObject(value) && Object.keys(value).length === 1 && 'error' in value) return value;
  return { output: typeof value === 'object' && value !== null ? value : output };
}

/** Whether a call came to nothing. */
export function isFailure(output: string): boolean {
  const value = parsed(output);
  return isJsonObject(value) && 'error' in value;
}

/** An output in words, for a model that did not make the call. */
export function outputInWords(
  call: { readonly name: string; readonly argumentsJson: string } | undefined,
  output: string,
): string {
  const what = call === undefined ? 'A function' : `The function ${call.name}`;
  const how = call === undefined || call.argumentsJson === '' ? '' : ` with ${call.argumentsJson}`;
  return `(${what} was called${how} and returned: ${output})`;
}

/** Whether the server has this item already. */
export function isKnownItem({ options }: GeminiState, id: string): boolean {
  return options.resumed?.itemIds.includes(id) === true;
}

/** `itemIds` with another one. */
export function remembered(itemIds: readonly string[], id: string): readonly string[] {
  if (itemIds.includes(id)) return itemIds;
  return itemIds.length < knownLimit ? [...itemIds, id] : [...itemIds.slice(1), id];
}

function inlineImage(url: string): GeminiContent['parts'] {
  const found = /^data:([^;,]+);base64,(.+)$/s.exec(url);
  const [, mimeType, data] = found ?? [];
  return mimeType === undefined || data === undefined ? [] : [{ inlineData: { mimeType, data } }];
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
