import { describe, expect, test } from 'vitest';
import { parseAgentsFile } from '../../src/config/parse-agents-file.ts';

const providers = `providers:
  openai: { type: openai, api_key: k }
  azure: { type: azure, endpoint: "https://a.example", deployment: d, api_key: k }
  old: { type: azure, endpoint: "https://a.example", deployment: d, api_key: k, api_version: 2024-10-01-preview }
  middle: { type: azure, endpoint: "https://a.example", deployment: d, api_key: k, api_version: 2024-12-17 }
  late: { type: azure, endpoint: "https://a.example", deployment: d, api_key: k, api_version: 2025-04-01-preview }
  mine: { type: openai_compatible, base_url: "ws://127.0.0.1:9000/v1", capabilities: { rejects_settings: [audio.output.speed, audio.input.turn_detection, tool_choice, audio.input.format] } }
`;

/** Warnings as `line:column code message`. */
function warningsOf(agents: string, usedProviders?: readonly string[], more = ''): readonly string[] {
  const text = `version: 1\ndefault_agent: a\n${providers}${more}agents:\n${agents}`;
  const file = 'agents.yaml';
  const parsed = parseAgentsFile(text, { file, env: {}, ...(usedProviders && { usedProviders }) });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  return parsed.warnings.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);
}

/** The first agent stands in line 11, its first key in line 12. */
function ofAgent(provider: string, line: string): readonly string[] {
  return warningsOf(
    `  a:\n    ${line}\n    provider: ${provider}\n    transcription: { model: whisper-1 }\n`,
  );
}

describe('a setting that the provider does not honour', () => {
  test.each([
    ['openai', 'temperature: 0.8', '12:5', 'temperature', 'the GA dialect has no such setting'],
    ['azure', 'temperature: 0.8', '12:5', 'temperature', 'the GA dialect has no such setting'],
    [
      'old',
      'voice: { id: voice_1 }',
      '12:14',
      'voice.id',
      'servers of api_version 2024-10-01-preview do not know it, so another voice speaks',
    ],
    [
      'late',
      'voice: { id: voice_1 }',
      '12:14',
      'voice.id',
      'servers of api_version 2025-04-01-preview do not know it, so another voice speaks',
    ],
    [
      'old',
      'voice: marin',
      '12:5',
      'voice',
      'servers of api_version 2024-10-01-preview do not know this voice, so another speaks',
    ],
    ['old', 'tracing: auto', '12:5', 'tracing', 'servers of api_version 2024-10-01-preview do not know it'],
    [
      'old',
      'prompt: { id: p }',
      '12:5',
      'prompt',
      'servers of api_version 2024-10-01-preview do not know it',
    ],
    [
      'old',
      'noise_reduction: { type: near_field }',
      '12:5',
      'noise_reduction',
      'servers of api_version 2024-10-01-preview do not know it',
    ],
    [
      'late',
      'noise_reduction: { type: near_field, strength: 0.5 }',
      '12:42',
      'noise_reduction.strength',
      'servers of api_version 2025-04-01-preview do not know it',
    ],
    [
      'old',
      'turn_detection: { type: semantic_vad }',
      '12:23',
      'turn_detection.type',
      'servers of api_version 2024-10-01-preview do not know it, so silence ends the turn',
    ],
    [
      'old',
      'turn_detection: { type: server_vad, create_response: false }',
      '12:41',
      'turn_detection.create_response',
      'servers of api_version 2024-10-01-preview do not know it, so the server answers by itself',
    ],
    [
      'middle',
      'turn_detection: { type: server_vad, interrupt_response: false }',
      '12:41',
      'turn_detection.interrupt_response',
      'servers of api_version 2024-12-17 do not know it, so speech of the user cuts answers short',
    ],
    [
      'late',
      'turn_detection: { type: server_vad, idle_timeout_ms: 9000 }',
      '12:41',
      'turn_detection.idle_timeout_ms',
      'servers of api_version 2025-04-01-preview do not know it',
    ],
    [
      'late',
      'truncation: disabled',
      '12:5',
      'truncation',
      'servers of api_version 2025-04-01-preview do not know it',
    ],
    ['mine', 'speed: 1.2', '12:5', 'speed', 'it stands in the rejects_settings of the provider'],
    [
      'mine',
      'turn_detection: null',
      '12:5',
      'turn_detection',
      'it stands in the rejects_settings of the provider, so the server finds turns in its own way',
    ],
    ['mine', 'tool_choice: none', '12:5', 'tool_choice', 'it stands in the rejects_settings of the provider'],
    [
      'mine',
      'input_audio_format: g711_ulaw',
      '12:5',
      'input_audio_format',
      'it stands in the rejects_settings of the provider, so pcm16 is used',
    ],
    ['mine', 'temperature: 0.8', '12:5', 'temperature', 'the GA dialect has no such setting'],
  ])('%s: %s', (provider, line, place, setting, reason) => {
    expect(ofAgent(provider, line)).toEqual([
      `${place} config.setting_not_honoured agents.a.${setting} has no effect with provider "${provider}" (${reason})`,
    ]);
  });

  test.each([
    ['reasoning: { effort: low }', 'reasoning'],
    ['temperature: 0.8', 'temperature'],
    ['truncation: disabled', 'truncation'],
    ['parallel_tool_calls: false', 'parallel_tool_calls'],
  ])('the offline engine: %s', (line, setting) => {
    expect(warningsOf(`  a: { ${line} }\n`)).toEqual([
      `11:8 config.setting_not_honoured agents.a.${setting} has no effect with provider "local" (the offline engine does not act on it)`,
    ]);
  });

  test.each([
    ['late', 'temperature: 0.8'],
    ['late', 'voice: marin'],
    ['old', 'voice: sage'],
    ['openai', 'voice: { id: voice_1 }'],
    ['middle', 'turn_detection: { type: server_vad, create_response: false }'],
    ['old', 'turn_detection: { type: server_vad, create_response: true, idle_timeout_ms: null }'],
    ['old', 'noise_reduction: null'],
    ['late', 'truncation: auto'],
    ['mine', 'tool_choice: auto'],
    ['local', 'output_audio_format: g711_alaw'],
  ])('is none: %s: %s', (provider, line) => {
    const lines = `  a:\n    provider: ${provider}\n    ${line}\n`;
    expect(warningsOf(lines)).toEqual([]);
  });

  test.each([
    ['marin', ['servers of api_version 2024-10-01-preview do not know this voice, so another speaks']],
    ['sage', []],
  ])('voice %s of an early server for all its agents', (voice, reasons) => {
    const early = `  early: { type: azure, endpoint: "https://a.example", deployment: d, api_key: k, api_version: 2024-10-01-preview, voice: ${voice} }\n`;
    const agents = '  a: { provider: early }\n  b: { provider: early }\n';
    expect(warningsOf(agents, undefined, early).filter((line) => line.includes('voice'))).toEqual(
      reasons.map(
        (reason) =>
          `10:116 config.setting_not_honoured providers.early.voice has no effect with the provider (${reason})`,
      ),
    );
    const voiced = '  a: { provider: early, voice: sage }\n';
    expect(warningsOf(voiced, undefined, early).filter((line) => line.includes('voice'))).toEqual([]);
  });

  test.each([
    ['voice: marin', 'voice', 'it is a voice of OpenAI, so the model speaks with its own'],
    ['tool_choice: required', 'tool_choice', 'the service cannot be made to call a tool'],
    ['speed: 1.2', 'speed', 'the service does not know it'],
  ])('Gemini: %s', (line, setting, reason) => {
    const agents = `  a: { ${line}, provider: google }\n`;
    const google = '  google: { type: gemini, api_key: k }\n';
    expect(warningsOf(agents, undefined, google)).toEqual([
      `12:8 config.setting_not_honoured agents.a.${setting} has no effect with provider "google" (${reason})`,
    ]);
    expect(
      warningsOf('  a: { voice: Kore, tool_choice: none, provider: google }\n', undefined, google),
    ).toEqual([]);
  });

  test('is told once for all providers of a list', () => {
    expect(ofAgent('[openai, late, local]', 'temperature: 0.8')).toEqual([
      '12:5 config.setting_not_honoured agents.a.temperature has no effect with provider "openai" (the GA dialect has no such setting) and provider "local" (the offline engine does not act on it)',
      '14:22 config.setting_not_honoured agents.a.transcription.model has no effect with provider "local" (the offline engine does not act on it)',
    ]);
  });

  test('is held against the provider of the command line, where there is one', () => {
    const agents = '  a: { provider: late, temperature: 0.8 }\n';
    expect(warningsOf(agents)).toEqual([]);
    expect(warningsOf(agents, ['openai'])).toEqual([
      '11:24 config.setting_not_honoured agents.a.temperature has no effect with provider "openai" (the GA dialect has no such setting)',
    ]);
  });

  test('is held against the provider of agents that hand over, in any number of steps', () => {
    const agents = `  a: { provider: openai, handoffs: [b] }
  b: { provider: openai, handoffs: [c] }
  c: { provider: openai, temperature: 0.8 }
  d: { provider: old, transcription: { model: whisper-1 }, handoffs: [c] }
`;
    expect(warningsOf(agents)).toEqual([
      '13:8 config.handoff_keeps agents.c.provider does not hold in conversations that were begun by "d" and handed over',
      '13:26 config.setting_not_honoured agents.c.temperature has no effect with provider "openai" (the GA dialect has no such setting)',
    ]);
  });
});

describe('what a conversation keeps of its first agent', () => {
  test('is told where the next one has something else', () => {
    const agents = `  a:
    handoffs: [b]
    limits: { tokens: 5 }
  b:
    handoffs: [a]
    provider: openai
    limits: { tokens: 6 }
    fallback: Oh.
    output_audio_format: g711_ulaw
`;
    const told = (key: string, starter: string) =>
      `config.handoff_keeps ${key} does not hold in conversations that were begun by "${starter}" and handed over`;
    expect(warningsOf(agents)).toEqual([
      `16:5 ${told('agents.b.provider', 'a')}`,
      `17:5 ${told('agents.b.limits', 'a')}`,
      `18:5 ${told('agents.b.fallback', 'a')}`,
      `19:5 ${told('agents.b.output_audio_format', 'a')}`,
    ]);
  });

  test('is not told where both say the same, or the next one nothing', () => {
    const agents = `  a: { handoffs: [b], provider: [local], limits: { tokens: 5, tool_calls: 2 }, input_audio_format: pcm16 }
  b: { provider: local, limits: { tool_calls: 2, tokens: 5 } }
`;
    expect(warningsOf(agents)).toEqual([]);
    expect(warningsOf('  a: { handoffs: [b], limits: { tokens: 5 } }\n  b: {}\n')).toEqual([]);
  });
});

describe('a transcription on Azure', () => {
  test('wants the name of a deployment', () => {
    const message =
      'config.transcription_deployment agent "a" names no transcription model, and provider "azure" wants the name of a deployment: "gpt-4o-mini-transcribe" is tried';
    expect(warningsOf('  a: { provider: azure }\n')).toEqual([`11:3 ${message}`]);
    expect(warningsOf('  a: { provider: azure, transcription: { language: de } }\n')).toEqual([
      `11:25 ${message}`,
    ]);
    expect(warningsOf('  a: { provider: azure, transcription: null }\n')).toEqual([]);
    expect(warningsOf('  a: { provider: late }\n')).toEqual([]);
  });
});
