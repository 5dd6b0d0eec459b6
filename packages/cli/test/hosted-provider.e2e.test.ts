import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeWav, encodeWav } from '@antiphon/audio';
import { encodeBase64, type ServerEvent } from '@antiphon/core';
import { FakeRealtimeServer, type PeerScript, parseRecording, speechLike } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  antiphon,
  type EndedProcess,
  folderWith,
  jsonLines,
  type ProcessOptions,
  sharedData,
  summaryOf,
} from './support/antiphon-process.ts';
import { runHere } from './support/run-here.ts';

const recordings = join(sharedData, 'recordings');

const agentFile = `version: 1
default_agent: a
providers:
  mine: { type: openai, base_url: "\${URL}", model: any, api_key: "\${KEY:-none}" }
plugins: [./weather.mjs]
agents:
  a: { provider: mine, instructions: Help., tools: [get_weather] }
`;

const weather = `
const tool = { [Symbol.for('antiphon.tool')]: true, name: 'get_weather', description: 'Weather in a city.', settings: { recording: 'allow' },
  input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  execute: ({ city }) => ({ city, celsius: 15 }) };
export default tool;
`;

const speech = encodeWav(speechLike({ durationMs: 1500, sampleRateHz: 24_000 }), {
  sampleRateHz: 24_000,
  channels: 1,
});

let server: FakeRealtimeServer;
beforeEach(async () => {
  server = await FakeRealtimeServer.start();
});
afterEach(() => server.close());

function newFolder(): string {
  return folderWith({ 'agents.yaml': agentFile, 'weather.mjs': weather, 'hello.wav': speech });
}

function run(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const words = ['run', ...args, '--provider', 'mine', '--out', '@answers'];
  return runHere(words, { folder, env: { URL: server.url, ...env } });
}

function runAsProcess(folder: string, args: readonly string[], more: ProcessOptions = {}) {
  return antiphon(['run', ...args, '--provider', 'mine', '--out', 'answers'], {
    cwd: folder,
    ...more,
    env: { URL: server.url, ...more.env },
  });
}

/** What holds for every command that failed, whatever the reason. */
function expectFailure(ended: EndedProcess, exitCode: number, code: string): void {
  expect(ended.stderr).toContain(`[${code}]`);
  expect(ended.stderr).toMatch(/^error: .+\nhint: .+$/m);
  expect(ended.stderr).not.toMatch(/^ {4}at /m);
  expect(ended.exitCode).toBe(exitCode);
}

function framesOf(path: string): number {
  const { frames, warnings } = decodeWav(readFileSync(path));
  expect(warnings).toEqual([]);
  return frames;
}

describe.skipIf(!existsSync(recordings))('a recorded session drives the command to its answer', () => {
  async function play(name: string, args: readonly string[]) {
    const folder = newFolder();
    const recording = parseRecording(readFileSync(join(recordings, `${name}.yaml`), 'utf8'), name);
    const [playback, ended] = await Promise.all([
      server.playRecording(recording),
      run(folder, [...args, '--json']),
    ]);
    expect(ended.stderr).toBe('');
    expect(ended.exitCode).toBe(0);
    const summary = summaryOf(ended.stdout);
    expect(summary).toMatchObject({ agent: 'a', provider: 'mine', status: 'completed' });
    return { folder, playback, summary, lines: jsonLines(ended.stdout) };
  }

  it('openai-ga-text-in-audio-out: typed, answered aloud', async () => {
    const { folder, summary, lines, playback } = await play('openai-ga-text-in-audio-out', [
      '--text',
      'Say a short greeting.',
    ]);
    const [turn] = summary.turns;
    expect(turn).toMatchObject({
      user: { transcript: 'Say a short greeting.', input: 'text' },
      agent: { transcript: 'Hi there!', heard: 'Hi there!' },
      tool_calls: [],
      latency_ms: { first_audio: expect.any(Number) as number },
    });
    const [item] = turn?.agent.items ?? [];
    expect(item?.file).toBe(`${item?.id}.wav`);
    expect(framesOf(join(folder, 'answers', item?.file ?? '')) / 24).toBeCloseTo(item?.ms ?? 0, 0);
    expect(framesOf(join(folder, 'answers/conversation.wav')) / 24).toBeGreaterThanOrEqual(
      (item?.ms ?? 0) - 1,
    );
    expect(summary.usage['total_tokens']).toEqual(expect.any(Number));
    expect(lines[0]).toMatchObject({
      type: 'session',
      session_id: summary.session_id,
      agent: 'a',
      provider: 'mine',
    });
    expect(lines.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['turn', 'audio_done', 'turn_done', 'closed']),
    );
    expect(playback.unexpected).toEqual([]);
  });

  it('openai-ga-tool-call-round: the tool is called and its result is answered', async () => {
    const { folder, summary, playback } = await play('openai-ga-tool-call-round', [
      '--text',
      'Weather in London?',
      '--consent',
      'required',
      '--record-format',
      'ogg',
    ]);
    expect(summary).toMatchObject({ recording: 'conversation.ogg' });
    expect(readFileSync(join(folder, 'answers/conversation.ogg')).toString('latin1')).toContain(
      'consent=given consent_by="get_weather"',
    );
    expect(summary).not.toHaveProperty('recorded');
    expect(summary.turns[0]?.tool_calls).toMatchObject([
      {
        name: 'get_weather',
        arguments: { city: 'London' },
        status: 'completed',
        output: { city: 'London', celsius: 15 },
      },
    ]);
    expect(summary.turns[0]?.agent.transcript).toMatch(/\w/);
    const outputs = playback.peers
      .flatMap((peer) => peer.received)
      .filter((event) => event.type === 'conversation.item.create');
    expect(outputs.at(-1)?.item).toMatchObject({
      type: 'function_call_output',
      output: '{"city":"London","celsius":15}',
    });
    expect(playback.unexpected).toEqual([]);
  });

  it('openai-ga-server-vad-turn: spoken, transcribed, answered aloud', async () => {
    const { folder, summary, playback } = await play('openai-ga-server-vad-turn', [
      '@hello.wav',
      '--consent',
      'required',
    ]);
    expect(summary).toMatchObject({ recorded: false });
    expect(existsSync(join(folder, 'answers/conversation.wav'))).toBe(false);
    expect(summary.turns[0]).toMatchObject({
      user: { transcript: 'Hello, my name is Marcelo.', input: join(folder, 'hello.wav') },
      agent: { transcript: 'Hello, Marcelo! Great to meet you. How can I help you today?' },
    });
    expect(framesOf(join(folder, 'answers', summary.turns[0]?.agent.items[0]?.file ?? ''))).toBeGreaterThan(
      0,
    );
    expect(playback.peers[0]?.refused).toEqual([]);
  });

  it('shows the conversation without escape codes where stdout is no terminal', async () => {
    const folder = newFolder();
    const name = 'openai-ga-tool-call-round';
    const recording = parseRecording(readFileSync(join(recordings, `${name}.yaml`), 'utf8'), name);
    const [, ended] = await Promise.all([
      server.playRecording(recording),
      runAsProcess(folder, ['--text', 'Weather in London?'], { env: { FORCE_COLOR: '1' } }),
    ]);
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toContain('tool   get_weather {"city":"London"} → {"city":"London","celsius":15}');
    expect(ended.stdout + ended.stderr).not.toMatch(/[^\P{Cc}\n\t]/u);
  });
});

describe('what a run costs', () => {
  const priced = `${agentFile}prices:
  any: { text: { input: 4, cached: 0.4, output: 16 }, audio: { input: 32, cached: 0.5, output: 64 } }
  gpt-4o-mini-transcribe: { minute: 0.006 }
`;
  const usage = {
    total_tokens: 205,
    input_tokens: 41,
    output_tokens: 164,
    input_token_details: {
      text_tokens: 14,
      audio_tokens: 27,
      cached_tokens: 10,
      cached_tokens_details: { text_tokens: 10, audio_tokens: 0 },
    },
    output_token_details: { text_tokens: 28, audio_tokens: 136 },
  };
  // 4 · 4 + 10 · 0.4 + 27 · 32 + 28 · 16 + 136 · 64 millionths.
  const usd = 0.010036;

  const answerEach: PeerScript = async (peer) => {
    peer.send(created as ServerEvent);
    await peer.expect('session.update');
    peer.send(updated as ServerEvent);
    for (let at = 1; ; at += 1) {
      const ended = await Promise.race([peer.expect('response.create'), peer.closed]);
      if ('code' in ended) return;
      const response = { id: `r${at}`, status: 'in_progress', output: [] };
      peer.send({ type: 'response.created', response } as unknown as ServerEvent);
      peer.send({
        type: 'response.done',
        response: { ...response, status: 'completed', usage },
      } as unknown as ServerEvent);
    }
  };

  function pricedFolder(limits = '') {
    const text = priced.replace('tools: [get_weather]', `tools: [get_weather]${limits}`);
    return folderWith({ 'agents.yaml': text, 'weather.mjs': weather });
  }

  it('is in the summary, in the events and in the text, for each response and in all', async () => {
    server.onConnection(answerEach);
    const folder = pricedFolder();
    const asJson = await run(folder, ['--text', 'One', '--text', 'Two', '--json']);
    expect(summaryOf(asJson.stdout).usage).toEqual({
      total_tokens: 410,
      input_tokens: 82,
      output_tokens: 328,
      input_token_details: {
        text_tokens: 28,
        audio_tokens: 54,
        cached_tokens: 20,
        cached_tokens_details: { text_tokens: 20, audio_tokens: 0 },
      },
      output_token_details: { text_tokens: 56, audio_tokens: 272 },
      usd: 2 * usd,
      responses: [
        { response_id: 'r1', status: 'completed', ...usage, usd },
        { response_id: 'r2', status: 'completed', ...usage, usd },
      ],
    });
    expect(jsonLines(asJson.stdout).filter(({ type }) => type === 'usage')).toMatchObject([
      { of: 'response', id: 'r1', tokens: { input: { text: 4, audio: 27 }, cached: { text: 10 } }, usd },
      { of: 'response', id: 'r2', total: { usd: 2 * usd, unpriced_tokens: 0 } },
    ]);
    const asText = await run(folder, ['--text', 'One']);
    expect(asText.stdout).toContain('       205 tokens, $0.010036\n');
    expect(asText.stdout).toContain(
      '205 tokens (in 41: 14 text, 27 audio, 10 cached; out 164: 28 text, 136 audio), $0.010036\n',
    );
  });

  it('ends the session politely at limits.usd', async () => {
    server.onConnection(answerEach);
    const folder = pricedFolder(', limits: { usd: 0.025, wrap_up: We have to stop here. }');
    const texts = ['One', 'Two', 'Three', 'Four'].flatMap((text) => ['--text', text]);
    const ended = await run(folder, [...texts, '--json']);
    expect(ended.exitCode).toBe(0);
    expect(jsonLines(ended.stdout).filter(({ type }) => type === 'limit')).toEqual([
      { type: 'limit', limit: 'usd', reached: false },
      { type: 'limit', limit: 'usd', reached: true },
    ]);
    const creates = server.peers[0]?.received.filter(({ type }) => type === 'response.create') ?? [];
    expect(creates).toHaveLength(4);
    expect(JSON.stringify(creates.at(-1))).toContain('We have to stop here.');
    expect(summaryOf(ended.stdout)).toMatchObject({ status: 'completed', usage: { usd: 4 * usd } });
  });
});

const created = { type: 'session.created', session: { id: 'sess_p', type: 'realtime' } } as const;
const updated = { type: 'session.updated', session: { id: 'sess_p', type: 'realtime' } } as const;

/** Plays the server up to the answer to a typed turn, which begins and does not end. */
const beginAnswer: PeerScript = async (peer) => {
  peer.send(created as ServerEvent);
  await peer.expect('session.update');
  peer.send(updated as ServerEvent);
  await peer.expect('response.create');
  // No server gives two items one id.
  const id = `i${server.peers.length}`;
  const part = { response_id: 'r1', item_id: id, output_index: 0, content_index: 0 };
  const item = { id, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
  peer.send({
    type: 'response.created',
    response: { id: 'r1', status: 'in_progress', output: [] },
  } as unknown as ServerEvent);
  peer.send({
    type: 'response.output_item.added',
    response_id: 'r1',
    output_index: 0,
    item,
  } as unknown as ServerEvent);
  peer.send({ type: 'response.output_audio_transcript.delta', ...part, delta: 'Once upon' } as ServerEvent);
  const audio = encodeBase64(new Uint8Array(48_000).fill(1));
  peer.send({ type: 'response.output_audio.delta', ...part, delta: audio } as ServerEvent);
};

describe('a server that fails', () => {
  it('refuses the connection', async () => {
    const folder = newFolder();
    const ended = await run(folder, ['--text', 'Hi'], { URL: 'ws://127.0.0.1:1/v1' });
    expectFailure(ended, 3, 'provider.connect_failed');
    expect(ended.stderr).toContain('ECONNREFUSED');
  });

  it.each([401])('answers the upgrade with %i', async (status) => {
    server.rejectUpgrades(status);
    const ended = await run(newFolder(), ['--text', 'Hi', '--json']);
    expectFailure(ended, 3, 'provider.rejected');
    expect(ended.stderr).toContain(`HTTP ${status}`);
    expect(jsonLines(ended.stdout)).toEqual([
      expect.objectContaining({ type: 'error', code: 'provider.rejected' }),
    ]);
  });

  it('refuses the key with an error event and closes', async () => {
    server.onConnection(async (peer) => {
      const error = {
        type: 'invalid_request_error',
        code: 'invalid_api_key',
        message: 'Incorrect API key.',
        param: null,
        event_id: null,
      };
      peer.send({ type: 'error', error });
      peer.close(3000, 'invalid_request_error.invalid_api_key');
      await peer.closed;
    });
    const ended = await run(newFolder(), ['--text', 'Hi'], { KEY: 'sk-test-123456' });
    expectFailure(ended, 3, 'provider.rejected');
    expect(ended.stderr).toContain('Incorrect API key.');
    expect(server.peers[0]?.request.headers.authorization).toBe('Bearer sk-test-123456');
    expect(ended.stdout + ended.stderr).not.toContain('sk-test-123456');
  });

  it('refuses the settings of the agent', async () => {
    server.onConnection(async (peer) => {
      peer.send(created as ServerEvent);
      const { event_id = null } = await peer.expect('session.update');
      const error = {
        type: 'invalid_request_error',
        code: 'invalid_value',
        message: "Invalid value: 'x'.",
        param: 'session.audio.output.voice',
        event_id,
      };
      peer.send({ type: 'error', error });
      await peer.closed;
    });
    const ended = await run(newFolder(), ['--text', 'Hi']);
    expectFailure(ended, 3, 'provider.session_refused');
    expect(ended.stderr).toContain('session.audio.output.voice');
  });

  it('is lost in the middle of an answer', async () => {
    server.onConnection(async (peer) => {
      await beginAnswer(peer);
      // What is on its way must arrive before the reset.
      setTimeout(() => peer.reset(), 200);
      await peer.closed;
    });
    const folder = newFolder();
    const ended = await runAsProcess(folder, ['--text', 'Hi', '--json']);
    expectFailure(ended, 4, 'provider.lost');
    const summary = summaryOf(ended.stdout);
    expect(summary).toMatchObject({ status: 'failed', error: { code: 'provider.lost' } });
    expect(summary.turns).toMatchObject([{ user: { transcript: 'Hi' } }]);
    expect(framesOf(join(folder, 'answers/i1.wav'))).toBe(24_000);
    expect(framesOf(join(folder, 'answers/conversation.wav'))).toBeGreaterThanOrEqual(24_000);
    const log = jsonLines(readFileSync(join(folder, 'answers/session.jsonl'), 'utf8'));
    expect(JSON.stringify(log)).toContain('"status":"failed","error":{"code":"provider.lost"');
  });

  it('says what is no event, and the conversation goes on', async () => {
    server.onConnection(async (peer) => {
      await beginAnswer(peer);
      peer.sendRaw('not json');
      peer.sendRaw(JSON.stringify({ type: 'brand.new', anything: 1 }));
      peer.sendRaw(Uint8Array.of(1, 2, 3));
      peer.send({
        type: 'response.done',
        response: { id: 'r1', status: 'completed', output: [] },
      } as unknown as ServerEvent);
      await peer.closed;
    });
    const ended = await run(newFolder(), ['--text', 'Hi', '--json']);
    expect(ended.exitCode).toBe(0);
    expect(jsonLines(ended.stdout).filter(({ type }) => type === 'warning')).toHaveLength(2);
    expect(summaryOf(ended.stdout).turns[0]?.agent.items).toMatchObject([{ id: 'i1', ms: 1000 }]);
  });

  it('keeps the keys out of the session log', async () => {
    server.onConnection(async (peer) => {
      await beginAnswer(peer);
      const part = { response_id: 'r1', item_id: 'i1', output_index: 0, content_index: 0 };
      peer.send({
        type: 'response.output_audio_transcript.done',
        ...part,
        transcript: 'The key is sk-test-123456.',
      } as ServerEvent);
      peer.send({
        type: 'response.done',
        response: { id: 'r1', status: 'completed', output: [] },
      } as unknown as ServerEvent);
      await peer.closed;
    });
    const folder = newFolder();
    expect((await run(folder, ['--text', 'Hi'], { KEY: 'sk-test-123456' })).exitCode).toBe(0);
    const log = readFileSync(join(folder, 'answers/session.jsonl'), 'utf8');
    expect(log).toContain('The key is [secret:KEY].');
    expect(log).not.toContain('sk-test-123456');
  });

  it('shows a stack trace with --debug only', async () => {
    const ended = await runAsProcess(newFolder(), ['--text', 'Hi', '--debug'], {
      env: { URL: 'ws://127.0.0.1:1/v1' },
    });
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toMatch(/^ {4}at .*packages\/runtime\/src\/.*\.ts:\d+/m);
  });
});

describe('an interrupt', () => {
  it('closes in order: exit code 130, a summary, playable files', async () => {
    let closeCode = 0;
    server.onConnection(async (peer) => {
      await beginAnswer(peer);
      closeCode = (await peer.closed).code;
    });
    const folder = newFolder();
    const ended = await runAsProcess(folder, ['--text', 'Hi', '--json'], {
      interruptAfter: '"audio_started"',
    });
    expect(ended.stderr).toBe('');
    expect(ended.exitCode).toBe(130);
    expect(summaryOf(ended.stdout).status).toBe('interrupted');
    expect(closeCode).toBe(1000);
    expect(framesOf(join(folder, 'answers/i1.wav'))).toBe(24_000);
    expect(framesOf(join(folder, 'answers/conversation.wav'))).toBeGreaterThan(0);
    expect(readdirSync(join(folder, 'answers')).toSorted()).toEqual([
      'conversation.wav',
      'i1.wav',
      'session.jsonl',
    ]);
  });

  it('ends a command that waits for a server which says nothing', async () => {
    const connected = server.nextPeer();
    const folder = newFolder();
    const ended = await runAsProcess(folder, ['--text', 'Hi'], { interruptWhen: connected });
    expect(ended.exitCode).toBe(130);
    expect(ended.stderr).toBe('');
  });
});
