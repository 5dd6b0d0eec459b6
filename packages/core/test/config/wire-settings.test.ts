import { describe, expect, test } from 'vitest';
import type { AgentConfig } from '../../src/config/agent-config.ts';
import { parseAgentsFile } from '../../src/config/parse-agents-file.ts';
import { type ProviderConfig, ProviderConfigSchema } from '../../src/config/provider-config.ts';
import { unhonouredSettings } from '../../src/config/settings-coverage.ts';
import { wireSessionOf, wireSettings } from '../../src/config/wire-settings.ts';
import type { JsonObject, JsonValue } from '../../src/json.ts';
import type { WireDialect } from '../../src/ports/wire-dialect.ts';
import { createBetaDialect } from '../../src/protocol/beta/beta-dialect.ts';
import { validateBetaClientEvent } from '../../src/protocol/beta/client-in.ts';
import type { BetaVintage } from '../../src/protocol/beta/vintage.ts';
import type { ClientEvent } from '../../src/protocol/client-events.ts';
import { type ClientEventResult, validateClientEvent } from '../../src/protocol/client-validation.ts';
import { gaDialect } from '../../src/protocol/ga-dialect.ts';
import { settingPaths } from '../../src/protocol/setting-paths.ts';
import { isJsonObject } from '../../src/protocol/tolerant.ts';

/** Lines of an agent: every key that becomes a setting, with every member and kind of value. */
const agents: readonly string[] = [
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

function agentWith(lines: string): AgentConfig {
  const agent = lines === '{}' ? '{}' : `\n    ${lines}`;
  const parsed = parseAgentsFile(`version: 1\nagents:\n  a: ${agent}\n`, { file: 'agents.yaml', env: {} });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  return parsed.value.agents['a'] as AgentConfig;
}

/** A server of a dialect, as strict as the service. */
interface StrictServer {
  readonly dialect: WireDialect;
  readonly read: (frame: JsonObject) => ClientEventResult;
}

const ga: StrictServer = { dialect: gaDialect, read: validateClientEvent };
const beta = (vintage: BetaVintage): StrictServer => ({
  dialect: createBetaDialect(vintage),
  read: (frame) => validateBetaClientEvent(frame, vintage),
});

const azure = { type: 'azure', endpoint: 'https://a.example', deployment: 'd' };
const servers: readonly (readonly [string, object, StrictServer])[] = [
  ['openai', { type: 'openai' }, ga],
  ['azure', azure, ga],
  ['azure of 2024-10', { ...azure, api_version: '2024-10-01-preview' }, beta('2024-10')],
  ['azure of 2024-12', { ...azure, api_version: '2024-12-17' }, beta('2024-12')],
  ['azure of 2025-04', { ...azure, api_version: '2025-04-01-preview' }, beta('2025-04')],
];
const table = servers.flatMap(([name, entry, server]) =>
  agents.map((lines) => [lines, name, ProviderConfigSchema.parse(entry), server] as const),
);

/** What a server is sent and what it makes of it, in the GA dialect with the one setting that it has no place for. */
function exchange(agent: AgentConfig, { dialect, read }: StrictServer) {
  const event: ClientEvent = { type: 'session.update', session: wireSessionOf(agent) };
  const [frame = ''] = dialect.send(event).frames ?? [];
  const sent = JSON.parse(frame) as JsonObject & { session: JsonObject };
  return { sent, result: read(sent) };
}

/** The values that are no objects, by their path; lists are values. */
function leavesOf(value: JsonValue | undefined, path = ''): readonly (readonly [string, string])[] {
  if (!isJsonObject(value)) return value === undefined ? [] : [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, member]) =>
    leavesOf(member, path === '' ? name : `${path}.${name}`),
  );
}

describe('the session object of an agent', () => {
  test.each(table)('with %j is taken by a strict server: %s', (lines, _, _config, server) => {
    const { sent, result } = exchange(agentWith(lines), server);
    expect(result).toMatchObject({ ok: true });
    const nulls = leavesOf(sent).flatMap(([path, value]) => (value === 'null' ? [path] : []));
    const meaningful = /(?:turn_detection|transcription|noise_reduction)$/;
    expect(nulls.filter((path) => !meaningful.test(path))).toEqual([]);
  });

  test('leaves out what the file leaves open', () => {
    expect(exchange(agentWith('{}'), ga).sent).toEqual({
      type: 'session.update',
      session: {
        type: 'realtime',
        audio: {
          input: {
            transcription: { model: 'gpt-4o-mini-transcribe' },
            turn_detection: {
              type: 'server_vad',
              threshold: 0.5,
              prefix_padding_ms: 300,
              silence_duration_ms: 500,
            },
          },
        },
      },
    });
  });

  test('has a probe for every setting that there is', () => {
    const probed = new Set<string>(
      agents.flatMap((lines) => leavesOf(asJson(agentWith(lines))).map(([path]) => path)),
    );
    const isProbed = (path: string) =>
      path === 'tools' || [...probed].some((each) => each === path || each.startsWith(`${path}.`));
    const kinds = ['audio.input.turn_detection.semantic_vad'];
    expect(settingPaths.filter((path) => !isProbed(path) && !kinds.includes(path))).toEqual([]);
    expect(wireSettings.filter(({ path }) => !isProbed(path))).toEqual([]);
  });
});

function asJson(agent: AgentConfig): JsonValue {
  return wireSessionOf(agent) as unknown as JsonValue;
}

describe('a setting is either on the wire or told to be without effect', () => {
  test.each(table)('%j, %s', (lines, _, config: ProviderConfig, server) => {
    const agent = agentWith(lines);
    const { sent, result } = exchange(agent, server);
    if (!result.ok || result.event.type !== 'session.update') throw new Error('refused');
    const { temperature } = sent.session;
    const understood = new Map(
      leavesOf({
        ...(result.event.session as unknown as JsonObject),
        ...(temperature !== undefined && { temperature }),
      }),
    );
    const lost = leavesOf(asJson(agent)).filter(([path, value]) => understood.get(path) !== value);
    const told = unhonouredSettings(agent, config).map(({ setting }) =>
      setting.replace('turn_detection.semantic_vad', 'turn_detection.type'),
    );
    const isWithin = (path: string, parent: string) => path === parent || path.startsWith(`${parent}.`);
    const defaults = wireSettings.filter(
      ({ path, serverDefault }) => JSON.stringify(serverDefault) === JSON.stringify(statedAt(agent, path)),
    );
    expect({
      lostInSilence: lost
        .map(([path]) => path)
        .filter((path) => !told.some((each) => isWithin(path, each)))
        .filter((path) => !defaults.some((each) => isWithin(path, each.path))),
      toldForNothing: told.filter((each) => !lost.some(([path]) => isWithin(path, each))),
    }).toEqual({ lostInSilence: [], toldForNothing: [] });
  });
});

function statedAt(agent: AgentConfig, path: string): JsonValue | undefined {
  return wireSettings.find((setting) => setting.path === path)?.value(agent);
}
