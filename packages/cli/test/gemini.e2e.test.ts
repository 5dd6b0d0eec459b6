import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeWav, encodeWav } from '@antiphon/audio';
import { FakeGeminiServer, speechLike } from '@antiphon/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { antiphon, folderWith, summaryOf } from './support/antiphon-process.ts';
import { runHere } from './support/run-here.ts';

const agentFile = `version: 1
default_agent: a
providers:
  google: { type: gemini, base_url: "\${URL}", api_key: "\${KEY}" }
agents:
  a: { provider: google, instructions: Help. }
`;

const speech = encodeWav(speechLike({ durationMs: 1200, sampleRateHz: 24_000 }), {
  sampleRateHz: 24_000,
  channels: 1,
});

let server: FakeGeminiServer;
afterEach(() => server.close());

function newFolder() {
  return folderWith({ 'agents.yaml': agentFile, 'hello.wav': speech });
}

function environment() {
  return { URL: server.url, KEY: 'secret-key' };
}

describe('the command with Gemini Live', () => {
  it('asks a spoken question and keeps the answer, byte for byte', async () => {
    server = await FakeGeminiServer.start();
    const cwd = newFolder();
    const words = ['run', 'hello.wav', '--json', '--out', 'answers'];
    const ended = antiphon(words, { cwd, env: environment() });
    const peer = await server.nextPeer();
    await peer.agree();
    await peer.expect('audio');
    const samples = Int16Array.from({ length: 4800 }, (_, at) => at);
    const data = Buffer.from(samples.buffer).toString('base64');
    peer.send({ serverContent: { inputTranscription: { text: 'Hello?' } } });
    peer.send({ serverContent: { outputTranscription: { text: 'Good day.' } } });
    peer.send({
      serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] } },
    });
    peer.send({ serverContent: { generationComplete: true } });
    peer.send({ serverContent: { turnComplete: true }, usageMetadata: { totalTokenCount: 7 } });
    const { exitCode, stdout, stderr } = await ended;
    expect([exitCode, stderr]).toEqual([0, '']);
    const summary = summaryOf(stdout);
    expect(summary).toMatchObject({
      provider: 'google',
      status: 'completed',
      turns: [{ user: { transcript: 'Hello?', input: 'hello.wav' }, agent: { transcript: 'Good day.' } }],
      usage: { total_tokens: 7 },
    });
    const file = summary.turns[0]?.agent.items[0]?.file ?? '';
    expect(decodeWav(readFileSync(join(cwd, 'answers', file))).frames).toBe(4800);
    expect(peer.refusal).toBeUndefined();
  });

  it('tells that a key is wrong, and not which', async () => {
    server = await FakeGeminiServer.start({ apiKey: 'other' });
    const { exitCode, stderr, stdout } = await runHere(['run', '--text', 'Hello.', '--out', '@answers'], {
      folder: newFolder(),
      env: environment(),
    });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/API key was not accepted/);
    expect(stderr).toMatch(/\[provider\.rejected\]/);
    expect(stderr + stdout).not.toContain('secret-key');
  });
});
