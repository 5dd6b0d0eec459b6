import type { ClientEvent } from '@antiphon/core';
import { toolSpec } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { connect, userText } from './harness.ts';

const create = { type: 'response.create' } as const;

describe('conversation items', () => {
  it('are placed where the client wants them', async () => {
    const client = await connect();
    await client.send(userText('b', 'b'), userText('c', 'c'));
    await client.send({ ...userText('a', 'a'), previous_item_id: 'root' } as ClientEvent);
    await client.send({ ...userText('b2', 'b2'), previous_item_id: 'b' } as ClientEvent);
    const added = client
      .of('conversation.item.added')
      .map(({ item, previous_item_id }) => [item.id, previous_item_id]);
    expect(added).toEqual([
      ['b', null],
      ['c', 'b'],
      ['a', null],
      ['b2', 'b'],
    ]);
    expect(client.of('conversation.item.done')).toHaveLength(4);
  });

  it('are retrieved with what was heard, and deleted', async () => {
    const client = await connect({ heard: ['hello there'] });
    await client.speak(1_000);
    await client.silence(1_000);
    const itemId = client.of('input_audio_buffer.committed')[0]?.item_id ?? '';
    await client.send({ type: 'conversation.item.retrieve', item_id: itemId });
    expect(client.of('conversation.item.retrieved')[0]?.item).toMatchObject({
      content: [{ type: 'input_audio', transcript: 'hello there' }],
    });
    await client.send({ type: 'conversation.item.delete', item_id: itemId });
    expect(client.of('conversation.item.deleted')[0]?.item_id).toBe(itemId);
    await client.send({ type: 'conversation.item.retrieve', item_id: itemId });
    expect(client.of('error')[0]?.error.code).toBe('item_retrieve_invalid_item_id');
  });

  it('may hold audio, which is recognised', async () => {
    const client = await connect({ heard: ['good morning'] });
    await client.send(
      {
        type: 'conversation.item.create',
        item: {
          type: 'message',
          role: 'user',
          content: [{ type: 'input_audio', audio: Buffer.alloc(48_000).toString('base64') }],
        },
      },
      create,
    );
    expect(client.asked.recognised).toEqual([1_000]);
    expect(client.asked.turns[0]?.turn).toEqual({ kind: 'user', text: 'good morning' });
  });

  it('of a conversation whose last call was made elsewhere: its output is spoken about, its question is not asked again', async () => {
    const transfer = toolSpec('transfer', {
      intents: [{ match: ['transfer me'], reply: 'You are through.' }],
    });
    const client = await connect({ tools: [transfer] });
    await client.send(
      userText('transfer me'),
      {
        type: 'conversation.item.create',
        item: { type: 'function_call', call_id: 'call_1', name: 'transfer', arguments: '{}' },
      },
      {
        type: 'conversation.item.create',
        item: { type: 'function_call_output', call_id: 'call_1', output: '{"agent":"billing"}' },
      },
      create,
    );
    expect(client.asked.turns.map(({ turn }) => turn)).toEqual([
      {
        kind: 'tool_results',
        results: [
          { name: 'transfer', arguments: {}, output: { agent: 'billing' }, reply: 'You are through.' },
        ],
      },
    ]);
  });

  it('of a conversation replayed into a new session are not answered again', async () => {
    const client = await connect();
    await client.send(
      userText('old question'),
      {
        type: 'conversation.item.create',
        item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Old answer.' }] },
      },
      userText('new question'),
      create,
    );
    expect(client.asked.turns.map(({ turn }) => turn)).toEqual([{ kind: 'user', text: 'new question' }]);
  });
});

describe('truncation', () => {
  async function spoken() {
    const client = await connect({ clauseMs: 500 });
    await client.send(userText('hi'), create);
    const itemId = client.of('response.output_item.done')[0]?.item.id ?? '';
    const bytes = client.messages.reduce(
      (sum, message) => sum + (message.kind === 'audio' ? message.audio.byteLength : 0),
      0,
    );
    const truncate = (audioEndMs: number, item = itemId): ClientEvent => ({
      type: 'conversation.item.truncate',
      event_id: 'cut',
      item_id: item,
      content_index: 0,
      audio_end_ms: audioEndMs,
    });
    return { client, itemId, truncate, spokenMs: Math.floor(bytes / 48) };
  }

  it('cuts the sound and forgets the words', async () => {
    const { client, itemId, truncate } = await spoken();
    await client.send(truncate(200), { type: 'conversation.item.retrieve', item_id: itemId });
    expect(client.of('conversation.item.truncated')[0]).toMatchObject({
      item_id: itemId,
      content_index: 0,
      audio_end_ms: 200,
    });
    expect(client.of('conversation.item.retrieved')[0]?.item).toMatchObject({
      content: [{ type: 'output_audio', transcript: null }],
    });
  });

  it('is clamped to what there is, with an error', async () => {
    const { client, truncate, spokenMs } = await spoken();
    await client.send(truncate(60_000));
    expect(client.of('conversation.item.truncated')[0]?.audio_end_ms).toBe(spokenMs);
    expect(client.of('error')[0]?.error).toMatchObject({
      code: 'invalid_value',
      message: `Audio content of ${spokenMs}ms is already shorter than 60000ms`,
      event_id: 'cut',
    });
    await client.send(truncate(100), truncate(50));
    expect(client.of('error')).toHaveLength(1);
  });

  it('needs sound of the agent', async () => {
    const { client, truncate } = await spoken();
    const typed = client.of('conversation.item.added')[0]?.item.id;
    await client.send(truncate(0, typed), truncate(0, 'item_none'));
    expect(client.of('error').map(({ error }) => error.code)).toEqual([
      'unsupported_content_type',
      'item_truncate_invalid_item_id',
    ]);
  });
});

describe('errors', () => {
  it.each<[string, object, string | null, string | null]>([
    ['an unknown type', { type: 'nope' }, 'invalid_value', 'type'],
    [
      'an unknown member',
      { type: 'session.update', session: { type: 'realtime', foo: 1 } },
      'unknown_parameter',
      'session.foo',
    ],
    [
      'a missing type of session',
      { type: 'session.update', session: {} },
      'missing_required_parameter',
      'session.type',
    ],
    [
      'a session that only transcribes',
      { type: 'session.update', session: { type: 'transcription' } },
      'invalid_value',
      'session.type',
    ],
    ['audio that is none', { type: 'input_audio_buffer.append', audio: '%%%' }, 'invalid_value', 'audio'],
    ['a buffer there is not', { type: 'output_audio_buffer.clear' }, 'invalid_value', 'type'],
    [
      'an unknown item to delete',
      { type: 'conversation.item.delete', item_id: 'x' },
      'item_delete_invalid_item_id',
      null,
    ],
    [
      'an unknown predecessor',
      { ...userText('a'), previous_item_id: 'x' },
      'item_create_invalid_previous_item_id',
      null,
    ],
    [
      'an unknown reference',
      { type: 'response.create', response: { input: [{ type: 'item_reference', id: 'x' }] } },
      'invalid_value',
      'response.input[0].id',
    ],
    [
      'a tool it cannot run',
      { type: 'response.create', response: { tools: [{ type: 'mcp', server_label: 'x' }] } },
      'invalid_value',
      'response.tools[0].type',
    ],
  ])('%s is answered and nothing else happens', async (_name, event, code, param) => {
    const client = await connect();
    client.newTypes();
    await client.send({ ...event, event_id: 'mine' } as never);
    expect(client.newTypes()).toEqual(['error']);
    expect(client.of('error')[0]?.error).toMatchObject({ type: 'invalid_request_error', code, param });
  });

  it('of an update leave the session as it was', async () => {
    const client = await connect();
    await client.send({
      type: 'session.update',
      session: {
        type: 'realtime',
        instructions: 'new',
        audio: { input: { format: { type: 'audio/pcm', rate: 16_000 } } },
      },
    });
    expect(client.of('error')[0]?.error.code).toBe('integer_below_min_value');
    await client.send({ type: 'session.update', session: { type: 'realtime' } });
    expect(client.of('session.updated')[0]?.session).toEqual(client.of('session.created')[0]?.session);
  });

  it('include another voice after the agent has spoken', async () => {
    const client = await connect();
    await client.send(userText('hi'), create);
    await client.send({
      type: 'session.update',
      session: { type: 'realtime', audio: { output: { voice: 'marin' } } },
    });
    expect(client.of('error')[0]?.error.code).toBe('cannot_update_voice');
  });
});

describe('what is asked of one response', () => {
  it('to say is said as it is, leaving what is owed to the user', async () => {
    const client = await connect();
    await client.send(userText('question'), {
      type: 'response.create',
      response: { metadata: { 'antiphon.say': 'Welcome.' }, tool_choice: 'none' },
    });
    expect(client.asked.turns).toEqual([]);
    expect(client.of('response.output_audio_transcript.done')[0]?.transcript).toBe('Welcome.');
    expect(client.of('response.created')[0]?.response.metadata).toEqual({ 'antiphon.say': 'Welcome.' });
    await client.send(create);
    expect(client.asked.turns.map(({ turn }) => turn)).toEqual([{ kind: 'user', text: 'question' }]);
  });

  it.each([
    ['Say exactly: "Hold the line."', 'Hold the line.'],
    ['Greet the caller.', 'Hello, how can I help you?'],
  ])('with the instructions %s is: %s', async (instructions, expected) => {
    const client = await connect();
    await client.send({ type: 'response.create', response: { instructions } });
    expect(client.of('response.output_audio_transcript.done')[0]?.transcript).toBe(expected);
  });

  it("is not the next one's", async () => {
    const client = await connect();
    await client.send(userText('hi'), { type: 'response.create', response: { output_modalities: ['text'] } });
    await client.send(userText('hi'), create);
    const modalities = client.of('response.done').map((event) => event.response.output_modalities);
    expect(modalities).toEqual([['text'], ['audio']]);
  });

  it('ends at its token limit', async () => {
    const client = await connect({ clauseMs: 3_000 });
    await client.send(userText('hi'), { type: 'response.create', response: { max_output_tokens: 20 } });
    expect(client.of('response.done')[0]?.response).toMatchObject({
      status: 'incomplete',
      status_details: { type: 'incomplete', reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
      max_output_tokens: 20,
    });
  });

  it('may take its context from the items given', async () => {
    const client = await connect();
    await client.send(userText('first', 'first'), userText('second', 'second'));
    await client.send({
      type: 'response.create',
      response: { input: [{ type: 'item_reference', id: 'first' }] },
    });
    expect(client.asked.turns.map(({ turn }) => turn)).toEqual([{ kind: 'user', text: 'first' }]);
  });
});
