// The command in a call whose sound flows between the user and the provider.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@antiphon/core';
import { type FakePeer, FakeRealtimeServer, spokenCallEvents, toolCallEvents } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { antiphon, folderWith, jsonLines, summaryOf } from './support/antiphon-process.ts';
import { runHere } from './support/run-here.ts';

const agentFile = `version: 1
providers:
  mine: { type: openai, base_url: "\${URL}", api_key: none, call_id: "\${CALL:-rtc_none}" }
  plain: { type: openai, base_url: "\${URL}", api_key: none }
plugins: ["@antiphon/tools/calculator"]
agents:
  a: { provider: plain, instructions: Help., tools: [calculate] }
`;

let server: FakeRealtimeServer;
beforeEach(async () => {
  server = await FakeRealtimeServer.start();
});
afterEach(() => server.close());

function run(
  args: readonly string[],
  more: { readonly call?: string; readonly interruptAfter?: string } = {},
) {
  const folder = folderWith({ 'agents.yaml': agentFile });
  const { call, interruptAfter } = more;
  const env = { URL: server.url, ...(call !== undefined && { CALL: call }) };
  const ended =
    interruptAfter === undefined
      ? runHere(['run', ...args, '--out', '@answers'], { folder, env })
      : antiphon(['run', ...args, '--out', 'answers'], { cwd: folder, env, interruptAfter });
  return { folder, ended };
}

async function agree(peer: FakePeer): Promise<void> {
  const { session } = await peer.expect('session.update');
  peer.send({ type: 'session.updated', session: session as never });
}

function speak(peer: FakePeer, responseId: string, itemId: string, text: string): void {
  const [during, stopped] = spokenCallEvents({ responseId, itemId, text });
  for (const event of [...during, stopped]) peer.send(event);
}

const turn: readonly JsonObject[] = [
  { type: 'input_audio_buffer.speech_started', item_id: 'u1', audio_start_ms: 0 },
  { type: 'input_audio_buffer.speech_stopped', item_id: 'u1', audio_end_ms: 900 },
  { type: 'input_audio_buffer.committed', item_id: 'u1', previous_item_id: null },
  {
    type: 'conversation.item.input_audio_transcription.completed',
    item_id: 'u1',
    content_index: 0,
    transcript: 'What is six times seven?',
  },
];

/** A call in which the user asks something and hangs up. */
async function hold(callId: string): Promise<FakePeer> {
  const peer = await server.nextPeer();
  await agree(peer);
  for (const event of turn) peer.send(event);
  const call = { itemId: 'f1', callId: 'c1', name: 'calculate', arguments: '{"expression":"6*7"}' };
  for (const event of toolCallEvents('r1', [call])) peer.send(event);
  await peer.expect('conversation.item.create');
  await peer.expect('response.create');
  speak(peer, 'r2', 'i2', 'Forty-two.');
  setTimeout(() => server.calls.end(callId), 100);
  return peer;
}

describe('antiphon run in a call', () => {
  it.each([
    ['that the command line names', (callId: string) => ({ args: ['--call-id', callId], call: undefined })],
    ['that the agent file names', (callId: string) => ({ args: ['--provider', 'mine'], call: callId })],
  ])('%s runs the agent until it is over', async (_name, words) => {
    const callId = server.calls.begin();
    const { args, call } = words(callId);
    const held = hold(callId);
    const { folder, ended } = run([...args, '--json'], call === undefined ? {} : { call });
    const peer = await held;
    const { exitCode, stdout, stderr } = await ended;
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(peer.request.query.get('call_id')).toBe(callId);
    const summary = summaryOf(stdout);
    expect(summary).toMatchObject({ status: 'completed', call_id: callId });
    expect(summary.turns).toMatchObject([
      {
        user: { transcript: 'What is six times seven?', input: 'call' },
        agent: { transcript: 'Forty-two.', heard: 'Forty-two.', items: [] },
        tool_calls: [{ name: 'calculate', status: 'completed' }],
      },
    ]);
    expect(jsonLines(stdout).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['turn', 'turn_done', 'audio_done']),
    );
    expect(existsSync(join(folder, 'answers/session.jsonl'))).toBe(true);
    expect(existsSync(join(folder, 'answers/conversation.wav'))).toBe(false);
  });

  it('types into it, and leaves it to go on', async () => {
    const callId = server.calls.begin();
    const arrival = server.nextPeer();
    const { folder, ended } = run(['--call-id', callId, '--text', 'Say hello.']);
    const peer = await arrival;
    await agree(peer);
    expect(await peer.expect('conversation.item.create')).toMatchObject({
      item: { content: [{ text: 'Say hello.' }] },
    });
    await peer.expect('response.create');
    speak(peer, 'r1', 'i1', 'Hello.');
    const { exitCode, stdout } = await ended;
    expect(exitCode).toBe(0);
    expect(stdout).toContain('you    Say hello.');
    expect(stdout).toContain('agent  Hello.');
    expect(stdout).toContain(`session.jsonl is in ${join(folder, 'answers')}`);
    expect(server.calls.stateOf(callId)).toBe('open');
  });

  it('leaves it on an interrupt', async () => {
    const callId = server.calls.begin();
    const arrival = server.nextPeer();
    const { ended } = run(['--call-id', callId, '--json'], { interruptAfter: '"type":"session"' });
    await agree(await arrival);
    const { exitCode, stdout } = await ended;
    expect(exitCode).toBe(130);
    expect(summaryOf(stdout).status).toBe('interrupted');
    expect(server.calls.stateOf(callId)).toBe('open');
  });

  it('says that the call is not there', async () => {
    const callId = server.calls.begin();
    server.calls.end(callId);
    const { exitCode, stderr } = await run(['--call-id', callId]).ended;
    expect(exitCode).toBe(3);
    expect(stderr).toContain('[provider.not_found]');
    expect(stderr).toContain('No such call.');
  });

  it.each([
    ['a file, for a call has its own sound', ['--call-id', 'rtc_1', 'hello.wav'], 'cli.usage', 2],
    ['a provider without calls', ['--call-id', 'rtc_1', '--provider', 'local'], 'call.unsupported', 2],
    ['nothing to do', [], 'cli.usage', 2],
  ])('refuses %s', async (_name, args, code, exit) => {
    const { exitCode, stderr } = await run(args).ended;
    expect(stderr).toContain(`[${code}]`);
    expect(exitCode).toBe(exit);
  });
});
