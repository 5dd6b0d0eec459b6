import type { Provider, ServerEvent } from '@antiphon/core';
import { createAntiphon } from '@antiphon/runtime';
import { FakeRealtimeServer, type PeerScript } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { betaProvider } from './support/beta-provider.ts';

const agentFile = `version: 1
default_agent: concierge
providers:
  mine: { type: openai, base_url: "\${URL}", model: any, voice: alloy }
plugins: ["@antiphon/tools/clock"]
tools:
  get_weather:
    description: Weather.
    parameters: { city: { type: string } }
    http: { url: "https://example.com/" }
agents:
  concierge:
    provider: mine
    tools: [current_time, get_weather]
    handoffs: [night]
    turn_detection:
      type: server_vad
      threshold: 0.5
    speed: 1.2
  night:
    speed: 0.8
`;

interface Refusal {
  readonly code?: string;
  readonly message?: string;
  readonly param?: string | null;
}

/** A server that refuses the settings of the first or of a later `session.update`. */
function refusing(
  { code = 'invalid_value', message = 'No.', param = null }: Refusal,
  updates = 1,
): PeerScript {
  return async (peer) => {
    peer.send({ type: 'session.created', session: { id: 's', type: 'realtime' } } as ServerEvent);
    for (let left = updates; left > 1; left -= 1) {
      await peer.expect('session.update');
      peer.send({ type: 'session.updated', session: { id: 's', type: 'realtime' } } as ServerEvent);
    }
    const { event_id = null } = await peer.expect('session.update');
    peer.send({ type: 'error', error: { type: 'invalid_request_error', code, message, param, event_id } });
    await peer.closed;
  };
}

let server: FakeRealtimeServer;
beforeEach(async () => {
  server = await FakeRealtimeServer.start();
});
afterEach(() => server.close());

async function start(providers: Readonly<Record<string, Provider>> = {}) {
  const antiphon = await createAntiphon({
    config: { file: 'agents.yaml', text: agentFile },
    env: { URL: server.url },
    providers,
  });
  onTestFinished(() => antiphon.close());
  return antiphon.startSession();
}

const failure = (message: string) => ({
  code: 'provider.session_refused',
  exitCode: 3,
  message: `provider "mine" refused the settings of the agent: ${message}`,
});
const sent =
  'providers.mine.voice at agents.yaml:4:57, agents.concierge.transcription.model at agents.yaml:12:3, ' +
  'agents.concierge.turn_detection.type at agents.yaml:17:7, ' +
  'agents.concierge.turn_detection.threshold at agents.yaml:18:7, ' +
  'agents.concierge.turn_detection.prefix_padding_ms at agents.yaml:16:5, ' +
  'agents.concierge.turn_detection.silence_duration_ms at agents.yaml:16:5, ' +
  'agents.concierge.speed at agents.yaml:19:5, the tool "current_time", tools.get_weather at agents.yaml:7:3, ' +
  'the tool "transfer_to_night"';

describe('a server that refuses the settings of an agent', () => {
  it.each<[string, Refusal, string]>([
    [
      'with their place',
      { param: 'session.audio.input.turn_detection.threshold' },
      'invalid_value: No. (agents.concierge.turn_detection.threshold at agents.yaml:18:7; on the wire session.audio.input.turn_detection.threshold)',
    ],
    [
      'with the place of a setting that the file leaves open',
      { param: 'session.audio.input.turn_detection.silence_duration_ms' },
      'invalid_value: No. (agents.concierge.turn_detection.silence_duration_ms at agents.yaml:16:5; on the wire session.audio.input.turn_detection.silence_duration_ms)',
    ],
    [
      'with the voice of the provider',
      { param: 'session.audio.output.voice' },
      'invalid_value: No. (providers.mine.voice at agents.yaml:4:57; on the wire session.audio.output.voice)',
    ],
    [
      'with a part of a tool',
      { code: 'string_above_max_length', param: 'session.tools[1].description' },
      'string_above_max_length: No. (tools.get_weather at agents.yaml:7:3; on the wire session.tools[1].description)',
    ],
    [
      'with a part of a tool of a plugin',
      { param: 'session.tools[0].parameters.type' },
      'invalid_value: No. (the tool "current_time"; on the wire session.tools[0].parameters.type)',
    ],
    [
      'in words alone',
      { code: 'unknown_parameter', message: "Unknown parameter: 'session.audio.output.speed'." },
      "unknown_parameter: Unknown parameter: 'session.audio.output.speed'. (agents.concierge.speed at agents.yaml:19:5; on the wire session.audio.output.speed)",
    ],
    ['with a place that is in no file', { param: 'session.type' }, 'invalid_value: No. (session.type)'],
    [
      'without a place',
      { code: 'unknown_parameter', message: 'Unknown parameter.' },
      `unknown_parameter: Unknown parameter. (it names no setting; what was sent: ${sent})`,
    ],
  ])('%s', async (_, refusal, message) => {
    server.onConnection(refusing(refusal));
    const error = await start().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(failure(message));
  });

  it.each<[string, Refusal, string]>([
    [
      'with their place',
      { param: 'session.audio.input.turn_detection.threshold' },
      'invalid_value: No. (agents.concierge.turn_detection.threshold at agents.yaml:18:7; on the wire session.audio.input.turn_detection.threshold)',
    ],
    [
      'in words alone',
      { code: 'unknown_parameter', message: "Unknown parameter: 'session.turn_detection.threshold'." },
      "unknown_parameter: Unknown parameter: 'session.turn_detection.threshold'. (agents.concierge.turn_detection.threshold at agents.yaml:18:7; on the wire session.audio.input.turn_detection.threshold)",
    ],
  ])('of the preview dialect, %s', async (_, refusal, message) => {
    const url = `${server.origin}/openai/realtime?api-version=2024-10-01-preview&deployment=d`;
    server.onConnection(refusing(refusal));
    const error = await start({ mine: betaProvider(url, '2024-10-01-preview') }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject(failure(message));
  });

  it('of the next agent, is told loudly and the conversation goes on', async () => {
    server.onConnection(refusing({ param: 'session.audio.output.speed' }, 2));
    const session = await start();
    const warned = new Promise((resolve) => void session.observe('warning', resolve));
    session.handOver('night');
    expect(await warned).toEqual({
      type: 'warning',
      code: 'provider.session_refused',
      message:
        'invalid_value: No. (agents.night.speed at agents.yaml:21:5; on the wire session.audio.output.speed)',
    });
    expect(session.agent).toBe('night');
    await session.close({ mode: 'cancel' });
  });
});
