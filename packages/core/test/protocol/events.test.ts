import { describe, expect, it } from 'vitest';
import { ClientEventSchema } from '../../src/protocol/client-events.ts';
import { validateClientEvent } from '../../src/protocol/client-validation.ts';
import { decodeServerEvent, encodeClientEvent, encodeServerEvent } from '../../src/protocol/codec.ts';
import { ServerEventSchema } from '../../src/protocol/server-events.ts';
import { clientSamples, eventsOf, serverSamples } from './samples.ts';

describe('server events', () => {
  it('has a sample of each of the 46 types', () => {
    const types = ServerEventSchema.options.map((option) => option.shape.type.value);
    expect(Object.keys(serverSamples).toSorted()).toEqual(types.toSorted());
    expect(types).toHaveLength(46);
  });

  it.each(eventsOf(serverSamples))('reads $type without loss', (sample) => {
    const result = decodeServerEvent(JSON.stringify(sample));
    if (sample.type === 'response.output_audio.delta') {
      expect(result).toMatchObject({ kind: 'audio', itemId: 'item_1', audio: Uint8Array.of(0, 1, 2) });
    } else {
      expect(result).toMatchObject({ kind: 'event', event: sample });
    }
  });

  it.each(eventsOf(serverSamples))('lets unknown members of $type pass', (sample) => {
    const result = decodeServerEvent(JSON.stringify({ ...sample, rid: 'r', nested: { a: [1] } }));
    expect(result.kind).not.toBe('invalid');
    if (result.kind === 'event') {
      expect(result.event).toMatchObject({ rid: 'r', nested: { a: [1] } });
    }
  });

  it.each(eventsOf(serverSamples))('writes $type so that it reads the same', (sample) => {
    const event = ServerEventSchema.parse(sample);
    expect(ServerEventSchema.parse(JSON.parse(encodeServerEvent(event)))).toEqual(event);
  });

  it('keeps an event of an unknown type as it came', () => {
    const raw = { type: 'ping', timestamp: 1, previous_item_id: null };
    expect(decodeServerEvent(JSON.stringify(raw))).toEqual({
      kind: 'event',
      event: { type: 'unknown', rawType: 'ping', raw },
    });
  });

  it('keeps an item, a part, a format and a turn detection of an unknown type as they came', () => {
    const raw = { type: 'hologram', id: 'item_9', depth: 3 };
    expect(decodeServerEvent(JSON.stringify({ type: 'conversation.item.added', item: raw }))).toMatchObject({
      event: { item: { type: 'unknown', rawType: 'hologram', id: 'item_9', raw } },
    });
    const item = { id: 'item_1', type: 'message', role: 'user', content: [raw] };
    expect(decodeServerEvent(JSON.stringify({ type: 'conversation.item.added', item }))).toMatchObject({
      event: { item: { content: [{ type: 'unknown', raw }] } },
    });
    const audio = { input: { turn_detection: { type: null }, format: { type: 'audio/opus' } } };
    expect(decodeServerEvent(JSON.stringify({ type: 'session.updated', session: { audio } }))).toMatchObject({
      event: {
        session: { audio: { input: { format: { rawType: 'audio/opus' }, turn_detection: { rawType: '' } } } },
      },
    });
  });

  it('does not take a known item without its members for an unknown one', () => {
    const frame = { type: 'conversation.item.added', item: { type: 'function_call', id: 'item_1' } };
    expect(decodeServerEvent(JSON.stringify(frame))).toMatchObject({
      kind: 'invalid',
      reason: expect.stringContaining("conversation.item.added at 'item"),
    });
  });

  it.each([
    [
      'no indexes',
      { type: 'response.output_text.delta', response_id: 'r', item_id: 'i', delta: 'x' },
      { output_index: 0, content_index: 0 },
    ],
    [
      'no name',
      {
        type: 'response.function_call_arguments.done',
        response_id: 'r',
        item_id: 'i',
        call_id: 'c',
        arguments: '{}',
      },
      { output_index: 0 },
    ],
    ['no part', { type: 'response.content_part.done', response_id: 'r', item_id: 'i' }, { content_index: 0 }],
    [
      'no usage, no output',
      { type: 'response.done', response: { id: 'r', status: 'completed' } },
      { response: { usage: null, output: [], status_details: null } },
    ],
    [
      'empty usage',
      { type: 'response.done', response: { id: 'r', status: 'completed', usage: {} } },
      { response: { usage: { total_tokens: 0, input_tokens: 0 } } },
    ],
    [
      'details as a text',
      { type: 'response.done', response: { id: 'r', status: 'failed', status_details: 'out of order' } },
      { response: { status_details: { reason: 'out of order' } } },
    ],
    [
      'a bare error',
      { type: 'error', error: { message: 'No.' } },
      { error: { code: null, param: null, type: 'server_error' } },
    ],
    [
      'an item without content',
      { type: 'conversation.item.added', item: { id: 'i', type: 'message', role: 'assistant' } },
      { item: { content: [] } },
    ],
  ])('tolerates what other servers leave out: %s', (_name, frame, expected) => {
    expect(decodeServerEvent(JSON.stringify(frame))).toMatchObject({ kind: 'event', event: expected });
  });

  it.each([['{'], ['[]'], ['null'], ['{"no":"type"}'], ['{"type":3}'], ['{"type":"response.done"}']])(
    'calls %s invalid',
    (text) => {
      expect(decodeServerEvent(text)).toMatchObject({ kind: 'invalid', reason: expect.any(String) });
    },
  );
});

describe('client events', () => {
  it('has a sample of each of the 11 types', () => {
    expect(Object.keys(clientSamples)).toHaveLength(11);
  });

  it.each(eventsOf(clientSamples))('accepts $type and writes it so that it reads the same', (sample) => {
    const event = ClientEventSchema.parse(sample);
    expect(JSON.parse(encodeClientEvent(event))).toEqual(sample);
    expect(validateClientEvent(sample)).toEqual({ ok: true, event: sample });
  });

  it.each(eventsOf(clientSamples))('refuses an unknown member of $type', (sample) => {
    expect(validateClientEvent({ ...sample, foo: 1 })).toMatchObject({
      ok: false,
      error: { code: 'unknown_parameter', param: 'foo', message: "Unknown parameter: 'foo'." },
    });
  });

  it.each(eventsOf(clientSamples))('refuses a null event_id of $type', (sample) => {
    expect(validateClientEvent({ ...sample, event_id: null })).toMatchObject({
      ok: false,
      error: { code: 'invalid_type', param: 'event_id' },
    });
  });
});
