import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeRealtimeServer, type ModelHostedCall, RealtimeServerModel } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { antiphon, folderWith, summaryOf } from './support/antiphon-process.ts';

const token = 'mcp-token-0123456789';

function agentFile(entry: string): string {
  return `version: 1
default_agent: a
providers:
  mine: { type: openai, base_url: "\${URL}", model: any, api_key: key-0123456789 }
agents:
  a:
    provider: mine
    instructions: Help.
    tools:
      - { type: mcp, server_label: docs, server_url: "https://m.example", authorization: "\${TOKEN}", ${entry} }
`;
}

let server: FakeRealtimeServer;
beforeEach(async () => {
  server = await FakeRealtimeServer.start();
});
afterEach(() => server.close());

const search: ModelHostedCall = {
  server: 'docs',
  name: 'search',
  arguments: { q: 'leave' },
  output: '28 days',
};

/** One typed question to a model that calls a tool of its own before it answers. */
async function ask(
  model: RealtimeServerModel,
  { entry = 'require_approval: never', words = [] as readonly string[] } = {},
) {
  server.onConnection(model.script);
  const folder = folderWith({ 'agents.yaml': agentFile(entry) });
  const { exitCode, stdout, stderr } = await antiphon(
    ['run', '--text', 'How much leave do I have?', '--json', '--out', 'answers', ...words],
    { cwd: folder, env: { URL: server.origin, TOKEN: token } },
  );
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const log = readFileSync(join(folder, 'answers', 'session.jsonl'), 'utf8');
  return { summary: summaryOf(stdout), stdout, log };
}

function modelThat(call: ModelHostedCall, more: ConstructorParameters<typeof RealtimeServerModel>[0] = {}) {
  return new RealtimeServerModel(more)
    .when({ output: 'search' })
    .says('You have 28 days.')
    .when({ said: 'leave' }, 1)
    .answers({ hosted: [call] })
    .otherwise()
    .says('I could not look.');
}

describe('a tool that the provider calls itself', () => {
  it.each([
    ['by a server that waits to be asked for the answer', false],
    ['by a server that answers unasked', true],
  ])('%s is followed by one answer', async (_, answersHosted) => {
    const model = modelThat(search, { answersHosted });
    const { summary, stdout, log } = await ask(model);
    expect(summary).toMatchObject({
      turns: [
        {
          agent: { transcript: 'You have 28 days.' },
          tool_calls: [{ name: 'search', status: 'completed', arguments: { q: 'leave' }, output: '28 days' }],
        },
      ],
    });
    const { conversation } = model;
    expect(conversation.sentOf('response.created')).toHaveLength(2);
    expect(conversation.items.filter(({ type }) => type === 'function_call_output')).toEqual([]);
    const [update] = conversation.received.flatMap(({ event }) =>
      event.type === 'session.update' ? [event.session] : [],
    );
    expect(update).toMatchObject({
      tools: [{ type: 'mcp', server_label: 'docs', authorization: token, require_approval: 'never' }],
    });
    expect(stdout).not.toContain(token);
    expect(log).toContain('docs');
    expect(log).not.toContain(token);
  });

  it('keeps a token that stands in the file out of the log', async () => {
    const model = modelThat(search);
    const literal = 'literal-token-9876543210';
    const { stdout, log } = await ask(model, {
      entry: `require_approval: never }
      - { type: mcp, server_label: other, server_url: "https://o.example", authorization: Bearer ${literal}, headers: { x-api-key: key-${literal} }`,
    });
    const sent = JSON.stringify(model.conversation.received);
    expect(sent).toContain(`Bearer ${literal}`);
    expect(sent).toContain(`key-${literal}`);
    expect(stdout + log).not.toContain(literal);
  });

  it('that fails is told with its error, and answered', async () => {
    const model = modelThat({ server: 'docs', name: 'search', error: 'down' });
    const { summary } = await ask(model);
    expect(summary).toMatchObject({
      turns: [{ tool_calls: [{ status: 'failed', output: { error: 'tool_execution_error: down' } }] }],
    });
    expect(model.conversation.sentOf('response.created')).toHaveLength(2);
  });

  it('is spoken about in the same response where the provider does so', async () => {
    const model = new RealtimeServerModel()
      .when({ said: 'leave' })
      .answers({ hosted: [search], thenSays: 'You have 28 days.' });
    const { summary } = await ask(model);
    expect(summary).toMatchObject({ turns: [{ agent: { transcript: 'You have 28 days.' } }] });
    expect(model.conversation.sentOf('response.created')).toHaveLength(1);
  });

  it('that it asks for is refused unless the file says who is asked', async () => {
    const model = modelThat({ ...search, asks: true });
    const { summary } = await ask(model, { entry: 'require_approval: always' });
    expect(summary).toMatchObject({
      turns: [
        {
          agent: { transcript: 'I could not look.' },
          tool_calls: [{ status: 'rejected', output: { code: 'tool.approval_not_asked' } }],
        },
      ],
    });
  });

  it('that it asks for is made when the application agrees', async () => {
    const model = modelThat({ ...search, asks: true });
    const { summary } = await ask(model, {
      entry: 'require_approval: always, confirm: app',
      words: ['--approve', 'all'],
    });
    expect(summary).toMatchObject({
      turns: [{ agent: { transcript: 'You have 28 days.' }, tool_calls: [{ status: 'completed' }] }],
    });
    expect(model.conversation.sentOf('response.created')).toHaveLength(2);
  });
});
