import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ServerEventSchema } from '../../src/protocol/server-events.ts';
import { decodeTurnEvent } from '../../src/protocol/turn-event.ts';
import { changesOf, withValue } from './changed-values.ts';

const call = {
  id: 'item_1',
  object: 'realtime.item',
  type: 'function_call',
  status: 'completed',
  name: 'f',
  call_id: 'call_1',
  arguments: '{}',
};
const response = {
  object: 'realtime.response',
  id: 'resp_1',
  status: 'completed',
  status_details: { type: 'cancelled', reason: 'turn_detected', error: null },
  output: [call],
  conversation_id: 'conv_1',
  output_modalities: ['audio'],
  max_output_tokens: 'inf',
  usage: {
    total_tokens: 3,
    input_tokens: 2,
    output_tokens: 1,
    input_token_details: {
      text_tokens: 1,
      audio_tokens: 1,
      image_tokens: 0,
      cached_tokens: 1,
      cached_tokens_details: { text_tokens: 1, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: 1, audio_tokens: 0, reasoning_tokens: 0 },
  },
  metadata: { topic: 'weather' },
};

const events: readonly JsonObject[] = [
  { type: 'response.done', event_id: 'event_1', response },
  { type: 'response.created', event_id: 'event_1', response: { id: 'resp_1', status: 'in_progress' } },
  {
    type: 'rate_limits.updated',
    event_id: 'event_1',
    rate_limits: [{ name: 'tokens', limit: 10, remaining: 9, reset_seconds: 0.5 }],
  },
  { type: 'input_audio_buffer.speech_started', event_id: 'event_1', item_id: 'item_1', audio_start_ms: 10 },
  { type: 'input_audio_buffer.speech_stopped', event_id: 'event_1', item_id: 'item_1', audio_end_ms: 10 },
  { type: 'input_audio_buffer.committed', event_id: 'event_1', item_id: 'item_1', previous_item_id: null },
];

describe.each(events)('decodeTurnEvent of $type', (event) => {
  it('reads what the hosted service says as its schema does', () => {
    expect(decodeTurnEvent(event)).toEqual(ServerEventSchema.parse(event));
  });

  it.each(changesOf(event))('reads no more than its schema would: $path is $value', ({ path, value }) => {
    const changed = withValue(event, path.split('.'), value) as JsonObject;
    const read = decodeTurnEvent(changed);
    if (read === undefined) return;
    expect(ServerEventSchema.safeParse(changed)).toEqual({ success: true, data: read });
  });
});

describe('decodeTurnEvent', () => {
  it('leaves usage that stands beside the response to the schema', () => {
    expect(decodeTurnEvent({ type: 'response.done', response, usage: response.usage })).toBeUndefined();
  });
});
