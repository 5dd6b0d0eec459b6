import { type InboundMessage, OutOfBandResponses, readServerEvent } from '@antiphon/core';
import { describe, expect, it } from 'vitest';

const theirs = { topic: 'moderation' };

function response(type: string, id: string, more: object): InboundMessage {
  return readServerEvent({ type, response: { id, status: 'completed', output: [], ...more } });
}

function created(id: string, conversation_id: string | null | undefined, metadata: object | null = null) {
  return response('response.created', id, { conversation_id, metadata });
}

const item = { id: 'item_1', type: 'message', role: 'assistant', status: 'completed', content: [] };
const ofResponse = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 };

describe('a response beside the conversation', () => {
  it('is left out with all that comes of it', () => {
    const beside = new OutOfBandResponses();
    const messages: readonly InboundMessage[] = [
      created('resp_1', null, theirs),
      readServerEvent({ type: 'response.output_item.added', ...ofResponse, item }),
      readServerEvent({ type: 'conversation.item.added', previous_item_id: null, item }),
      readServerEvent({ type: 'response.output_text.delta', ...ofResponse, delta: 'harm' }),
      {
        kind: 'audio',
        responseId: 'resp_1',
        itemId: 'item_1',
        outputIndex: 0,
        contentIndex: 0,
        audio: new Uint8Array(2),
      },
      readServerEvent({ type: 'response.output_item.done', ...ofResponse, item }),
      response('response.done', 'resp_1', { conversation_id: null, metadata: theirs }),
    ];
    expect(messages.map((message) => beside.isInConversation(message))).toEqual(messages.map(() => false));
    expect(beside.isInConversation(created('resp_2', 'conv_1'))).toBe(true);
  });

  it('is known by its end alone', () => {
    const beside = new OutOfBandResponses();
    const end = response('response.done', 'resp_1', { conversation_id: null, metadata: theirs });
    expect(beside.isInConversation(end)).toBe(false);
  });

  it.each([
    ['carries nothing', null],
    ['carries what this side gave it', { 'antiphon.say': 'Hello.' }],
  ])('is not one that %s, where nothing was said of a conversation', (_, metadata) => {
    expect(new OutOfBandResponses().isInConversation(created('resp_1', null, metadata))).toBe(true);
  });

  it('carries nothing where the conversation was named before', () => {
    const beside = new OutOfBandResponses();
    expect(beside.isInConversation(created('resp_1', 'conv_1'))).toBe(true);
    expect(beside.isInConversation(created('resp_2', null))).toBe(false);
    expect(beside.isInConversation(created('resp_3', undefined))).toBe(true);
  });

  it('is not told from others by a server that names the conversation late', () => {
    const beside = new OutOfBandResponses();
    beside.isInConversation(created('resp_1', null, theirs));
    beside.isInConversation(response('response.done', 'resp_1', { conversation_id: 'conv_1' }));
    expect(beside.isInConversation(created('resp_2', null, theirs))).toBe(true);
  });
});
