import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { BetaServerReader } from '../../../src/protocol/beta/server-in.ts';
import { toBetaServerEvents } from '../../../src/protocol/beta/server-out.ts';
import { readServerEvent } from '../../../src/protocol/codec.ts';
import { eventsOf, serverSamples } from '../samples.ts';

const gaOnly = [
  'conversation.item.done',
  'conversation.item.input_audio_transcription.segment',
  'input_audio_buffer.timeout_triggered',
  'input_audio_buffer.dtmf_event_received',
];
const samples = eventsOf(serverSamples) as unknown as readonly (JsonObject & { type: string })[];
const agentItem = (status: string, content: JsonObject[] = []): JsonObject => ({
  id: 'item_1',
  object: 'realtime.item',
  type: 'message',
  role: 'assistant',
  status,
  content,
});

describe('toBetaServerEvents', () => {
  it.each([
    ['response.output_text.delta', 'response.text.delta'],
    ['response.output_text.done', 'response.text.done'],
    ['response.output_audio.delta', 'response.audio.delta'],
    ['response.output_audio.done', 'response.audio.done'],
    ['response.output_audio_transcript.delta', 'response.audio_transcript.delta'],
    ['response.output_audio_transcript.done', 'response.audio_transcript.done'],
    ['response.function_call_arguments.delta', 'response.function_call_arguments.delta'],
    ['rate_limits.updated', 'rate_limits.updated'],
  ])('calls %s %s and changes nothing else', (ga, beta) => {
    const sample = samples.find(({ type }) => type === ga);
    expect(toBetaServerEvents({ ...sample })).toEqual([{ ...sample, type: beta }]);
  });

  it.each(gaOnly)('says nothing of %s', (type) => {
    expect(toBetaServerEvents({ type })).toEqual([]);
  });

  it('flattens the session', () => {
    const session = {
      type: 'realtime',
      object: 'realtime.session',
      id: 'sess_1',
      model: 'gpt-realtime',
      output_modalities: ['audio'],
      instructions: 'Be brief.',
      tools: [],
      tool_choice: 'auto',
      max_output_tokens: 'inf',
      truncation: 'auto',
      tracing: null,
      expires_at: 1,
      audio: {
        input: {
          format: { type: 'audio/pcm', rate: 24_000 },
          transcription: null,
          noise_reduction: null,
          turn_detection: { type: 'server_vad', threshold: 0.5, idle_timeout_ms: null },
        },
        output: { format: { type: 'audio/pcmu' }, voice: 'alloy', speed: 1 },
      },
    };
    expect(toBetaServerEvents({ type: 'session.created', event_id: 'e', session })).toEqual([
      {
        type: 'session.created',
        event_id: 'e',
        session: {
          object: 'realtime.session',
          id: 'sess_1',
          model: 'gpt-realtime',
          modalities: ['audio', 'text'],
          instructions: 'Be brief.',
          tools: [],
          tool_choice: 'auto',
          max_response_output_tokens: 'inf',
          temperature: 0.8,
          tracing: null,
          expires_at: 1,
          voice: 'alloy',
          speed: 1,
          input_audio_format: 'pcm16',
          output_audio_format: 'g711_ulaw',
          input_audio_transcription: null,
          input_audio_noise_reduction: null,
          turn_detection: { type: 'server_vad', threshold: 0.5 },
        },
      },
    ]);
  });

  it('tells of items once, with their object and old content names', () => {
    const item = { ...agentItem('in_progress', [{ type: 'output_audio', transcript: 'Hi.' }]) };
    const { object: _none, ...ga } = item;
    expect(toBetaServerEvents({ type: 'conversation.item.added', previous_item_id: null, item: ga })).toEqual(
      [
        {
          type: 'conversation.item.created',
          previous_item_id: null,
          item: { ...item, content: [{ type: 'audio', transcript: 'Hi.' }] },
        },
      ],
    );
  });

  it('gives outputs of calls the status they have here', () => {
    const item = { id: 'i', type: 'function_call_output', call_id: 'c', output: '' };
    expect(toBetaServerEvents({ type: 'conversation.item.added', item })).toMatchObject([
      { item: { status: 'completed', object: 'realtime.item' } },
    ]);
  });

  it('flattens responses and renames what they hold', () => {
    const response = {
      id: 'resp_1',
      status: 'completed',
      output: [agentItem('completed', [{ type: 'output_text', text: 'Hi.' }])],
      output_modalities: ['text'],
      max_output_tokens: 'inf',
      audio: { output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'alloy' } },
      metadata: null,
    };
    expect(toBetaServerEvents({ type: 'response.done', response })).toEqual([
      {
        type: 'response.done',
        response: {
          id: 'resp_1',
          status: 'completed',
          output: [agentItem('completed', [{ type: 'text', text: 'Hi.' }])],
          modalities: ['text'],
          max_output_tokens: 'inf',
          voice: 'alloy',
          output_audio_format: 'pcm16',
          temperature: 0.8,
          metadata: null,
        },
      },
    ]);
  });

  it('complains of members by the names they have here', () => {
    const error = { type: 'invalid_request_error', param: 'session.audio.input.turn_detection.threshold' };
    expect(toBetaServerEvents({ type: 'error', error })).toMatchObject([
      { error: { param: 'session.turn_detection.threshold' } },
    ]);
  });
});

describe('BetaServerReader', () => {
  it.each(samples.filter(({ type }) => !gaOnly.includes(type)))('restores $type', (sample) => {
    const reader = new BetaServerReader();
    const [beta] = toBetaServerEvents(sample);
    const [restored] = reader.translate({ ...beta });
    // A legacy event of the GA dialect is read as the one that took its place.
    const expected =
      sample.type === 'conversation.item.created' ? { ...sample, type: 'conversation.item.added' } : sample;
    expect(restored).toMatchObject(expected);
    expect(reader.decode(JSON.stringify(beta))[0]).toMatchObject(readServerEvent(restored));
  });

  it('adds a complete item as done', () => {
    const event = {
      type: 'conversation.item.created',
      event_id: 'e',
      previous_item_id: 'item_0',
      item: { ...agentItem('completed', [{ type: 'text', text: 'Hi.' }]) },
    };
    const ga = { ...event, item: agentItem('completed', [{ type: 'output_text', text: 'Hi.' }]) };
    const reader = new BetaServerReader();
    expect(reader.translate(event)).toEqual([
      { ...ga, type: 'conversation.item.added' },
      { ...ga, type: 'conversation.item.done' },
    ]);
    expect(reader.translate({ ...event, type: 'conversation.item.done' })).toEqual([]);
  });

  it('tells the end of an answer before the end of its output', () => {
    const reader = new BetaServerReader();
    const created = (item: JsonObject) => ({
      type: 'conversation.item.created',
      previous_item_id: 'item_0',
      item,
    });
    expect(reader.translate(created(agentItem('in_progress')))).toMatchObject([
      { type: 'conversation.item.added' },
    ]);
    const item = agentItem('incomplete', [{ type: 'audio', transcript: 'Hi' }]);
    const done = { type: 'response.output_item.done', response_id: 'r', output_index: 0, item };
    const ga = agentItem('incomplete', [{ type: 'output_audio', transcript: 'Hi' }]);
    expect(reader.translate(done)).toEqual([
      { type: 'conversation.item.done', previous_item_id: 'item_0', item: ga },
      { ...done, item: ga },
    ]);
    expect(reader.translate(done)).toEqual([{ ...done, item: ga }]);
  });

  it('tells no end of an item that is not in the conversation', () => {
    const item = agentItem('completed');
    const done = { type: 'response.output_item.done', response_id: 'r', output_index: 0, item };
    expect(new BetaServerReader().translate(done)).toEqual([done]);
  });

  it('remembers the name of the function whose arguments it is told', () => {
    const reader = new BetaServerReader();
    const item = { id: 'item_2', type: 'function_call', status: 'in_progress', name: 'clock', call_id: 'c' };
    reader.translate({ type: 'response.output_item.added', response_id: 'r', output_index: 0, item });
    const done = { type: 'response.function_call_arguments.done', item_id: 'item_2', arguments: '{}' };
    expect(reader.translate(done)).toEqual([{ ...done, name: 'clock' }]);
    reader.translate({ type: 'response.done', response: { id: 'r', status: 'completed', output: [item] } });
    expect(reader.translate(done)).toEqual([done]);
  });

  it.each([
    [{ turn_detection: { type: 'none' } }, { audio: { input: { turn_detection: null } } }],
    [
      { voice: { name: 'alloy', type: 'openai' } },
      { audio: { output: { voice: { name: 'alloy', type: 'openai' } } } },
    ],
    [{ modalities: ['audio'] }, { output_modalities: ['audio'] }],
    [{ modalities: ['text'] }, { output_modalities: ['text'] }],
    [{ input_audio_format: null }, { audio: { input: { format: null } } }],
    [{ input_audio_sampling_rate: 24_000, temperature: 0.8 }, { input_audio_sampling_rate: 24_000 }],
  ])('lifts %j', (session, expected) => {
    expect(new BetaServerReader().translate({ type: 'session.updated', session })).toEqual([
      { type: 'session.updated', session: { type: 'realtime', ...expected } },
    ]);
  });

  it('reads a session that only transcribes', () => {
    const session = { id: 's', modalities: ['text'], input_audio_format: 'pcm16', turn_detection: null };
    expect(new BetaServerReader().translate({ type: 'transcription_session.created', session })).toEqual([
      {
        type: 'session.created',
        session: {
          type: 'transcription',
          id: 's',
          audio: { input: { format: { type: 'audio/pcm', rate: 24_000 }, turn_detection: null } },
        },
      },
    ]);
  });

  it('finds the member that a server complains of', () => {
    const error = { code: 'invalid_value', param: 'session.voice' };
    expect(new BetaServerReader().translate({ type: 'error', error })).toEqual([
      { type: 'error', error: { code: 'invalid_value', param: 'session.audio.output.voice' } },
    ]);
  });

  it('hands over sound without parsing', () => {
    const frame = JSON.stringify({
      type: 'response.audio.delta',
      response_id: 'r',
      item_id: 'i',
      output_index: 0,
      content_index: 0,
      delta: 'AAEC',
    });
    expect(new BetaServerReader().decode(frame)).toEqual([
      {
        kind: 'audio',
        responseId: 'r',
        itemId: 'i',
        outputIndex: 0,
        contentIndex: 0,
        audio: Uint8Array.of(0, 1, 2),
      },
    ]);
  });

  it.each([
    ['{'],
    ['[]'],
    ['{"type":3}'],
    ['{"type":"conversation.item.created"}'],
    ['{"type":"session.created","session":3}'],
  ])('never throws on %s', (text) => {
    expect(new BetaServerReader().decode(text).length).toBeGreaterThan(0);
  });

  it('remembers a bounded number of items', () => {
    const reader = new BetaServerReader();
    const created = (id: string) => ({
      type: 'conversation.item.created',
      item: { ...agentItem('completed'), id },
    });
    for (let index = 0; index < 100; index++) {
      reader.translate(created(`item_${index}`));
    }
    const done = (id: string) => ({ ...created(id), type: 'conversation.item.done' });
    expect(reader.translate(done('item_99'))).toEqual([]);
    expect(reader.translate(done('item_0'))).toHaveLength(1);
  });
});
