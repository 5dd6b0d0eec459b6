import { describe, expect, it } from 'vitest';
import { decodeClientEvent, validateClientEvent } from '../../src/protocol/client-validation.ts';

const realtime = (members: object) => ({ type: 'session.update', session: { type: 'realtime', ...members } });
const create = (item: object) => ({ type: 'conversation.item.create', item });
const input = (members: object) => realtime({ audio: { input: members } });
const user = (part: object) => create({ type: 'message', role: 'user', content: [part] });

describe('what a server answers to a client that errs', () => {
  it.each([
    ['an unknown type', { type: 'nope' }, 'invalid_value', 'type'],
    ['no type', {}, 'missing_required_parameter', 'type'],
    ['a type that is no text', { type: 3 }, 'invalid_type', 'type'],
    ['an unknown member of the session', realtime({ foo: 1 }), 'unknown_parameter', 'session.foo'],
    [
      'a member of the older dialect',
      realtime({ turn_detection: null }),
      'unknown_parameter',
      'session.turn_detection',
    ],
    ['no session', { type: 'session.update' }, 'missing_required_parameter', 'session'],
    [
      'no session type',
      { type: 'session.update', session: {} },
      'missing_required_parameter',
      'session.type',
    ],
    [
      'a rate below',
      input({ format: { type: 'audio/pcm', rate: 16_000 } }),
      'integer_below_min_value',
      'session.audio.input.format.rate',
    ],
    [
      'a rate above',
      input({ format: { type: 'audio/pcm', rate: 48_000 } }),
      'integer_above_max_value',
      'session.audio.input.format.rate',
    ],
    [
      'a rate of G.711',
      input({ format: { type: 'audio/pcmu', rate: 8_000 } }),
      'unknown_parameter',
      'session.audio.input.format.rate',
    ],
    [
      'a null where none belongs',
      input({ turn_detection: { type: 'server_vad', create_response: null } }),
      'invalid_type',
      'session.audio.input.turn_detection.create_response',
    ],
    [
      'an unknown turn detection',
      input({ turn_detection: { type: 'none' } }),
      'invalid_value',
      'session.audio.input.turn_detection.type',
    ],
    [
      'a wrong choice',
      input({ turn_detection: { type: 'semantic_vad', eagerness: 'very' } }),
      'invalid_value',
      'session.audio.input.turn_detection.eagerness',
    ],
    [
      'a description too long',
      realtime({ tools: [{ type: 'function', name: 'f', description: 'x'.repeat(1025) }] }),
      'string_above_max_length',
      'session.tools[0].description',
    ],
    [
      'a tool choice without name',
      realtime({ tool_choice: { type: 'function' } }),
      'missing_required_parameter',
      'session.tool_choice.name',
    ],
    [
      'too many tokens',
      realtime({ max_output_tokens: 5000 }),
      'integer_above_max_value',
      'session.max_output_tokens',
    ],
    [
      'two modalities',
      realtime({ output_modalities: ['audio', 'text'] }),
      'invalid_value',
      'session.output_modalities',
    ],
    [
      'a part without text',
      user({ type: 'input_text' }),
      'missing_required_parameter',
      'item.content[0].text',
    ],
    [
      'a part of the agent',
      user({ type: 'output_text', text: 'x' }),
      'invalid_value',
      'item.content[0].type',
    ],
    [
      'an id too long',
      create({ id: 'i'.repeat(33), type: 'function_call_output', call_id: 'c', output: '' }),
      'string_above_max_length',
      'item.id',
    ],
    [
      'an output that is no text',
      create({ type: 'function_call_output', call_id: 'c', output: { a: 1 } }),
      'invalid_type',
      'item.output',
    ],
    [
      'a fraction',
      { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: 1.5 },
      'invalid_type',
      'audio_end_ms',
    ],
    [
      'sound that is not base64',
      { type: 'input_audio_buffer.append', audio: '%%%' },
      'invalid_value',
      'audio',
    ],
    ['no sound', { type: 'input_audio_buffer.append' }, 'missing_required_parameter', 'audio'],
  ])('%s', (_name, event, code, param) => {
    const result = decodeClientEvent(JSON.stringify(event));
    expect(result).toMatchObject({
      ok: false,
      error: { type: 'invalid_request_error', code, param, event_id: null },
    });
  });

  it('names the supported values of a type', () => {
    expect(validateClientEvent({ type: 'nope' })).toMatchObject({
      error: {
        message: expect.stringMatching(/^Invalid value: 'nope'\. Supported values are: 'session\.update', /),
      },
    });
  });

  it('calls a frame that is not JSON invalid_json', () => {
    expect(decodeClientEvent('{')).toMatchObject({ ok: false, error: { code: 'invalid_json', param: null } });
  });

  it('names the event it refuses', () => {
    expect(validateClientEvent({ type: 'response.cancel', event_id: 'event_5', foo: 1 })).toMatchObject({
      error: { event_id: 'event_5' },
    });
  });

  it('counts undefined members of an object as absent', () => {
    expect(validateClientEvent({ type: 'response.cancel', response_id: undefined })).toMatchObject({
      ok: true,
    });
  });

  it('refuses what is not an object', () => {
    expect(validateClientEvent([])).toMatchObject({ ok: false, error: { code: 'invalid_type' } });
  });
});
