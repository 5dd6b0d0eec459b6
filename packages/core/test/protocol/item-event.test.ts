import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { decodeItemEvent } from '../../src/protocol/item-event.ts';
import { ServerEventSchema } from '../../src/protocol/server-events.ts';
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
const output = { id: 'item_2', type: 'function_call_output', call_id: 'call_1', output: '{}' };
const message = {
  id: 'item_3',
  object: 'realtime.item',
  type: 'message',
  status: 'completed',
  role: 'user',
  content: [
    { type: 'input_text', text: 'hello' },
    { type: 'input_audio', transcript: null },
    { type: 'output_audio', transcript: 'hello' },
    { type: 'output_text', text: '' },
  ],
};
const place = { response_id: 'resp_1', output_index: 0 };

const events: readonly JsonObject[] = [
  { type: 'response.output_item.added', event_id: 'event_1', ...place, item: call },
  { type: 'response.output_item.done', event_id: 'event_1', ...place, item: call },
  { type: 'conversation.item.added', event_id: 'event_1', previous_item_id: null, item: output },
  { type: 'conversation.item.done', event_id: 'event_1', previous_item_id: 'item_1', item: call },
  { type: 'conversation.item.created', event_id: 'event_1', previous_item_id: null, item: message },
  { type: 'response.output_item.done', event_id: 'event_1', ...place, item: message },
  {
    type: 'response.function_call_arguments.done',
    event_id: 'event_1',
    ...place,
    item_id: 'item_1',
    call_id: 'call_1',
    name: 'f',
    arguments: '{}',
  },
];

describe.each(events)('decodeItemEvent of $type', (event) => {
  it('reads what the hosted service says as its schema does', () => {
    expect(decodeItemEvent(event)).toEqual(ServerEventSchema.parse(event));
  });

  it.each(changesOf(event))('reads no more than its schema would: $path is $value', ({ path, value }) => {
    const changed = withValue(event, path.split('.'), value) as JsonObject;
    const read = decodeItemEvent(changed);
    if (read === undefined) return;
    expect(ServerEventSchema.safeParse(changed)).toEqual({ success: true, data: read });
  });
});
