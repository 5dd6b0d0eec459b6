import type { ClientEvent, ConversationItem } from '@antiphon/core';
import { type ModelItem, modelItem } from './model-conversation.ts';

type ItemInput = Extract<ClientEvent, { readonly type: 'conversation.item.create' }>['item'];

/** An item that a client created, as the model holds it and as the server tells it. */
export function itemFromClient(
  input: ItemInput,
  id: string,
): { readonly model: ModelItem; readonly wire: ConversationItem } {
  const wire = { ...input, id, status: 'completed' } as ConversationItem;
  switch (input.type) {
    case 'message': {
      const texts = input.content.map((part) => ('text' in part ? part.text : ''));
      const kind = input.role === 'assistant' ? 'agent' : input.role;
      return { model: modelItem(id, kind, { text: texts.join(' ') }), wire };
    }
    case 'function_call':
      return { model: modelItem(id, 'call', { text: input.name, callId: input.call_id ?? id }), wire };
    case 'function_call_output':
      return { model: modelItem(id, 'output', { text: input.output, callId: input.call_id }), wire };
    default:
      return { model: modelItem(id, 'system'), wire };
  }
}
