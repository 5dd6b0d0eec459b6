import type { JsonObject } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { allowedBy, withoutAllowed } from '../src/recorded/allowed-members.ts';
import { recordedAgent, recordedProvider } from '../src/recorded/recorded-agent.ts';
import { recordedConversation } from '../src/recorded/recorded-conversation.ts';
import { recordedSession } from '../src/recorded/recorded-session.ts';
import { type RecordingStep, recordedDialect } from '../src/recorded/recording.ts';

const sent = (raw: JsonObject): RecordingStep => ({ kind: 'sent', raw, event: undefined });
const received = (raw: JsonObject): RecordingStep => ({ kind: 'received', raw });
const close = (code: number): RecordingStep => ({ kind: 'close', code, reason: '' });

function message(id: string, role: string, text: string): JsonObject {
  const type = role === 'assistant' ? 'output_text' : 'input_text';
  return { id, type: 'message', role, status: 'completed', content: [{ type, text }] };
}

function added(item: JsonObject, previous_item_id: string | null = null): RecordingStep {
  return received({ type: 'conversation.item.added', previous_item_id, item });
}

describe('recordedDialect', () => {
  it.each<[string, 'ga' | 'beta', readonly JsonObject[]]>([
    ['a name of the beta dialect', 'beta', [{ type: 'response.audio.delta' }]],
    ['a name of the GA dialect', 'ga', [{ type: 'response.output_audio.delta' }]],
    [
      'a flat session with GA names',
      'ga',
      [{ type: 'session.created', session: { modalities: [] } }, { type: 'conversation.item.added' }],
    ],
    ['a flat session', 'beta', [{ type: 'session.created', session: { modalities: [] } }]],
    ['a nested session', 'ga', [{ type: 'session.created', session: { type: 'realtime' } }]],
    ['nothing', 'ga', []],
  ])('finds it by %s', (_by, dialect, events) => {
    expect(recordedDialect(events.map(received))).toBe(dialect);
  });
});

describe('what a server is known to take', () => {
  const allowed = allowedBy([
    {
      type: 'session.update',
      session: {
        resumption: { enabled: true },
        voice: { name: 'a' },
        turn_detection: { type: 'azure_vad', x: 1 },
        tools: [{ name: 't', strict: true }],
      },
    },
  ]);
  const of = (session: JsonObject): JsonObject => ({ type: 'session.update', session });

  it.each<[string, JsonObject, string, JsonObject | undefined]>([
    ['a member', of({ resumption: { enabled: false }, a: 1 }), 'session.resumption', of({ a: 1 })],
    [
      'a member of a member',
      of({ resumption: { enabled: true } }),
      'session.resumption.enabled',
      of({ resumption: {} }),
    ],
    ['a value of another type', of({ voice: { name: 'b' } }), 'session.voice', of({})],
    [
      'a kind of object, as a whole',
      of({ turn_detection: { type: 'azure_vad', y: 2 } }),
      'session.turn_detection.type',
      of({}),
    ],
    [
      'a member in a list',
      of({ tools: [{ name: 'u' }, { name: 'v', strict: true }] }),
      'session.tools[1].strict',
      of({ tools: [{ name: 'u' }, { name: 'v' }] }),
    ],
    ['no other member', of({ colour: 1 }), 'session.colour', undefined],
    ['no null in place of a value', of({ voice: null }), 'session.voice', undefined],
    ['no other type in place of it', of({ voice: 'a' }), 'session.voice', undefined],
    [
      'no other event',
      { type: 'response.create', session: { resumption: {} } },
      'session.resumption',
      undefined,
    ],
  ])('is %s', (_what, event, param, rest) => {
    expect(withoutAllowed(event, param, allowed)).toEqual(rest);
  });
});

describe('recordedConversation', () => {
  it('orders items, takes late texts, and keeps what was cut apart', () => {
    const { items, audio, responses, cutItemIds } = recordedConversation([
      received({ type: 'input_audio_buffer.committed', item_id: 'u', previous_item_id: null }),
      received({ type: 'response.created', response: { id: 'r', status: 'in_progress' } }),
      received({
        type: 'response.output_item.added',
        response_id: 'r',
        item: { id: 'a', type: 'message', role: 'assistant', status: 'in_progress' },
      }),
      received({
        type: 'response.output_audio_transcript.delta',
        response_id: 'r',
        item_id: 'a',
        delta: 'Wel',
      }),
      received({ type: 'response.output_audio.delta', response_id: 'r', item_id: 'a', delta: 'AAE=' }),
      received({ type: 'response.output_audio.delta', response_id: 'r', item_id: 'a', delta: 'Ag==' }),
      received({
        type: 'response.done',
        response: { id: 'r', status: 'cancelled', output: [], usage: {} },
        usage: { total_tokens: 7 },
      }),
      received({
        type: 'conversation.item.input_audio_transcription.completed',
        item_id: 'u',
        transcript: 'Hi.',
      }),
    ]);
    expect(items).toEqual([
      { kind: 'message', id: 'u', role: 'user', text: 'Hi.' },
      { kind: 'message', id: 'a', role: 'agent', text: 'Wel' },
    ]);
    expect(audio.get('a')).toEqual(Uint8Array.of(0, 1, 2));
    expect(responses).toEqual([{ id: 'r', status: 'cancelled', usage: { total_tokens: 7 } }]);
    expect([...cutItemIds]).toEqual(['a']);
  });

  it('knows what a server tells again after a reconnection, and what it takes without a word', () => {
    const { items } = recordedConversation([
      sent({ type: 'conversation.item.create', item: { ...message('', 'user', 'One.'), id: 'one' } }),
      added(message('a', 'assistant', 'Two.')),
      close(1011),
      added(message('other', 'assistant', 'Two.')),
      added(message('u', 'user', 'Three.'), 'other'),
      received({ type: 'conversation.item.deleted', item_id: 'gone' }),
    ]);
    expect(items.map((item) => (item.kind === 'message' ? item.text : ''))).toEqual([
      'One.',
      'Two.',
      'Three.',
    ]);
  });
});

describe('recordedSession', () => {
  const typed = (text: string): JsonObject => ({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
  });

  it('finds who does what, and when', () => {
    const { actions, seeds, outputs, tools, opening } = recordedSession({
      name: 'r',
      steps: [
        sent({
          type: 'session.update',
          session: { tools: [{ type: 'function', name: 'f', parameters: {} }] },
        }),
        sent(typed('Before.')),
        sent(typed('Hello.')),
        sent({ type: 'response.create' }),
        received({ type: 'response.created', response: { id: 'r1' } }),
        received({
          type: 'response.output_item.added',
          response_id: 'r1',
          item: { id: 'c', type: 'function_call', call_id: 'k', name: 'f' },
        }),
        sent({
          type: 'conversation.item.create',
          item: { type: 'function_call_output', call_id: 'k', output: '1' },
        }),
        received({ type: 'response.done', response: { id: 'r1', status: 'completed' } }),
        sent({ type: 'response.create' }),
        received({ type: 'response.created', response: { id: 'r2' } }),
        sent({ type: 'response.cancel' }),
        received({ type: 'response.done', response: { id: 'r2', status: 'cancelled' } }),
        sent({ type: 'input_audio_buffer.append', audio: 'AAAA' }),
        sent({ type: 'input_audio_buffer.commit' }),
        close(1000),
        sent({ type: 'input_audio_buffer.append', audio: 'AAAA' }),
        received({ type: 'input_audio_buffer.speech_started', item_id: 'u', audio_start_ms: 0 }),
      ],
    });
    expect(opening).toBe('joined');
    expect(seeds).toHaveLength(1);
    expect(tools.map(({ name }) => name)).toEqual(['f']);
    expect([...outputs]).toEqual([['k', '1']]);
    expect(actions).toEqual([
      { kind: 'text', text: 'Hello.', afterResponses: 0, moment: 'quiet' },
      { kind: 'cancel', afterResponses: 1, moment: 'cutting_in' },
      { kind: 'audio', ends: 'client', afterResponses: 2, moment: 'quiet' },
      { kind: 'reconnect', afterResponses: 2, moment: 'quiet' },
      { kind: 'audio', ends: 'server', afterResponses: 2, moment: 'quiet' },
    ]);
  });

  it.each<[string, readonly RecordingStep[], JsonObject, JsonObject]>([
    [
      'of the GA dialect',
      [
        sent({
          type: 'session.update',
          session: {
            type: 'realtime',
            instructions: 'Hi.',
            output_modalities: ['text'],
            audio: { input: { turn_detection: null } },
          },
        }),
      ],
      { provider: 'p', instructions: 'Hi.', output_modalities: ['text'], turn_detection: null },
      { type: 'openai', base_url: 'ws://h:1/v1' },
    ],
    [
      'of a preview',
      [
        received({ type: 'session.created', session: { modalities: ['text'] } }),
        sent({
          type: 'session.update',
          session: { modalities: ['text', 'audio'], voice: 'alloy', turn_detection: { type: 'none' } },
        }),
      ],
      { output_modalities: ['audio'], voice: 'alloy', turn_detection: null },
      { type: 'azure', endpoint: 'http://h:1', api_version: '2025-04-01-preview' },
    ],
    [
      'of Voice Live',
      [
        received({ type: 'session.created', session: { modalities: [], input_audio_sampling_rate: 24_000 } }),
        sent({ type: 'session.update', session: { voice: { name: 'mine', type: 'azure-custom' } } }),
      ],
      { voice: 'mine' },
      { type: 'azure_voice_live', endpoint: 'http://h:1', voice_type: 'azure-custom' },
    ],
    [
      'of Azure',
      [received({ type: 'response.content_part.added', part: {}, content: {} })],
      {},
      { type: 'azure', endpoint: 'http://h:1', deployment: 'recorded' },
    ],
    [
      'of another server',
      [
        received({ type: 'session.created', session: { model: 'grok-voice' } }),
        received({ type: 'conversation.item.added', item: {} }),
      ],
      {},
      { type: 'openai_compatible', base_url: 'ws://h:1/v1' },
    ],
  ])('gives the agent and the provider %s', (_of, steps, agent, provider) => {
    const recorded = recordedSession({ name: 'r', steps });
    expect(recordedAgent(recorded, 'p')).toMatchObject(agent);
    expect(recordedProvider(recorded, 'ws://h:1')).toMatchObject(provider);
  });
});
