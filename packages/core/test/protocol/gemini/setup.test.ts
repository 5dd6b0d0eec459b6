import { describe, expect, test } from 'vitest';
import { capabilitiesOf } from '../../../src/config/provider-capabilities.ts';
import { ProviderConfigSchema } from '../../../src/config/provider-config.ts';
import { GeminiSchemaSchema, GeminiSetupSchema } from '../../../src/protocol/gemini/client-messages.ts';
import { toGeminiParameters } from '../../../src/protocol/gemini/function-schema.ts';
import { textInputOf, toGeminiSetup } from '../../../src/protocol/gemini/setup.ts';
import { addedUsage, toUsage } from '../../../src/protocol/gemini/usage.ts';
import type { SessionUpdate } from '../../../src/protocol/session-config.ts';

function parametersOf(property: object) {
  const schema = toGeminiParameters({ type: 'object', properties: { p: property as never } });
  expect(GeminiSchemaSchema.safeParse(schema).success).toBe(true);
  return schema?.properties?.['p'];
}

describe('parameters of functions', () => {
  test.each([
    [
      { type: 'string', description: 'd' },
      { type: 'STRING', description: 'd' },
    ],
    [{ type: ['string', 'null'] }, { type: 'STRING', nullable: true }],
    [
      { type: 'string', enum: ['a', 'b'] },
      { type: 'STRING', enum: ['a', 'b'] },
    ],
    [{ enum: ['a', null] }, { type: 'STRING', nullable: true, enum: ['a'] }],
    [{ const: 'a' }, { type: 'STRING', enum: ['a'] }],
    [
      { type: 'integer', enum: [1, 2] },
      { type: 'INTEGER', description: 'One of 1, 2.' },
    ],
    [
      { type: 'number', minimum: 0, maximum: 1, exclusiveMinimum: 0 },
      { type: 'NUMBER', minimum: 0, maximum: 1 },
    ],
    [
      { type: 'string', format: 'date-time' },
      { type: 'STRING', format: 'date-time' },
    ],
    [{ type: 'string', format: 'email' }, { type: 'STRING' }],
    [
      { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true },
      { type: 'ARRAY', items: { type: 'STRING' }, minItems: 1 },
    ],
    [{ type: 'array' }, { type: 'ARRAY', items: { type: 'STRING' } }],
    [
      {
        type: 'object',
        properties: { a: { type: 'boolean' } },
        required: ['a', 'z'],
        additionalProperties: false,
      },
      { type: 'OBJECT', properties: { a: { type: 'BOOLEAN' } }, required: ['a'] },
    ],
    [
      { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'd' },
      { type: 'STRING', nullable: true, description: 'd' },
    ],
    [
      { oneOf: [{ type: 'string' }, { type: 'integer' }] },
      { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] },
    ],
    [{ type: ['string', 'integer'] }, { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] }],
    [{}, { type: 'OBJECT' }],
  ])('%j', (property, expected) => {
    expect(parametersOf(property)).toEqual(expected);
  });

  test('references are put in their place, and endless ones end', () => {
    const schema = toGeminiParameters({
      type: 'object',
      properties: { head: { $ref: '#/$defs/node' } },
      $defs: {
        node: { type: 'object', properties: { value: { type: 'string' }, next: { $ref: '#/$defs/node' } } },
      },
    });
    expect(GeminiSchemaSchema.safeParse(schema).success).toBe(true);
    expect(schema?.properties?.['head']?.properties?.['next']?.properties?.['value']).toEqual({
      type: 'STRING',
    });
  });

  test.each([[undefined], [{ type: 'object', properties: {} }], [{ type: 'object' }]])(
    'none for a function without parameters: %j',
    (schema) => expect(toGeminiParameters(schema)).toBeUndefined(),
  );
});

describe('the setup', () => {
  const setupOf = (session: Partial<SessionUpdate>, options: object = {}) => {
    const setup = toGeminiSetup({ type: 'realtime', ...session }, { model: 'm', ...options });
    expect(GeminiSetupSchema.safeParse(setup).error).toBeUndefined();
    return setup;
  };
  const detection = (
    turn_detection: NonNullable<NonNullable<SessionUpdate['audio']>['input']>['turn_detection'],
  ) => setupOf({ audio: { input: { turn_detection } } }).realtimeInputConfig;

  test.each([
    [null, { automaticActivityDetection: { disabled: true } }],
    [
      { type: 'server_vad', threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 },
      { automaticActivityDetection: { prefixPaddingMs: 300, silenceDurationMs: 500 } },
    ],
    [
      { type: 'server_vad', threshold: 0.9, interrupt_response: false },
      {
        automaticActivityDetection: { startOfSpeechSensitivity: 'START_SENSITIVITY_LOW' },
        activityHandling: 'NO_INTERRUPTION',
      },
    ],
    [
      { type: 'server_vad', threshold: 0.1 },
      { automaticActivityDetection: { startOfSpeechSensitivity: 'START_SENSITIVITY_HIGH' } },
    ],
    [
      { type: 'semantic_vad', eagerness: 'low' },
      { automaticActivityDetection: { endOfSpeechSensitivity: 'END_SENSITIVITY_LOW' } },
    ],
    [
      { type: 'semantic_vad', eagerness: 'high' },
      { automaticActivityDetection: { endOfSpeechSensitivity: 'END_SENSITIVITY_HIGH' } },
    ],
    [{ type: 'semantic_vad', eagerness: 'auto' }, { automaticActivityDetection: {} }],
  ] as const)('finds turns by %j', (asked, expected) => expect(detection(asked)).toEqual(expected));

  test.each([
    [{}, { model: 'm' }, { model: 'models/m' }],
    [{}, { model: 'projects/p/m' }, { model: 'projects/p/m' }],
    [{ output_modalities: ['text'] }, {}, { generationConfig: { responseModalities: ['TEXT'] } }],
    [{ max_output_tokens: 'inf' }, {}, { generationConfig: { responseModalities: ['AUDIO'] } }],
    [
      { max_output_tokens: 100, temperature: 1 },
      {},
      { generationConfig: { maxOutputTokens: 100, temperature: 1 } },
    ],
    [
      { audio: { output: { voice: 'Kore' } } },
      { languageCode: 'de-DE' },
      {
        generationConfig: {
          speechConfig: {
            voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } },
            languageCode: 'de-DE',
          },
        },
      },
    ],
    [{ audio: { input: { transcription: { model: 'x' } } } }, {}, { inputAudioTranscription: {} }],
    [{}, {}, { contextWindowCompression: { slidingWindow: {} } }],
    [
      {
        truncation: {
          type: 'retention_ratio',
          retention_ratio: 0.5,
          token_limits: { post_instructions: 1000 },
        },
      },
      {},
      { contextWindowCompression: { triggerTokens: 1000, slidingWindow: { targetTokens: 500 } } },
    ],
    [
      {
        tools: [
          { type: 'function', name: 'f', description: 'd', parameters: { type: 'object', properties: {} } },
        ],
      },
      {},
      { tools: [{ functionDeclarations: [{ name: 'f', description: 'd' }] }] },
    ],
  ] as const)('of %j with %j', (session, options, expected) => {
    expect(setupOf(session as Partial<SessionUpdate>, options)).toMatchObject(expected);
  });

  test('leaves out voices that are not its own', () => {
    const setup = setupOf({ audio: { output: { voice: 'marin' } } });
    expect(setup.generationConfig).toEqual({ responseModalities: ['AUDIO'] });
  });

  test.each([
    [{ instructions: '' }, 'systemInstruction'],
    [{ output_modalities: ['text'] }, 'outputAudioTranscription'],
    [{ audio: { input: { transcription: null } } }, 'inputAudioTranscription'],
    [{ truncation: 'disabled' }, 'contextWindowCompression'],
    [{ tools: [{ type: 'function', name: 'f' }], tool_choice: 'none' }, 'tools'],
  ] as const)('of %j is without %s', (session, member) => {
    expect(setupOf(session as Partial<SessionUpdate>)).not.toHaveProperty(member);
  });

  test.each([
    ['gemini-2.5-flash-native-audio-preview-09-2025', 'client_content'],
    ['gemini-live-2.5-flash', 'client_content'],
    ['models/gemini-3.8-live', 'realtime_input'],
    ['gemini-12-live', 'realtime_input'],
    ['mine', 'client_content'],
  ])('gives typed words to %s as %s', (model, expected) => expect(textInputOf(model)).toBe(expected));
});

describe('usage', () => {
  test('counts by kind; thoughts are text, and what tools brought is input', () => {
    expect(
      toUsage({
        promptTokenCount: 10,
        toolUsePromptTokenCount: 2,
        cachedContentTokenCount: 4,
        responseTokenCount: 5,
        thoughtsTokenCount: 3,
        totalTokenCount: 20,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 6 },
          { modality: 'AUDIO', tokenCount: 4 },
        ],
        responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 5 }],
      }),
    ).toEqual({
      total_tokens: 20,
      input_tokens: 12,
      output_tokens: 8,
      input_token_details: { text_tokens: 6, audio_tokens: 4, cached_tokens: 4 },
      output_token_details: { text_tokens: 3, audio_tokens: 5 },
    });
  });

  test('of two turns is added member by member', () => {
    const one = toUsage({ promptTokenCount: 1, promptTokensDetails: [{ modality: 'TEXT', tokenCount: 1 }] });
    const two = toUsage({ promptTokenCount: 2, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 2 }] });
    expect(addedUsage(one, two)).toMatchObject({
      total_tokens: 3,
      input_token_details: { text_tokens: 1, audio_tokens: 2 },
    });
    expect(addedUsage(null, one)).toBe(one);
  });
});

test('what it does not do is told by its place', () => {
  const config = ProviderConfigSchema.parse({ type: 'gemini', api_key: 'k' });
  const { rejectsSettings, neverSends } = capabilitiesOf(config);
  expect(rejectsSettings).toEqual(expect.arrayContaining(['audio.output.speed', 'parallel_tool_calls']));
  expect(rejectsSettings).not.toContain('audio.input.turn_detection.silence_duration_ms');
  expect(neverSends).toContain('rate_limits.updated');
});
