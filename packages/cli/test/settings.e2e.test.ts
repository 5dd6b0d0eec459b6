// Settings of an agent at the command line: formats down to the files, and refusals with their place.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeWav, encodeWav } from '@antiphon/audio';
import type { ServerEvent } from '@antiphon/core';
import { FakeRealtimeServer, RealtimeServerModel, speechLike } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderWith, jsonLines, summaryOf } from './support/antiphon-process.ts';
import { runHere } from './support/run-here.ts';

const question = encodeWav(speechLike({ durationMs: 1_200, sampleRateHz: 44_100 }), {
  sampleRateHz: 44_100,
  channels: 1,
});

const agentFile = (settings: string): string => `version: 1
default_agent: concierge
providers:
  ga: { type: openai, base_url: "\${URL}/v1", model: any, api_key: none }
  preview: { type: azure, endpoint: "\${HTTP_URL}", deployment: d, api_key: k, api_version: 2024-10-01-preview }
agents:
  concierge:
    provider: [ga, preview]
    transcription: { model: whisper-1 }
${settings}
`;

let server: FakeRealtimeServer;
beforeEach(async () => {
  server = await FakeRealtimeServer.start();
});
afterEach(() => server.close());

function folder(settings: string): string {
  return folderWith({ 'agents.yaml': agentFile(settings), 'question.wav': question });
}

function urls() {
  return { URL: server.origin, HTTP_URL: server.origin.replace('ws:', 'http:') };
}

const providers = ['ga', 'preview'] as const;

describe.each(providers)('with the provider %s', (provider) => {
  it.each(['g711_ulaw', 'g711_alaw'])('an answer in %s is saved at its speed and length', async (format) => {
    const model = new RealtimeServerModel({ hears: ['How are you?'], msPerWord: 300 });
    model.when({ said: 'How are you?' }).says('I am very well thank you.');
    server.onConnection(model.script);
    const cwd = folder(`    input_audio_format: ${format}\n    output_audio_format: ${format}`);
    const words = ['run', '@question.wav', '--provider', provider, '--json', '--out', '@answers'];
    const ended = await runHere(words, { folder: cwd, env: urls() });
    expect(ended.stderr).toBe('');
    expect(ended.exitCode).toBe(0);
    const [turn] = summaryOf(ended.stdout).turns;
    expect(turn).toMatchObject({
      user: { transcript: 'How are you?' },
      agent: { heard: 'I am very well thank you.', items: [{ ms: 1_800 }] },
    });
    const wav = decodeWav(readFileSync(join(cwd, 'answers', turn?.agent.items[0]?.file ?? '')));
    expect(wav).toMatchObject({ sampleRateHz: 24_000, frames: 43_200, warnings: [] });
    expect(correlation(wav.samples)).toBeGreaterThan(0.95);
    expect(server.peers[0]?.refused).toEqual([]);
  });

  it('a refused setting is an error with its place, and exit code 3', async () => {
    server.onConnection(async (peer) => {
      peer.send({ type: 'session.created', session: { id: 's', type: 'realtime' } } as ServerEvent);
      const { event_id = null } = await peer.expect('session.update');
      const param = 'session.audio.input.turn_detection.threshold';
      const message = 'Invalid value.';
      peer.send({
        type: 'error',
        error: { type: 'invalid_request_error', code: 'invalid_value', message, param, event_id },
      });
      await peer.closed;
    });
    const cwd = folder('    turn_detection:\n      type: server_vad\n      threshold: 0.5');
    const words = ['run', '--text', 'Hi', '--provider', provider, '--json', '--out', '@answers'];
    const ended = await runHere(words, { folder: cwd, env: urls() });
    const place = `agents.concierge.turn_detection.threshold at ${join(cwd, 'agents.yaml')}:12:7`;
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain('[provider.session_refused]');
    expect(ended.stderr).toContain(place);
    expect(jsonLines(ended.stdout).at(-1)).toMatchObject({
      type: 'error',
      code: 'provider.session_refused',
      message: expect.stringContaining(place) as string,
    });
  });
});

/** How like the model's voice the samples are, at the place that fits best. */
function correlation(samples: Float32Array): number {
  const voice = speechLike({ durationMs: 1_000, sampleRateHz: 24_000 }, 0.3);
  let best = 0;
  for (let shift = 0; shift < 48; shift += 1) {
    let [both, one, other] = [0, 0, 0];
    for (let at = 100; at < 20_000; at += 1) {
      const [a, b] = [samples[at + shift] ?? 0, (voice[at] ?? 0) / 32_768];
      both += a * b;
      one += a * a;
      other += b * b;
    }
    best = Math.max(best, both / Math.sqrt(one * other));
  }
  return best;
}

describe('antiphon check', () => {
  it('warns of settings that a provider does not honour, at their places', async () => {
    const cwd = folder('    temperature: 0.8\n    tracing: auto');
    const ended = await runHere(['check'], { folder: cwd, env: urls() });
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toContain(
      'agents.yaml:10:5: agents.concierge.temperature has no effect with provider "ga" (the GA dialect has no such setting)',
    );
    expect(ended.stderr).toContain(
      'agents.yaml:11:5: agents.concierge.tracing has no effect with provider "preview" (servers of api_version 2024-10-01-preview do not know it)',
    );
    const json = await runHere(['check', '--json', '--provider', 'ga'], { folder: cwd, env: urls() });
    expect(jsonLines(json.stdout)).toMatchObject([
      { type: 'warning', code: 'config.setting_not_honoured', line: 10, column: 5 },
      { type: 'check', warnings: 1 },
    ]);
  });
});
