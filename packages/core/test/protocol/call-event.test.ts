import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { decodeCallEvent } from '../../src/protocol/call-event.ts';
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
const place = { response_id: 'resp_1', output_index: 0 };

const events: readonly JsonObject[] = [
  { type: 'response.output_item.added', event_id: 'event_1', ...place, item: call },
  { type: 'response.output_item.done', event_id: 'event_1', ...place, item: call },
  { type: 'conversation.item.added', event_id: 'event_1', previous_item_id: null, item: output },
  { type: 'conversation.item.done', event_id: 'event_1', previous_item_id: 'item_1', item: call },
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

describe.each(events)('decodeCallEvent of $type', (event) => {
  it('reads what the hosted service says as its schema does', () => {
    expect(decodeCallEvent(event)).toEqual(ServerEventSchema.parse(event));
  });

  it.each(changesOf(event))('reads no more than its schema would: $path is $value', ({ path, value }) => {
    const changed = withValue(event, path.split('.'), value) as JsonObject;
    const read = decodeCallEvent(changed);
    if (read === undefined) return;
    expect(ServerEventSchema.safeParse(changed)).toEqual({ success: true, data: read });
  });
});
