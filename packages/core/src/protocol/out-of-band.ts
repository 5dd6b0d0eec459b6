import type { InboundMessage } from '../ports/transport.ts';
import type { RealtimeResponse } from './response.ts';
import type { ServerEvent } from './server-events.ts';

/** Responses, and items of theirs, that are remembered: they are over soon. */
const rememberedLimit = 64;

/**
 * Tells responses of the conversation from those beside it: another client of the same session has these made, to its own
 * ends and at any time. They answer nobody, and their words and calls are not the agent's. One object per connection.
 */
export class OutOfBandResponses {
  /** Not every server says null of these alone. */
  #says: 'nothing' | 'the_conversation' | 'anything' = 'nothing';
  readonly #responses = new Set<string>();
  readonly #items = new Set<string>();

  /** Whether a message is of the conversation. Takes note of it. */
  isInConversation(message: InboundMessage): boolean {
    if (message.kind === 'audio') return !this.#responses.has(message.responseId);
    if (message.kind !== 'event' || message.event.type === 'unknown') return true;
    return !this.#isBeside(message.event);
  }

  #isBeside(event: ServerEvent): boolean {
    switch (event.type) {
      case 'response.created':
      case 'response.done':
        return this.#isResponseBeside(event.response);
      case 'response.output_item.added':
      case 'response.output_item.done':
        if (!this.#responses.has(event.response_id)) return false;
        remember(this.#items, event.item.id);
        return true;
      case 'conversation.item.added':
      case 'conversation.item.created':
      case 'conversation.item.done':
        return this.#items.has(event.item.id);
      default:
        return 'response_id' in event && this.#responses.has(event.response_id);
    }
  }

  #isResponseBeside(response: RealtimeResponse): boolean {
    const { id, conversation_id: conversationId } = response;
    if (typeof conversationId === 'string') {
      this.#says = this.#responses.has(id) || this.#says === 'anything' ? 'anything' : 'the_conversation';
    }
    if (this.#responses.has(id)) return true;
    const isKnown = this.#says === 'the_conversation' || (this.#says === 'nothing' && isOfAnother(response));
    if (conversationId !== null || !isKnown) return false;
    remember(this.#responses, id);
    return true;
  }
}

/** Whether a response carries what its client gave it, and that was not this side. */
function isOfAnother({ metadata }: RealtimeResponse): boolean {
  const names = Object.keys(metadata ?? {});
  return names.length > 0 && !names.some((name) => name.startsWith('antiphon.'));
}

function remember(known: Set<string>, id: string): void {
  known.add(id);
  const [oldest] = known;
  if (known.size > rememberedLimit && oldest !== undefined) known.delete(oldest);
}
