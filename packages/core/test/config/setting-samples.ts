import type { AgentConfig } from '../../src/config/agent-config.ts';
import { parseAgentsFile } from '../../src/config/parse-agents-file.ts';
import type { JsonValue } from '../../src/json.ts';
import { isJsonObject } from '../../src/protocol/tolerant.ts';

/** Lines of an agent: every key that becomes a setting, with every member and kind of value. */
export const settingSamples: readonly string[] = [
  '{}',
  'instructions: ""',
  'instructions: You help.',
  'voice: marin',
  'voice: { id: voice_1 }',
  'speed: 1.25',
  'output_modalities: [audio]',
  'output_modalities: [text]',
  'input_audio_format: pcm16',
  'input_audio_format: g711_ulaw',
  'input_audio_format: g711_alaw',
  'output_audio_format: pcm16',
  'output_audio_format: g711_ulaw',
  'output_audio_format: g711_alaw',
  'transcription: null',
  'transcription: {}',
  'transcription: { model: whisper-1 }',
  'transcription: { model: gpt-transcribe, language: en, languages: [en, de], keywords: [Antiphon], prompt: Names., delay: low }',
  'noise_reduction: null',
  'noise_reduction: { type: near_field }',
  'noise_reduction: { type: far_field, strength: 0.5 }',
  'turn_detection: null',
  'turn_detection: { type: none }',
  'turn_detection: { type: local_vad }',
  'turn_detection: { type: push_to_talk }',
  'turn_detection: { type: server_vad }',
  'turn_detection: { type: server_vad, idle_timeout_ms: null }',
  'turn_detection: { type: server_vad, threshold: 0.9, prefix_padding_ms: 100, silence_duration_ms: 700, idle_timeout_ms: 6000, create_response: false, interrupt_response: false }',
  'turn_detection: { type: semantic_vad }',
  'turn_detection: { type: semantic_vad, eagerness: low, create_response: false, interrupt_response: false }',
  'tool_choice: auto',
  'tool_choice: none',
  'tool_choice: required',
  'tool_choice: { type: function, name: look }',
  'parallel_tool_calls: false',
  'temperature: 0.7',
  'max_output_tokens: 200',
  'max_output_tokens: inf',
  'reasoning: { effort: low }',
  'truncation: auto',
  'truncation: disabled',
  'truncation: { type: retention_ratio, retention_ratio: 0.5, token_limits: { post_instructions: 8000 } }',
  'tracing: auto',
  'tracing: { workflow_name: desk, group_id: g1, metadata: { shop: main, floor: 2 } }',
  'prompt: { id: pmpt_1 }',
  'prompt: { id: pmpt_1, version: "2", variables: { city: Rome, picture: { type: input_text, text: x } } }',
  'include: [item.input_audio_transcription.logprobs]',
  'include: []',
];

/** The checked agent of a file that says this of it. */
export function agentWith(lines: string): AgentConfig {
  const agent = lines === '{}' ? '{}' : `\n    ${lines}`;
  const parsed = parseAgentsFile(`version: 1\nagents:\n  a: ${agent}\n`, { file: 'agents.yaml', env: {} });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  return parsed.value.agents['a'] as AgentConfig;
}

/** The values that are no objects, by their path; lists are values. */
export function leavesOf(value: JsonValue | undefined, path = ''): readonly (readonly [string, string])[] {
  if (!isJsonObject(value)) return value === undefined ? [] : [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, member]) =>
    leavesOf(member, path === '' ? name : `${path}.${name}`),
  );
}
