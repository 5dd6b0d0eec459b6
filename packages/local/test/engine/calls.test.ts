import type { ClientEvent } from '@antiphon/core';
import { toolSpec } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import type { BrainTurn } from '../../src/stages.ts';
import { type Client, connect, gate, userText } from './harness.ts';

const callWritten = [
  'response.output_item.added',
  'conversation.item.added',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.done',
  'conversation.item.done',
  'response.output_item.done',
];
const weather = {
  type: 'function',
  name: 'get_weather',
  description: 'Weather',
  parameters: { type: 'object' },
} as const;
const withTools: ClientEvent = {
  type: 'session.update',
  session: { type: 'realtime', tools: [weather], output_modalities: ['text'] },
};

function callsOf(client: Client): { callId: string; itemId: string; args: string }[] {
  return client
    .of('response.function_call_arguments.done')
    .map((event) => ({ callId: event.call_id, itemId: event.item_id, args: event.arguments }));
}

const output = (callId: string, value: string) =>
  ({
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: callId, output: value },
  }) as const;

const cities = (names: string[]) => (turn: BrainTurn) =>
  turn.kind === 'user'
    ? { kind: 'call' as const, calls: names.map((city) => ({ name: 'get_weather', arguments: { city } })) }
    : {
        kind: 'say' as const,
        text: turn.results.map(({ output: result }) => JSON.stringify(result)).join(' and '),
      };

describe('function calls', () => {
  it('are written whole and answered after their outputs (T5)', async () => {
    const client = await connect({ think: cities(['Oslo']) });
    await client.send(withTools);
    client.newTypes();
    await client.send(userText('weather in Oslo'), { type: 'response.create' });
    expect(client.newTypes().slice(2)).toEqual(['response.created', ...callWritten, 'response.done']);
    const [call] = callsOf(client);
    const deltas = client.of('response.function_call_arguments.delta').map((event) => event.delta);
    expect(deltas.join('')).toBe('{"city":"Oslo"}');
    expect(client.of('response.done')[0]?.response.output).toEqual([
      {
        id: call?.itemId,
        type: 'function_call',
        status: 'completed',
        name: 'get_weather',
        call_id: call?.callId,
        arguments: '{"city":"Oslo"}',
      },
    ]);
    expect(client.of('response.output_item.added')[0]?.item).toMatchObject({
      status: 'in_progress',
      arguments: '',
    });

    await client.send(output(call?.callId ?? '', '{"celsius":12}'));
    expect(client.newTypes()).toEqual(['conversation.item.added', 'conversation.item.done']);
    expect(client.of('conversation.item.added').at(-1)?.item).not.toHaveProperty('status');
    await client.send({ type: 'response.create' });
    expect(client.asked.turns[1]?.turn).toEqual({
      kind: 'tool_results',
      results: [{ name: 'get_weather', arguments: { city: 'Oslo' }, output: { celsius: 12 } }],
    });
    expect(client.of('response.output_text.done')[0]?.text).toBe('{"celsius":12}');
  });

  it('may be several, answered in any order, once (T7)', async () => {
    const client = await connect({ think: cities(['Oslo', 'Rome']) });
    await client.send(withTools);
    client.newTypes();
    await client.send(userText('weather in Oslo and Rome'), { type: 'response.create' });
    expect(client.newTypes().slice(2)).toEqual([
      'response.created',
      ...callWritten,
      ...callWritten,
      'response.done',
    ]);
    const [oslo, rome] = callsOf(client);
    expect(client.of('response.output_item.added').map((event) => event.output_index)).toEqual([0, 1]);
    await client.send(output(rome?.callId ?? '', 'sunny'), output(oslo?.callId ?? '', '"rain"'), {
      type: 'response.create',
    });
    expect(client.of('response.output_text.done')[0]?.text).toBe('"rain" and "sunny"');
    await client.send({ type: 'response.create' });
    expect(client.asked.turns).toHaveLength(2);
    expect(client.of('response.output_text.done')[1]?.text).toBe(
      'Is there anything else I can help you with?',
    );
  });

  it('get the tools of the session only, with what the agent knows of them', async () => {
    const spec = toolSpec('get_weather', { effects: 'none', intents: [{ match: ['weather in {city}'] }] });
    const client = await connect({ tools: [spec, toolSpec('hidden')] });
    await client.send({
      type: 'session.update',
      session: { type: 'realtime', tools: [weather, { type: 'function', name: 'foreign' }] },
    });
    await client.send(userText('hi'), { type: 'response.create' });
    expect(client.asked.prepared).toEqual([['get_weather', 'foreign']]);
    expect(client.asked.turns[0]?.context.tools).toEqual([
      {
        name: 'get_weather',
        description: 'Weather',
        parameters: { type: 'object' },
        intents: spec.intents,
        effects: 'none',
      },
      {
        name: 'foreign',
        description: '',
        parameters: { type: 'object', properties: {} },
        intents: [],
        effects: 'external',
      },
    ]);
  });

  it.each([
    ['none', 'none'],
    ['required', 'required'],
    [{ type: 'function', name: 'get_weather' }, { name: 'get_weather' }],
  ] as const)('pass on tool_choice %j', async (given, expected) => {
    const client = await connect();
    await client.send(userText('hi'), {
      type: 'response.create',
      response: { tool_choice: given, tools: [] },
    });
    expect(client.asked.turns[0]?.context.toolChoice).toEqual(expected);
  });

  it('have outputs sent while a response runs taken up after it', async () => {
    const speaking = gate();
    const client = await connect({
      think: (turn) =>
        turn.kind === 'user' && turn.text === 'weather'
          ? { kind: 'call', calls: [{ name: 'get_weather', arguments: {} }] }
          : { kind: 'say', text: 'Yes.' },
      beforeSpeech: () => speaking.passed,
    });
    await client.send(userText('weather'), { type: 'response.create' });
    await client.send(userText('are you there'), { type: 'response.create' });
    client.newTypes();
    await client.send(output(callsOf(client)[0]?.callId ?? '', '1'));
    expect(client.newTypes()).toEqual([]);
    speaking.open();
    await client.settle();
    expect(client.newTypes().slice(-3)).toEqual([
      'response.done',
      'conversation.item.added',
      'conversation.item.done',
    ]);
  });

  it('refuse an output for a call nobody made', async () => {
    const client = await connect();
    await client.send({ ...output('call_none', '1'), event_id: 'e1' });
    expect(client.of('error')[0]?.error).toMatchObject({ code: 'invalid_tool_call_id', event_id: 'e1' });
  });

  it('can follow words in the same response (T6)', async () => {
    const client = await connect({
      think: (turn) =>
        turn.kind === 'tool_results'
          ? { kind: 'say', text: 'Rain.' }
          : { kind: 'call', calls: [{ name: 'get_weather', arguments: { city: turn.text } }] },
    });
    await client.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
    await client.send(userText('Oslo'), { type: 'response.create' });
    client.newTypes();
    await client.send(output(callsOf(client)[0]?.callId ?? '', '1'), userText('Rome'), {
      type: 'response.create',
    });
    const { output: items } = client.of('response.done')[1]?.response ?? {};
    expect(items).toMatchObject([
      { type: 'message', content: [{ type: 'output_text', text: 'Rain.' }] },
      { type: 'function_call', arguments: '{"city":"Rome"}' },
    ]);
  });
});
