// Everything an agent can say of its session, over real sockets to servers that refuse what they do not know.
import type { JsonValue } from '@antiphon/core';
import { createAntiphon } from '@antiphon/runtime';
import { type FakeDialect, FakeRealtimeServer, RealtimeServerModel } from '@antiphon/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const settings = `instructions: Help.
    prompt: { id: pmpt_1, version: "2", variables: { city: Rome } }
    voice: marin
    speed: 1.25
    output_modalities: [audio]
    input_audio_format: g711_ulaw
    output_audio_format: g711_alaw
    transcription: { model: whisper-1, language: en, languages: [en], keywords: [x], prompt: Names., delay: low }
    noise_reduction: { type: far_field, strength: 0.5 }
    turn_detection: { type: semantic_vad, eagerness: low, create_response: false, interrupt_response: false }
    tools: [current_time]
    tool_choice: { type: function, name: current_time }
    parallel_tool_calls: false
    temperature: 0.7
    max_output_tokens: 200
    reasoning: { effort: low }
    truncation: { type: retention_ratio, retention_ratio: 0.5, token_limits: { post_instructions: 8000 } }
    tracing: { workflow_name: desk, group_id: g1, metadata: { shop: main } }
    include: [item.input_audio_transcription.logprobs]`;
const silentVad = `turn_detection: { type: server_vad, idle_timeout_ms: null }`;

const azure = 'type: azure, endpoint: "HTTP_ORIGIN", deployment: d, api_key: k';
const providers: readonly (readonly [string, string, FakeDialect])[] = [
  ['openai', 'type: openai, base_url: "ORIGIN/v1", api_key: none', 'ga'],
  ['azure', azure, 'ga'],
  ['azure of 2024-10', `${azure}, api_version: 2024-10-01-preview`, { beta: '2024-10' }],
  ['azure of 2024-12', `${azure}, api_version: 2024-12-17`, { beta: '2024-12' }],
  ['azure of 2025-04', `${azure}, api_version: 2025-04-01-preview`, { beta: '2025-04' }],
  ['azure_voice_live', 'type: azure_voice_live, endpoint: "HTTP_ORIGIN", api_key: k', 'beta'],
  ['openai_compatible', 'type: openai_compatible, base_url: "ORIGIN/v1"', 'ga'],
  [
    'openai_compatible that lacks much',
    'type: openai_compatible, base_url: "ORIGIN/v1", dialect: beta, capabilities: { rejects_settings: [prompt, temperature, audio.input.turn_detection, audio.input.transcription.prompt, audio.output.format] }',
    'beta',
  ],
];
const table = providers.flatMap(([name, provider, dialect]) =>
  [settings, silentVad].map((lines) => [name, lines.slice(0, 20), provider, dialect, lines] as const),
);

function nullsIn(value: JsonValue | undefined, path = ''): readonly string[] {
  if (value === null) return [path];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, member]) => nullsIn(member as JsonValue, `${path}.${name}`));
}

describe('the settings of an agent', () => {
  it.each(table)(
    'are taken by a strict server: %s, %s …',
    async (_name, _lines, provider, dialect, lines) => {
      const server = await FakeRealtimeServer.start({ dialect });
      const model = new RealtimeServerModel();
      server.onConnection(model.script);
      const antiphon = await createAntiphon({
        config: {
          file: 'agents.yaml',
          text: `version: 1
plugins: ["@antiphon/tools/clock"]
providers: { p: { ${provider.replace('HTTP_ORIGIN', server.origin.replace('ws', 'http')).replace('ORIGIN', server.origin)} } }
agents:
  a:
    provider: p
    ${lines}
`,
        },
        env: {},
      });
      onTestFinished(async () => {
        await antiphon.close();
        await server.close();
      });
      const session = await antiphon.startSession();
      await session.close({ mode: 'cancel' });
      const [peer] = server.peers;
      expect(peer?.refused).toEqual([]);
      const [update] = peer?.received ?? [];
      expect(update).toMatchObject({ type: 'session.update' });
      expect(
        nullsIn(update as unknown as JsonValue).filter(
          (path) => !/(?:turn_detection|transcription|noise_reduction)$/.test(path),
        ),
      ).toEqual([]);
    },
  );
});
