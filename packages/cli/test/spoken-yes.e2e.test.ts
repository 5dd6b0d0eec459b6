// A call that wants a yes, in sound: a synthesised user, the offline engine, and a program that must not run unasked.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeWav } from '@antiphon/audio';
import { createSpeaker } from '@antiphon/local';
import { expect, it } from 'vitest';
import { antiphon, folderWith, summaryOf } from './support/antiphon-process.ts';

const agents = `version: 1
tools:
  cancel_order:
    description: Cancels an order. Use it when asked.
    parameters: { order: { type: integer } }
    command: { run: [node, -e, "fs.appendFileSync('ran', process.argv[1])", "{{order}}"] }
    confirm: { by: spoken, ttl_ms: 300000 }
    intents: [{ match: ["cancel [my] order [number] {order}"], reply: "It is cancelled." }]
agents: { desk: { tools: [cancel_order] } }
`;

async function spoken(texts: Readonly<Record<string, string>>): Promise<Record<string, Uint8Array>> {
  const speaker = createSpeaker();
  const { signal } = new AbortController();
  const files: Record<string, Uint8Array> = {};
  for (const [name, text] of Object.entries(texts)) {
    const samples = await speaker.speak(text, { voice: 'slt', speed: 1 }, signal);
    files[name] = encodeWav(samples, { sampleRateHz: speaker.sampleRateHz, channels: 1 });
  }
  await speaker.close();
  return files;
}

it('runs after a spoken yes, and not after a question or a no', async () => {
  const words = {
    'order.wav': 'Cancel my order seventeen.',
    'question.wav': 'Can you do it',
    'yes.wav': 'Yes, go ahead.',
    'no.wav': 'No, thank you.',
  };
  const folder = folderWith({ 'agents.yaml': agents, ...(await spoken(words)) });
  const turns = ['order.wav', 'no.wav', 'order.wav', 'question.wav', 'yes.wav'];
  const { stdout, stderr } = await antiphon(['run', ...turns, '--pace', 'fast', '--json'], { cwd: folder });
  expect(stderr).toBe('');
  const told = summaryOf(stdout).turns.map(({ agent, tool_calls: calls }) => [
    agent.transcript,
    ...calls.map(({ status }) => status),
  ]);
  const question = 'Cancels an order. Order: 17. Shall I go ahead?';
  expect(told).toEqual([
    [question],
    ['All right, I have not done that.', 'rejected'],
    [question],
    [`Please say yes or no. ${question}`],
    ['It is cancelled.', 'completed'],
  ]);
  expect(existsSync(join(folder, 'ran')) && readFileSync(join(folder, 'ran'), 'utf8')).toBe('17');
});
