import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderWith, jsonLines } from './support/antiphon-process.ts';
import { runHere } from './support/run-here.ts';

const web = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html').end('<p>It rains today. Bring a coat.</p>');
});
beforeAll(() => new Promise<void>((resolve) => void web.listen(0, '127.0.0.1', resolve)));
afterAll(() => web.close());

const agentFile = (port: number) => `version: 1
plugins:
  - "@antiphon/tools/end-call"
  - "@antiphon/tools/note"
  - "@antiphon/tools/dtmf"
  - { use: "@antiphon/tools/transfer", config: { targets: { billing: "tel:+15550100" } } }
  - { use: "@antiphon/tools/fetch", config: { allow: ["localhost:${port}"] } }
  - { use: "@antiphon/tools/knowledge", config: { folder: ./docs, phrases: ["when do you {query}"] } }
  - { use: "@antiphon/tools/memory", config: { folder: ./memory } }
  - { use: ./apart.mjs, isolation: worker }
agents:
  desk: { instructions: x, output_modalities: [text], tools: ["*"] }
`;

const files = (port: number) => ({
  'agents.yaml': agentFile(port),
  'docs/guide.md': '# Hours\n\nWe open at ten.\n',
  'apart.mjs': `
    const input = { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] };
    export default { [Symbol.for('antiphon.tool')]: true, name: 'shout', description: 'Shouts.', input,
      settings: { intents: [{ match: ['shout {word}'], reply: '{{result.loud}}' }] },
      execute: ({ word }) => ({ loud: word.toUpperCase() }) };`,
});

it('the built-in plugins answer offline, and the last of them ends the conversation', async () => {
  const { port } = web.address() as AddressInfo;
  const folder = folderWith(files(port));
  const said = [
    'when do you open',
    `read the page http://localhost:${port}/news`,
    'press one two hash',
    'transfer me to billing',
    'what do you remember about me',
    'leave a note that the heating is cold',
    'shout hello',
    'thank you goodbye',
    'are you still there',
  ];
  const words = said.flatMap((text) => ['--text', text]);
  const { stdout, exitCode } = await runHere(
    ['run', ...words, '--provider', 'local', '--json', '--out', '@out'],
    {
      folder,
    },
  );
  const summary = jsonLines(stdout).at(-1) as {
    turns: {
      tool_calls: { name: string; status: string; output: object }[];
      agent: { transcript: string };
    }[];
  };
  expect([exitCode, summary]).toMatchObject([
    0,
    { status: 'completed', notes: [expect.stringContaining('the heating is cold')] },
  ]);
  expect(
    summary.turns.map(({ tool_calls, agent }) => [
      tool_calls[0]?.name,
      tool_calls[0]?.status,
      agent.transcript,
    ]),
  ).toEqual([
    ['search_documents', 'completed', 'We open at ten.'],
    ['fetch_page', 'completed', 'It rains today. Bring a coat.'],
    ['send_dtmf', 'failed', expect.stringContaining('no telephone call')],
    ['transfer_call', 'failed', expect.stringContaining('no telephone call')],
    ['recall', 'failed', expect.any(String)],
    ['leave_note', 'completed', 'I have noted that for the team.'],
    ['shout', 'completed', 'HELLO'],
    ['end_call', 'completed', 'Goodbye!'],
  ]);
});

it('all of them are listed', async () => {
  const { port } = web.address() as AddressInfo;
  const { stdout } = await runHere(['tools', 'list'], { folder: folderWith(files(port)) });
  for (const name of [
    'end_call',
    'leave_note',
    'send_dtmf',
    'transfer_call',
    'fetch_page',
    'search_documents',
  ]) {
    expect(stdout).toContain(`${name}(`);
  }
  expect(stdout).toContain('remember(fact)');
  expect(stdout).toContain('shout(word)');
});
