import type { InboundMessage } from '../../ports/transport.ts';

const updated = 'conversation.item.input_audio_transcription.updated';

/** What was heard of the user so far, which this server tells anew, whole, with each word: the GA dialect tells the pieces. */
export class HeardWords {
  #itemId = '';
  #text = '';

  /** The message as the GA dialect has it. Words that take the place of others wait for the whole text. */
  inPieces(message: InboundMessage): InboundMessage {
    if (message.kind !== 'event' || message.event.type !== 'unknown') return message;
    const { rawType, raw } = message.event;
    const { item_id: itemId, transcript } = raw;
    if (rawType !== updated || typeof itemId !== 'string' || typeof transcript !== 'string') return message;
    const before = itemId === this.#itemId ? this.#text : '';
    const isLonger = transcript.startsWith(before);
    this.#itemId = itemId;
    this.#text = isLonger ? transcript : before;
    return {
      kind: 'event',
      event: {
        type: 'conversation.item.input_audio_transcription.delta',
        item_id: itemId,
        content_index: 0,
        delta: isLonger ? transcript.slice(before.length) : '',
      },
    };
  }
}
