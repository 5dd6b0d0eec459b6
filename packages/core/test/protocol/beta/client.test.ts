import { describe, expect, it } from 'vitest';
import { decodeBetaClientEvent, validateBetaClientEvent } from '../../../src/protocol/beta/client-in.ts';
import { toBetaClientEvent } from '../../../src/protocol/beta/client-out.ts';
import { type BetaVintage, betaVintageOf } from '../../../src/protocol/beta/vintage.ts';
import type { ClientEvent } from '../../../src/protocol/client-events.ts';
import type { SessionUpdate } from '../../../src/protocol/session-config.ts';
import { clientSamples, eventsOf } from '../samples.ts';

const session = (members: Omit<SessionUpdate, 'type'>): ClientEvent => ({
  type: 'session.update',
  session: { type: 'realtime', ...members },
});
const create = (item: Extract<ClientEvent, { type: 'conversation.item.create' }>['item']): ClientEvent => ({
  type: 'conversation.item.create',
  item,
});
const input = (members: NonNullable<NonNullable<SessionUpdate['audio']>['input']>) =>
  session({ audio: { input: members } });
const output = (members: NonNullable<NonNullable<SessionUpdate['audio']>['output']>) =>
  session({ audio: { output: members } });
const tool = { type: 'function', name: 'clock', parameters: { type: 'object' } } as const;

describe('toBetaClientEvent', () => {
  it.each<[string, ClientEvent, object]>([
    ['an empty update', session({}), {}],
    ['sound', session({ output_modalities: ['audio'] }), { modalities: ['audio', 'text'] }],
    ['text only', session({ output_modalities: ['text'] }), { modalities: ['text'] }],
    ['instructions', session({ instructions: '' }), { instructions: '' }],
    ['pcm', input({ format: { type: 'audio/pcm', rate: 24_000 } }), { input_audio_format: 'pcm16' }],
    ['mu-law', input({ format: { type: 'audio/pcmu' } }), { input_audio_format: 'g711_ulaw' }],
    ['A-law', output({ format: { type: 'audio/pcma' } }), { output_audio_format: 'g711_alaw' }],
    ['a voice', output({ voice: 'marin', speed: 1.2 }), { voice: 'marin', speed: 1.2 }],
    ['a custom voice', output({ voice: { id: 'voice_1' } }), {}],
    ['no detection', input({ turn_detection: null }), { turn_detection: null }],
    ['no transcription', input({ transcription: null }), { input_audio_transcription: null }],
    [
      'a transcription',
      input({ transcription: { model: 'whisper-1', language: 'en', keywords: ['x'], delay: 'low' } }),
      { input_audio_transcription: { model: 'whisper-1', language: 'en' } },
    ],
    [
      'noise reduction',
      input({ noise_reduction: { type: 'near_field', strength: 0.5 } }),
      { input_audio_noise_reduction: { type: 'near_field' } },
    ],
    [
      'detection by energy',
      input({
        turn_detection: {
          type: 'server_vad',
          threshold: 0.5,
          prefix_padding_ms: 300,
          silence_duration_ms: 500,
          idle_timeout_ms: null,
          create_response: false,
          interrupt_response: true,
        },
      }),
      {
        turn_detection: {
          type: 'server_vad',
          threshold: 0.5,
          prefix_padding_ms: 300,
          silence_duration_ms: 500,
          create_response: false,
          interrupt_response: true,
        },
      },
    ],
    [
      'detection by meaning',
      input({ turn_detection: { type: 'semantic_vad', eagerness: 'low' } }),
      { turn_detection: { type: 'semantic_vad', eagerness: 'low' } },
    ],
    [
      'tools',
      session({ tools: [tool, { type: 'mcp', server_label: 's' }], tool_choice: 'required' }),
      { tools: [tool], tool_choice: 'required' },
    ],
    ['no tools', session({ tools: [] }), { tools: [] }],
    [
      'a forced tool',
      session({ tool_choice: { type: 'function', name: 'clock' } }),
      { tool_choice: { type: 'function', name: 'clock' } },
    ],
    ['a forced server', session({ tool_choice: { type: 'mcp', server_label: 's' } }), {}],
    ['a limit', session({ max_output_tokens: 200 }), { max_response_output_tokens: 200 }],
    ['tracing off', session({ tracing: null }), { tracing: null }],
    [
      'what only GA knows',
      session({
        truncation: 'disabled',
        reasoning: { effort: 'low' },
        parallel_tool_calls: true,
        model: 'gpt-realtime',
      }),
      {},
    ],
  ])('%s', (_name, event, expected) => {
    expect(toBetaClientEvent(event)).toEqual({ type: 'session.update', session: expected });
  });

  it.each<[string, ClientEvent, object | undefined]>([
    [
      'a text of the agent',
      create({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi.' }] }),
      {
        type: 'conversation.item.create',
        item: { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'Hi.' }] },
      },
    ],
    [
      'sound and a picture of the user',
      create({
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_audio', audio: 'AAAA', transcript: null },
          { type: 'input_image', image_url: 'data:' },
        ],
      }),
      {
        type: 'conversation.item.create',
        item: { type: 'message', role: 'user', content: [{ type: 'input_audio', audio: 'AAAA' }] },
      },
    ],
    [
      'an output, at the end',
      {
        type: 'conversation.item.create',
        event_id: 'e',
        previous_item_id: null,
        item: { type: 'function_call_output', call_id: 'c', output: '' },
      },
      {
        type: 'conversation.item.create',
        event_id: 'e',
        item: { type: 'function_call_output', call_id: 'c', output: '' },
      },
    ],
    [
      'an approval',
      create({ type: 'mcp_approval_response', approval_request_id: 'a', approve: true }),
      undefined,
    ],
    ['a bare response', { type: 'response.create' }, { type: 'response.create' }],
    [
      'a response of its own',
      {
        type: 'response.create',
        response: {
          output_modalities: ['audio'],
          audio: { output: { format: { type: 'audio/pcmu' }, voice: 'alloy' } },
          instructions: 'Say hello.',
          max_output_tokens: 'inf',
          conversation: 'none',
          input: [
            { type: 'item_reference', id: 'item_1' },
            { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi.' }] },
          ],
          metadata: null,
          prompt: null,
        },
      },
      {
        type: 'response.create',
        response: {
          modalities: ['audio', 'text'],
          output_audio_format: 'g711_ulaw',
          voice: 'alloy',
          instructions: 'Say hello.',
          max_response_output_tokens: 'inf',
          conversation: 'none',
          input: [
            { type: 'item_reference', id: 'item_1' },
            { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'Hi.' }] },
          ],
        },
      },
    ],
    [
      'a session that only transcribes',
      {
        type: 'session.update',
        session: { type: 'transcription', audio: { input: { turn_detection: null } } },
      },
      { type: 'transcription_session.update', session: { turn_detection: null } },
    ],
  ])('%s', (_name, event, expected) => {
    expect(toBetaClientEvent(event)).toEqual(expected);
  });

  it('adds what only this dialect has', () => {
    const event = toBetaClientEvent(session({ instructions: 'x', temperature: 0.7 }));
    expect(event).toEqual({ type: 'session.update', session: { instructions: 'x', temperature: 0.7 } });
  });

  it.each<[BetaVintage, object]>([
    [
      '2024-10',
      { input_audio_transcription: { model: 'whisper-1' }, turn_detection: { type: 'server_vad' } },
    ],
    [
      '2024-12',
      {
        input_audio_transcription: { model: 'whisper-1' },
        turn_detection: { type: 'server_vad', create_response: false },
      },
    ],
    [
      '2025-04',
      {
        input_audio_transcription: { model: 'w', language: 'en' },
        input_audio_noise_reduction: { type: 'far_field' },
        turn_detection: { type: 'semantic_vad', create_response: false, interrupt_response: false },
      },
    ],
  ])('tells a server of %s only what it knows', (vintage, expected) => {
    const event = input({
      transcription: { model: 'w', language: 'en' },
      noise_reduction: { type: 'far_field' },
      turn_detection: { type: 'semantic_vad', create_response: false, interrupt_response: false },
    });
    expect(toBetaClientEvent(event, vintage)).toEqual({ type: 'session.update', session: expected });
    const isLate = vintage === '2025-04';
    expect(toBetaClientEvent({ type: 'conversation.item.retrieve', item_id: 'i' }, vintage)).toEqual(
      isLate ? { type: 'conversation.item.retrieve', item_id: 'i' } : undefined,
    );
    const limited = { type: 'response.create', response: { max_output_tokens: 9, metadata: { a: 'b' } } };
    expect(toBetaClientEvent(limited as ClientEvent, vintage)).toEqual({
      type: 'response.create',
      response: {
        [isLate ? 'max_response_output_tokens' : 'max_output_tokens']: 9,
        ...(vintage !== '2024-10' && { metadata: { a: 'b' } }),
      },
    });
  });

  it.each<[BetaVintage, string, string | undefined]>([
    ['2024-10', 'marin', undefined],
    ['2024-12', 'cedar', undefined],
    ['2024-10', 'sage', 'sage'],
    ['2025-04', 'cedar', 'cedar'],
  ])('names to a server of %s of the voice %s: %s', (vintage, voice, named) => {
    const settings = named === undefined ? {} : { voice: named };
    const create: ClientEvent = { type: 'response.create', response: { audio: { output: { voice } } } };
    expect(toBetaClientEvent(output({ voice }), vintage)).toEqual({
      type: 'session.update',
      session: settings,
    });
    expect(toBetaClientEvent(create, vintage)).toEqual({ type: 'response.create', response: settings });
  });

  it.each(eventsOf(clientSamples))('writes $type as a beta server of any age takes it', (sample) => {
    for (const vintage of ['2024-10', '2024-12', '2025-04'] as const) {
      const beta = toBetaClientEvent(sample as ClientEvent, vintage);
      if (beta !== undefined) {
        expect(validateBetaClientEvent(beta, vintage)).toMatchObject({ ok: true });
      }
    }
  });
});

describe('betaVintageOf', () => {
  it.each([
    ['2024-10-01-preview', '2024-10'],
    ['2024-12-17', '2024-12'],
    ['2025-04-01-preview', '2025-04'],
    ['2026-01-01', '2025-04'],
    ['2023-01-01', '2024-10'],
    ['v1', '2025-04'],
  ])('%s', (apiVersion, vintage) => {
    expect(betaVintageOf(apiVersion)).toBe(vintage);
  });
});

describe('validateBetaClientEvent', () => {
  const update = (members: object) => ({ type: 'session.update', session: members });

  it.each<[string, object, object]>([
    [
      'a flat session',
      update({
        modalities: ['text', 'audio'],
        instructions: 'Be brief.',
        voice: 'alloy',
        input_audio_format: 'pcm16',
        output_audio_format: 'g711_alaw',
        input_audio_transcription: { model: 'whisper-1' },
        input_audio_noise_reduction: null,
        turn_detection: { type: 'server_vad', threshold: 0.4, create_response: true },
        tools: [tool],
        tool_choice: 'auto',
        temperature: 0.8,
        max_response_output_tokens: 'inf',
        speed: 1,
      }),
      update({
        type: 'realtime',
        output_modalities: ['audio'],
        instructions: 'Be brief.',
        tools: [tool],
        tool_choice: 'auto',
        max_output_tokens: 'inf',
        audio: {
          input: {
            format: { type: 'audio/pcm', rate: 24_000 },
            transcription: { model: 'whisper-1' },
            noise_reduction: null,
            turn_detection: { type: 'server_vad', threshold: 0.4, create_response: true },
          },
          output: { format: { type: 'audio/pcma' }, voice: 'alloy', speed: 1 },
        },
      }),
    ],
    [
      'detection off, the old way',
      update({ turn_detection: { type: 'none' } }),
      update({ type: 'realtime', audio: { input: { turn_detection: null } } }),
    ],
    [
      'a session that only transcribes',
      { type: 'transcription_session.update', session: { input_audio_format: 'pcm16' } },
      update({
        type: 'transcription',
        audio: { input: { format: { type: 'audio/pcm', rate: 24_000 } } },
      }),
    ],
    [
      'a text of the agent',
      {
        type: 'conversation.item.create',
        item: { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'Hi.' }] },
      },
      {
        type: 'conversation.item.create',
        item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi.' }] },
      },
    ],
    [
      'a response with either limit',
      { type: 'response.create', response: { modalities: ['text'], max_output_tokens: 5, temperature: 0.7 } },
      { type: 'response.create', response: { output_modalities: ['text'], max_output_tokens: 5 } },
    ],
    [
      'sound',
      { type: 'input_audio_buffer.append', audio: 'AAAA' },
      { type: 'input_audio_buffer.append', audio: 'AAAA' },
    ],
  ])('understands %s', (_name, event, expected) => {
    expect(validateBetaClientEvent(event)).toEqual({ ok: true, event: expected });
  });

  it.each<[string, object, string, string]>([
    ['session.type', update({ type: 'realtime' }), 'unknown_parameter', 'session.type'],
    ['nested sound', update({ audio: {} }), 'unknown_parameter', 'session.audio'],
    [
      'the other modalities',
      update({ output_modalities: ['text'] }),
      'unknown_parameter',
      'session.output_modalities',
    ],
    ['a null', update({ voice: null }), 'invalid_type', 'session.voice'],
    [
      'a nested format',
      update({ input_audio_format: { type: 'audio/pcm' } }),
      'invalid_type',
      'session.input_audio_format',
    ],
    [
      'an unknown format',
      update({ input_audio_format: 'mp3' }),
      'invalid_value',
      'session.input_audio_format',
    ],
    [
      'an idle time',
      update({ turn_detection: { type: 'server_vad', idle_timeout_ms: 6000 } }),
      'unknown_parameter',
      'session.turn_detection.idle_timeout_ms',
    ],
    [
      'a null in detection',
      update({ turn_detection: { type: 'server_vad', create_response: null } }),
      'invalid_type',
      'session.turn_detection.create_response',
    ],
    ['a hot temperature', update({ temperature: 2 }), 'integer_above_max_value', 'session.temperature'],
    [
      "the agent's text by its other name",
      {
        type: 'conversation.item.create',
        item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: '' }] },
      },
      'invalid_value',
      'item.content[0].type',
    ],
    ['an unknown event', { type: 'session.start' }, 'invalid_value', 'type'],
    [
      'a float',
      { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: 1.5 },
      'invalid_type',
      'audio_end_ms',
    ],
    [
      'a tool of the other kind',
      update({ tools: [{ ...tool, strict: true }] }),
      'unknown_parameter',
      'session.tools[0].strict',
    ],
  ])('refuses %s', (_name, event, code, param) => {
    expect(validateBetaClientEvent(event)).toMatchObject({ ok: false, error: { code, param } });
  });

  it.each<[BetaVintage, object, string]>([
    [
      '2024-10',
      update({ turn_detection: { type: 'server_vad', create_response: true } }),
      'session.turn_detection.create_response',
    ],
    ['2024-12', update({ input_audio_noise_reduction: null }), 'session.input_audio_noise_reduction'],
    ['2024-10', { type: 'response.create', response: { metadata: {} } }, 'response.metadata'],
    ['2024-12', { type: 'conversation.item.retrieve', item_id: 'i' }, 'type'],
  ])('refuses as a server of %s what came later', (vintage, event, param) => {
    expect(validateBetaClientEvent(event, vintage)).toMatchObject({ ok: false, error: { param } });
    expect(validateBetaClientEvent(event)).toMatchObject({ ok: true });
  });

  it('checks the values too', () => {
    const item = { type: 'function_call_output', call_id: 'no spaces', output: '' };
    expect(validateBetaClientEvent({ type: 'conversation.item.create', item })).toMatchObject({
      error: { param: 'item.call_id' },
    });
  });

  it('calls a frame that is no JSON what it is', () => {
    expect(decodeBetaClientEvent('{')).toMatchObject({ ok: false, error: { code: 'invalid_json' } });
    expect(decodeBetaClientEvent('{"type":"response.cancel"}')).toEqual({
      ok: true,
      event: { type: 'response.cancel' },
    });
  });
});
