import { describe, expect, test } from 'vitest';
import type { AgentConfig } from '../../src/config/agent-config.ts';
import { capabilitiesOf } from '../../src/config/provider-capabilities.ts';
import { type ProviderConfig, ProviderConfigSchema } from '../../src/config/provider-config.ts';
import { unhonouredSettings } from '../../src/config/settings-coverage.ts';
import { wireSessionOf, wireSettings } from '../../src/config/wire-settings.ts';
import type { JsonObject, JsonValue } from '../../src/json.ts';
import type { WireDialect } from '../../src/ports/wire-dialect.ts';
import { createBetaDialect } from '../../src/protocol/beta/beta-dialect.ts';
import { validateBetaClientEvent } from '../../src/protocol/beta/client-in.ts';
import type { BetaVintage } from '../../src/protocol/beta/vintage.ts';
import { createVoiceLiveDialect } from '../../src/protocol/beta/voice-live-dialect.ts';
import type { ClientEvent } from '../../src/protocol/client-events.ts';
import { type ClientEventResult, validateClientEvent } from '../../src/protocol/client-validation.ts';
import { gaDialect } from '../../src/protocol/ga-dialect.ts';
import { limitDialect } from '../../src/protocol/limited-dialect.ts';
import { settingPaths } from '../../src/protocol/setting-paths.ts';
import { agentWith, leavesOf, settingSamples } from './setting-samples.ts';

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
const voiceLive = { type: 'azure_voice_live', endpoint: 'https://a.example' };
const rejects_settings = ['tool_choice', 'audio.input.format', 'audio.input.turn_detection.semantic_vad'];
const compatible = {
  type: 'openai_compatible',
  base_url: 'ws://a.example',
  capabilities: { rejects_settings },
};
const early = {
  ...compatible,
  dialect: 'beta',
  capabilities: {
    rejects_settings: [
      'temperature',
      'prompt',
      'audio.output.speed',
      'audio.input.turn_detection',
      'audio.input.transcription',
    ],
  },
};

function limited(dialect: WireDialect, entry: object, read: StrictServer['read']): StrictServer {
  const capabilities = capabilitiesOf(ProviderConfigSchema.parse(entry));
  return { dialect: limitDialect(dialect, capabilities), read };
}

const servers: readonly (readonly [string, object, StrictServer])[] = [
  ['openai', { type: 'openai' }, ga],
  ['azure', azure, ga],
  ['azure of 2024-10', { ...azure, api_version: '2024-10-01-preview' }, beta('2024-10')],
  ['azure of 2024-12', { ...azure, api_version: '2024-12-17' }, beta('2024-12')],
  ['azure of 2025-04', { ...azure, api_version: '2025-04-01-preview' }, beta('2025-04')],
  ['azure_voice_live', voiceLive, { ...beta('2025-04'), dialect: createVoiceLiveDialect() }],
  ['openai_compatible', compatible, limited(gaDialect, compatible, validateClientEvent)],
  ['openai_compatible of the beta dialect', early, limited(createBetaDialect(), early, beta('2025-04').read)],
];
const table = servers.flatMap(([name, entry, server]) =>
  settingSamples.map((lines) => [lines, name, ProviderConfigSchema.parse(entry), server] as const),
);

/** What a server is sent and what it makes of it, in the GA dialect with the one setting that it has no place for. */
function exchange(agent: AgentConfig, { dialect, read }: StrictServer) {
  const event: ClientEvent = { type: 'session.update', session: wireSessionOf(agent) };
  const [frame = ''] = dialect.send(event).frames ?? [];
  const sent = JSON.parse(frame) as JsonObject & { session: JsonObject };
  return { sent, result: read(sent) };
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
      settingSamples.flatMap((lines) => leavesOf(asJson(agentWith(lines))).map(([path]) => path)),
    );
    const isProbed = (path: string) =>
      path === 'tools' || [...probed].some((each) => each === path || each.startsWith(`${path}.`));
    const kinds = ['audio.input.turn_detection.semantic_vad', 'tools.mcp'];
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
