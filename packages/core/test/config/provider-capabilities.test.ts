import { describe, expect, test } from 'vitest';
import { capabilitiesOf } from '../../src/config/provider-capabilities.ts';
import { ProviderConfigSchema } from '../../src/config/provider-config.ts';

function capabilities(entry: object) {
  return capabilitiesOf(ProviderConfigSchema.parse(entry));
}

const azure = { type: 'azure', endpoint: 'https://a.example', deployment: 'd' };
const compatible = { type: 'openai_compatible', base_url: 'ws://127.0.0.1:9000/v1' };

describe('the capabilities of a provider', () => {
  test.each([
    ['openai', { type: 'openai' }, [], ['temperature']],
    ['azure', azure, [], ['temperature']],
    [
      'azure of 2025',
      { ...azure, api_version: '2025-04-01-preview' },
      ['temperature', 'audio.output.speed', 'audio.input.turn_detection.interrupt_response'],
      ['truncation', 'reasoning', 'audio.input.turn_detection.idle_timeout_ms'],
    ],
    [
      'azure of December 2024',
      { ...azure, api_version: '2024-12-17' },
      ['audio.input.turn_detection.create_response'],
      ['audio.output.speed', 'audio.input.turn_detection.semantic_vad', 'audio.input.noise_reduction'],
    ],
    [
      'azure of October 2024',
      { ...azure, api_version: '2024-10-01-preview' },
      ['temperature'],
      ['audio.input.turn_detection.create_response', 'prompt'],
    ],
    [
      'azure voice live',
      { type: 'azure_voice_live', endpoint: 'https://a.example' },
      ['temperature', 'include', 'audio.input.noise_reduction'],
      ['audio.output.speed', 'tracing', 'prompt'],
    ],
    ['a compatible server', compatible, ['audio.output.speed'], ['temperature']],
    [
      'a compatible server of the beta dialect',
      { ...compatible, dialect: 'beta' },
      ['temperature'],
      ['truncation'],
    ],
  ])('of %s', (_, entry, takes, rejects) => {
    const { rejectsSettings } = capabilities(entry);
    for (const path of takes) expect(rejectsSettings).not.toContain(path);
    expect(rejectsSettings).toEqual(expect.arrayContaining(rejects));
  });

  test('of a compatible server are those it declares and those of its dialect', () => {
    const declared = {
      rejects_settings: ['audio.output.speed', 'temperature'],
      rejects_events: ['conversation.item.truncate'],
      never_sends: ['session.created'],
    };
    expect(capabilities({ ...compatible, capabilities: declared })).toEqual({
      rejectsSettings: ['temperature', 'audio.output.speed'],
      rejectsEvents: ['output_audio_buffer.clear', 'conversation.item.truncate'],
      neverSends: [
        'output_audio_buffer.started',
        'output_audio_buffer.stopped',
        'output_audio_buffer.cleared',
        'session.created',
      ],
    });
  });
});
