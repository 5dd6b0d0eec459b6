import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeWav, floatToInt16 } from '@antiphon/audio';
import { FakeRealtimeServer, RealtimeServerModel } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { antiphon, folderWith, jsonLines, sharedData, summaryOf } from './support/antiphon-process.ts';

const question = join(sharedData, 'seed/whats_the_weather_pcm16_24khz_mono.wav');
const key = 'azure-key-0123456789';

let server: FakeRealtimeServer;
let model: RealtimeServerModel;
beforeEach(async () => {
  server = await FakeRealtimeServer.start();
  model = new RealtimeServerModel({ hears: ["What's the weather?"] })
    .otherwise()
    .says('I cannot see outside, but I hope that it is sunny.');
  server.onConnection(model.script);
});
afterEach(() => server.close());

/** 16-bit samples of a WAV file, as bytes. */
function samplesOf(path: string): Buffer {
  const { samples, sampleRateHz, channels } = decodeWav(readFileSync(path));
  expect({ sampleRateHz, channels }).toEqual({ sampleRateHz: 24_000, channels: 1 });
  return bytesOf(floatToInt16(samples));
}

function bytesOf(samples: Int16Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** The sound that the model sent for an item. */
function soundSent(itemId: string): Buffer {
  const deltas = model.conversation.sent.flatMap(({ event: { type, item_id, delta } }) =>
    type === 'response.output_audio.delta' && item_id === itemId && typeof delta === 'string'
      ? [Buffer.from(delta, 'base64')]
      : [],
  );
  return Buffer.concat(deltas);
}

/** The sound that the server received. */
function soundReceived(): Buffer {
  const appends = model.conversation.received.flatMap(({ event }) =>
    event.type === 'input_audio_buffer.append' ? [Buffer.from(event.audio, 'base64')] : [],
  );
  return Buffer.concat(appends);
}

describe.skipIf(!existsSync(question))(
  'a question in a file, with no agent file and a hosted provider',
  () => {
    const origin = () => server.origin.replace('ws:', 'http:');
    const azure = () => ({
      AZURE_OPENAI_ENDPOINT: `${origin()}/`,
      AZURE_OPENAI_API_KEY: key,
      AZURE_OPENAI_DEPLOYMENT: 'my-realtime',
    });

    it.each([
      {
        name: 'azure',
        provider: 'azure',
        env: azure,
        address: '/openai/v1/realtime?model=my-realtime',
        headers: { 'api-key': key },
      },
      {
        name: 'azure in the preview dialect of October 2024',
        provider: 'azure',
        env: () => ({ ...azure(), AZURE_OPENAI_API_VERSION: '2024-10-01-preview' }),
        address: '/openai/realtime?api-version=2024-10-01-preview&deployment=my-realtime',
        headers: { 'api-key': key },
      },
      {
        name: 'azure in the preview dialect of April 2025, with a token',
        provider: 'azure',
        env: () => ({
          ...azure(),
          AZURE_OPENAI_API_KEY: '',
          AZURE_OPENAI_AD_TOKEN: key,
          OPENAI_API_VERSION: '2025-04-01-preview',
        }),
        address: '/openai/realtime?api-version=2025-04-01-preview&deployment=my-realtime',
        headers: { authorization: `Bearer ${key}` },
      },
      {
        name: 'openai',
        provider: 'openai',
        env: () => ({
          OPENAI_API_KEY: key,
          OPENAI_BASE_URL: `${origin()}/v1`,
          OPENAI_ORG_ID: 'org-1',
          OPENAI_PROJECT_ID: 'proj-1',
        }),
        address: '/v1/realtime?model=gpt-realtime',
        headers: {
          authorization: `Bearer ${key}`,
          'openai-organization': 'org-1',
          'openai-project': 'proj-1',
        },
      },
    ])(
      'is answered by $name, and the answer is kept as it came',
      async ({ provider, env, address, headers }) => {
        const folder = folderWith({});
        const ended = await antiphon(['run', question, '--provider', provider, '--json'], {
          cwd: folder,
          env: env(),
        });
        expect(ended.stderr).toBe('');
        expect(ended.exitCode).toBe(0);

        const [peer] = server.peers;
        expect(server.peers).toHaveLength(1);
        expect(`${peer?.request.path}?${peer?.request.query.toString()}`).toBe(address);
        expect(peer?.request.headers).toMatchObject(headers);
        expect(peer?.refused).toEqual([]);

        const summary = summaryOf(ended.stdout);
        expect(summary).toMatchObject({ agent: 'assistant', provider, status: 'completed' });
        const [turn] = summary.turns;
        expect(turn).toMatchObject({
          user: { transcript: "What's the weather?" },
          agent: { transcript: 'I cannot see outside, but I hope that it is sunny.' },
        });
        const [item] = turn?.agent.items ?? [];
        const kept = samplesOf(join(folder, 'answers', item?.file ?? ''));
        expect(kept.byteLength).toBeGreaterThan(48_000);
        expect(kept.equals(soundSent(item?.id ?? ''))).toBe(true);

        const asked = samplesOf(question);
        expect(soundReceived().subarray(0, asked.byteLength).equals(asked)).toBe(true);

        const warnings = jsonLines(ended.stdout).filter(({ type }) => type === 'warning');
        expect(warnings).toMatchObject([{ message: expect.stringContaining('no agents.yaml here') }]);
        expect(ended.stdout + readFileSync(join(folder, 'answers/session.jsonl'), 'utf8')).not.toContain(key);
      },
    );

    it('is refused without a hosted provider: the offline engine knows only what a file teaches it', async () => {
      const ended = await antiphon(['run', question], { cwd: folderWith({}) });
      expect(ended.exitCode).toBe(2);
      expect(ended.stderr).toContain('[config.file_not_found]');
      expect(ended.stderr).toContain('--provider openai');
    });
  },
);
