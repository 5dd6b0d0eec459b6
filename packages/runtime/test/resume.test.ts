// What is made of a log when its session is taken up again. Real processes that die are the matter of crash.e2e.test.ts.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigSecret, redact, type SessionLogRecord, type SessionStore } from '@antiphon/core';
import {
  RecordingSink,
  ScriptedProvider,
  SequentialIds,
  settlePromises,
  VirtualClock,
} from '@antiphon/testing';
import { defineTool } from '@antiphon/tools';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAntiphon } from '../src/create-antiphon.ts';
import { jsonlSessionStore } from '../src/stores/jsonl-session-store.ts';
import { recordingLogger } from './support/recording-logger.ts';
import { tempFolder } from './support/temp-folder.ts';

const sessionId = 'sess_1';

/** One process of several that share a folder. */
async function processIn(folder: string | undefined, hides: readonly ConfigSecret[] = []) {
  const logger = recordingLogger();
  const provider = new ScriptedProvider();
  const paid: unknown[] = [];
  const pay = defineTool({
    name: 'pay',
    description: 'Pays.',
    input: { type: 'object', properties: { id: { type: 'string' } } },
    idempotentBy: ['id'],
    execute: (input) => {
      paid.push(input);
      return 'id' in input && input['id'] === 'two' ? new Promise<never>(() => {}) : { paid: true };
    },
  });
  const store: SessionStore | undefined =
    folder === undefined
      ? undefined
      : jsonlSessionStore(folder, { redact: (text) => redact(text, hides), logger });
  const antiphon = await createAntiphon({
    config: {
      file: 'agents.yaml',
      text: `version: 1
default_agent: a
providers: { scripted: { type: local } }
agents: { a: { provider: scripted, instructions: "Help at \${HOTEL:-home}.", tools: ["*"] } }
`,
    },
    plugins: [pay],
    providers: { scripted: provider },
    env: Object.fromEntries(hides.map(({ name, value }) => [name, value])),
    clock: new VirtualClock(),
    ids: new SequentialIds(),
    logger,
    ...(store && { store }),
  });
  onTestFinished(() => antiphon.close());
  return { antiphon, provider, paid, logger };
}

function pathIn(folder: string): string {
  return join(folder, `${sessionId}.jsonl`);
}

/** The folder of a process that died after one payment, in the middle of another. */
async function folderOfDead(): Promise<string> {
  const [folder, left] = [tempFolder(), tempFolder()];
  const { antiphon, provider } = await processIn(folder);
  const session = await antiphon.startSession();
  session.sendText('Pay both.');
  await settlePromises();
  provider.server.callTools('resp_1', [
    { callId: 'call_1', name: 'pay', arguments: '{"id":"one"}' },
    { callId: 'call_2', name: 'pay', arguments: '{"id":"two"}' },
  ]);
  await settlePromises();
  writeFileSync(pathIn(left), readFileSync(pathIn(folder)));
  return left;
}

describe('resumeSession', () => {
  it('takes up a session that had a log of its own, too', async () => {
    const [folder, left] = [tempFolder(), tempFolder()];
    const written: SessionLogRecord[] = [];
    const { antiphon } = await processIn(folder);
    const log = { append: (record: SessionLogRecord) => written.push(record), close: async () => {} };
    await antiphon.startSession({ log });
    writeFileSync(pathIn(left), readFileSync(pathIn(folder)));
    expect(written[0]).toMatchObject({ type: 'session', session_id: sessionId });
    const later = await processIn(left);
    await expect(later.antiphon.resumeSession(sessionId)).resolves.toMatchObject({ id: sessionId });
  });

  it('takes up none whose log was still being read when the runtime was closed', async () => {
    const left = await folderOfDead();
    const { antiphon, provider } = await processIn(left);
    const resumed = antiphon.resumeSession(sessionId);
    resumed.catch(() => {});
    await antiphon.close();
    await expect(resumed).rejects.toMatchObject({ code: 'session.closed_runtime' });
    expect(provider.servers).toEqual([]);
  });

  it('puts back what the log hides of the agent file, and nothing of what was said', async () => {
    const [folder, left] = [tempFolder(), tempFolder()];
    const hides = [{ name: 'HOTEL', value: 'Grand Plaza' }];
    const first = await processIn(folder, hides);
    const session = await first.antiphon.startSession();
    session.sendText('Is this [secret:HOTEL]?');
    await settlePromises();
    expect(readFileSync(pathIn(folder), 'utf8')).not.toContain('Grand Plaza');
    writeFileSync(pathIn(left), readFileSync(pathIn(folder)));
    const { antiphon, provider } = await processIn(left, hides);
    await antiphon.resumeSession(sessionId);
    await settlePromises();
    const [update] = provider.server.of('session.update');
    expect(update?.session).toMatchObject({ instructions: 'Help at Grand Plaza.' });
    expect(provider.server.of('conversation.item.create')[0]?.item).toMatchObject({
      content: [{ text: 'Is this [secret:HOTEL]?' }],
    });
  });

  it('gives the new connection the conversation, and says what is unknown', async () => {
    const { antiphon, provider, paid } = await processIn(await folderOfDead());
    const session = await antiphon.resumeSession(sessionId);
    await settlePromises();
    const items = provider.server.of('conversation.item.create').map(({ item }) => item);
    expect(items).toMatchObject([
      { type: 'message', role: 'user', content: [{ text: 'Pay both.' }] },
      { type: 'function_call', call_id: 'call_1' },
      { type: 'function_call', call_id: 'call_2' },
      { type: 'function_call_output', call_id: 'call_1', output: '{"paid":true}' },
      { type: 'function_call_output', call_id: 'call_2', output: expect.stringContaining('unknown') },
    ]);
    expect(provider.server.of('response.create')).toHaveLength(1);
    expect(paid).toEqual([]);
    expect(session.id).toBe(sessionId);
  });

  it('owes anew what was answered and not heard', async () => {
    const [folder, left] = [tempFolder(), tempFolder()];
    const first = await processIn(folder);
    const sink = new RecordingSink({ sampleRateHz: 24_000, clock: new VirtualClock() });
    const session = await first.antiphon.startSession({ sink });
    session.sendText('Hello?');
    await settlePromises();
    first.provider.server.speak({ responseId: 'resp_1', itemId: 'item_1', text: 'Hello.', ms: 500 });
    await settlePromises();
    writeFileSync(pathIn(left), readFileSync(pathIn(folder)));
    const { antiphon, provider } = await processIn(left);
    await antiphon.resumeSession(sessionId);
    await settlePromises();
    expect(provider.server.of('conversation.item.create')).toHaveLength(1);
    expect(provider.server.of('response.create')).toHaveLength(1);
  });

  it('does not repeat what was done, or perhaps done, under another call', async () => {
    const { antiphon, provider, paid } = await processIn(await folderOfDead());
    await antiphon.resumeSession(sessionId);
    await settlePromises();
    provider.server.callTools('resp_2', [
      { callId: 'call_3', name: 'pay', arguments: '{"id":"one"}' },
      { callId: 'call_4', name: 'pay', arguments: '{"id":"two"}' },
      { callId: 'call_5', name: 'pay', arguments: '{"id":"three"}' },
    ]);
    await settlePromises();
    const outputs = provider.server
      .of('conversation.item.create')
      .slice(-3)
      .map(({ item }) => item);
    expect(outputs).toMatchObject([
      { call_id: 'call_3', output: '{"paid":true}' },
      { call_id: 'call_4', output: expect.stringContaining('unknown') },
      { call_id: 'call_5', output: '{"paid":true}' },
    ]);
    expect(paid).toEqual([{ id: 'three' }]);
  });

  it('writes on behind what is there, and can be resumed once more', async () => {
    const folder = await folderOfDead();
    const first = await processIn(folder);
    await first.antiphon.resumeSession(sessionId);
    const again = tempFolder();
    writeFileSync(pathIn(again), readFileSync(pathIn(folder)));
    const second = await processIn(again);
    const session = await second.antiphon.resumeSession(sessionId);
    await settlePromises();
    expect(session.history.map(({ kind }) => kind)).toEqual([
      'message',
      'function_call',
      'function_call',
      'function_call_output',
      'function_call_output',
    ]);
    const lines = readFileSync(pathIn(again), 'utf8').trim().split('\n');
    const seqs = lines.flatMap((line) => {
      const { type, seq } = JSON.parse(line) as { readonly type: string; readonly seq: number };
      return type === 'step' ? [seq] : [];
    });
    expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
  });

  it('goes on where the last line was cut short', async () => {
    const folder = await folderOfDead();
    appendFileSync(pathIn(folder), '{"type":"step","seq":999,"event":{"type":"user.te');
    const { antiphon, provider } = await processIn(folder);
    await antiphon.resumeSession(sessionId);
    await settlePromises();
    expect(provider.server.of('conversation.item.create')).toHaveLength(5);
  });

  it.each<[string, (text: string) => string, string]>([
    ['is empty', () => '', 'it holds no session'],
    ['has no header', (text) => text.slice(text.indexOf('\n') + 1), 'does not begin with a record'],
    [
      'is of another version',
      (text) => text.replace('"version":2', '"version":1'),
      'its version is 1, not 2',
    ],
    ['is no log', () => '\u0000\u0001\n[]\n7\n', 'it holds no session'],
    ['ends with its header', (text) => text.slice(0, text.indexOf('\n') + 1), 'it was never started'],
  ])('refuses a log that %s, and leaves it as it is', async (_name, change, reason) => {
    const folder = await folderOfDead();
    writeFileSync(pathIn(folder), change(readFileSync(pathIn(folder), 'utf8')));
    const before = readFileSync(pathIn(folder));
    const { antiphon, provider } = await processIn(folder);
    await expect(antiphon.resumeSession(sessionId)).rejects.toMatchObject({
      code: 'session.not_resumable',
      message: expect.stringContaining(reason),
    });
    expect(readFileSync(pathIn(folder))).toEqual(before);
    expect(provider.servers).toEqual([]);
  });

  it('refuses a session that was closed in order, one that nobody knows, and one without a store', async () => {
    const folder = await folderOfDead();
    const first = await processIn(folder);
    const session = await first.antiphon.resumeSession(sessionId);
    await session.close({ mode: 'cancel' });
    const { antiphon } = await processIn(folder);
    await expect(antiphon.resumeSession(sessionId)).rejects.toMatchObject({
      code: 'session.not_resumable',
      message: expect.stringContaining('closed in order'),
    });
    await expect(antiphon.resumeSession('sess_9')).rejects.toMatchObject({ code: 'session.unknown' });
    await expect(antiphon.resumeSession('../sess_1')).rejects.toMatchObject({ code: 'session.unknown' });
    const forgetful = await processIn(undefined);
    await expect(forgetful.antiphon.resumeSession(sessionId)).rejects.toMatchObject({
      code: 'session.no_store',
    });
  });
});
