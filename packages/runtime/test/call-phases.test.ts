import type { JsonValue } from '@antiphon/core';
import { ScriptedProvider, testConversation } from '@antiphon/testing';
import { definePlugin, defineTool, type EndedSession, ToolError } from '@antiphon/tools';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createAntiphon } from '../src/create-antiphon.ts';
import type { AgentFileError } from '../src/program/agent-file-error.ts';
import { jsonlSessionStore } from '../src/stores/jsonl-session-store.ts';
import { recordingLogger } from './support/recording-logger.ts';
import { tempFolder } from './support/temp-folder.ts';

/** A plugin whose tools and hooks write down what they are given. */
function crm(hooks: Parameters<typeof definePlugin>[0]['setup'] = () => {}) {
  const asked: JsonValue[] = [];
  const plugin = definePlugin({
    name: 'crm',
    async setup(ctx) {
      ctx.tool(
        defineTool({
          name: 'find_customer',
          description: 'Finds a customer',
          input: z.object({ phone: z.string() }),
          execute({ phone }, { session }) {
            asked.push({ phone, caller: session.caller });
            if (phone === '0') throw new ToolError('There is no such customer.');
            return { name: 'Ann', plan: { tier: 'gold', seats: 3 } };
          },
        }),
      );
      ctx.tool(
        defineTool({
          name: 'save_note',
          description: 'Saves a note',
          input: z.object({ text: z.string(), tier: z.string().optional(), seconds: z.int() }),
          execute(input) {
            asked.push({ ...input, tier: input.tier ?? null });
          },
        }),
      );
      await hooks(ctx, {} as never);
    },
  });
  return { plugin, asked };
}

const agentFile = `version: 1
agents:
  desk:
    instructions: 'You speak with {{name}}, {{tier}}, {{seats}} seats, {{about}}.'
    variables: { name: a customer, tier: unknown, seats: "?" }
    before_call:
      - { tool: find_customer, arguments: { phone: "{{caller.phone}}" }, variables: { name: name, tier: plan.tier, seats: plan.seats } }
    after_call:
      - { tool: save_note, arguments: { text: "{{agent}} {{outcome}}:\\n{{transcript}}", tier: "{{tier}}", seconds: "{{seconds}}" } }
    tools: []
`;
const config = { file: 'agents.yaml', text: agentFile };

describe('before and after a conversation', () => {
  it('calls the tools of the agent file, with what is known', async () => {
    const { plugin, asked } = crm();
    const conversation = await testConversation({
      config,
      plugins: [plugin],
      caller: { phone: '123' },
      variables: { about: 'seats', seats: '9' },
    });
    expect(conversation.instructions).toBe('You speak with Ann, gold, 9 seats, seats.');
    await conversation.turn({ user: 'Hello', agent: 'Hello, Ann.' });
    await conversation.close();
    expect(asked).toEqual([
      { phone: '123', caller: { phone: '123' } },
      {
        text: 'desk completed:\nuser: Hello\nagent: Hello, Ann.',
        tier: 'gold',
        seconds: expect.any(Number) as number,
      },
    ]);
  });

  it('goes on with the defaults where a call fails, and the values of the application come first', async () => {
    const { plugin } = crm();
    await using conversation = await testConversation({
      config,
      plugins: [plugin],
      caller: { phone: '0' },
      variables: { tier: 'silver', about: 'nothing' },
    });
    expect(conversation.instructions).toBe('You speak with a customer, silver, ? seats, nothing.');
    expect(conversation.logs).toContainEqual({
      level: 'warn',
      message: 'a call of the agent file did not complete',
      data: expect.objectContaining({ tool: 'find_customer', status: 'failed' }) as object,
    });
  });

  it('lets plugins find who is on the line, and tells them how it went', async () => {
    const ended: EndedSession[] = [];
    const { plugin, asked } = crm((ctx) => {
      ctx.onSessionStart(async ({ id, agent, caller, resumed }) => ({
        caller: {
          phone: '555',
          tenant: 'other',
          was: `${caller['tenant']} ${agent} ${resumed} ${id !== ''}`,
        },
        variables: { about: 'a found thing' },
      }));
      ctx.onSessionEnd((session) => void ended.push(session));
    });
    const conversation = await testConversation({ config, plugins: [plugin], caller: { tenant: 'acme' } });
    expect(conversation.instructions).toBe('You speak with Ann, gold, 3 seats, a found thing.');
    await conversation.turn({ user: 'Hello', agent: 'Hi.' });
    const { id } = conversation.session;
    await conversation.close();
    expect(asked[0]).toEqual({
      phone: '555',
      caller: { phone: '555', tenant: 'acme', was: 'acme desk false true' },
    });
    expect(ended).toMatchObject([
      { id, agent: 'desk', outcome: { status: 'completed' }, transcript: 'user: Hello\nagent: Hi.' },
    ]);
    expect(ended[0]?.caller).toMatchObject({ tenant: 'acme', phone: '555' });
  });

  it('holds hooks that throw, hang or give nonsense to their time, and goes on without', async () => {
    const signals: AbortSignal[] = [];
    const { plugin } = crm((ctx) => {
      ctx.onSessionStart(() => {
        throw new Error('no database');
      });
      ctx.onSessionStart(({ signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      });
      ctx.onSessionStart((() => ({ variables: { name: 5, about: 'that' }, caller: 'x' })) as never);
      ctx.onSessionEnd(({ signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      });
      ctx.onSessionEnd(() => Promise.reject(new Error('no disk')));
    });
    const conversation = await testConversation({ config, plugins: [plugin], caller: { phone: '1' } });
    expect(conversation.instructions).toContain('a customer');
    expect((await conversation.turn({ user: 'Hello', agent: 'Hi.' })).agent).toBe('Hi.');
    await conversation.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(conversation.logs.filter(({ message }) => message === 'a hook of a plugin failed')).toMatchObject([
      { data: { plugin: 'crm', error: 'Error: no database' } },
      { data: { plugin: 'crm', error: 'Error: it took longer than 5000 ms' } },
      { data: { plugin: 'crm', error: 'Error: no disk' } },
      { data: { plugin: 'crm', error: 'Error: it took longer than 30000 ms' } },
    ]);
  });

  it.each<[string, [string, string], RegExp, number]>([
    [
      'a tool that is not there',
      ['tool: find_customer', 'tool: find_custmer'],
      /lists the tool "find_custmer"/,
      7,
    ],
    ['an argument that is not there', ['phone: "', 'fone: "'], /find_customer before the call.*no "fone"/, 7],
    [
      'an argument left out',
      [', seconds: "{{seconds}}"', ''],
      /save_note after the call.*"seconds" is missing/,
      9,
    ],
    ['a key that is not there', ['variables: { name: name', 'values: { name: name'], /values/, 7],
  ])('finds %s before any call', async (_what, [right, wrong], message, line) => {
    const made = createAntiphon({
      config: { file: 'agents.yaml', text: agentFile.replace(right, wrong) },
      plugins: [crm().plugin],
      env: {},
    });
    const problems = await made.then(
      () => [],
      (error: unknown) => (error as AgentFileError).problems,
    );
    expect(problems).toMatchObject([{ message: expect.stringMatching(message) as string, line }]);
  });
});

describe('a session that is taken up', () => {
  it('is found anew who is on the line, and keeps the variables of its log', async () => {
    const folder = tempFolder();
    const started: boolean[] = [];
    const ended: string[] = [];
    const { plugin, asked } = crm((ctx) => {
      ctx.onSessionStart(({ resumed }) => {
        started.push(resumed);
        return { caller: { phone: resumed ? '2' : '1' }, variables: { about: resumed ? 'later' : 'first' } };
      });
      ctx.onSessionEnd(({ outcome }) => void ended.push(outcome.status));
    });
    const processOf = async () => {
      const provider = new ScriptedProvider();
      const logger = recordingLogger();
      const antiphon = await createAntiphon({
        config: { file: 'agents.yaml', text: agentFile.replace('tools: []', 'tools: [find_customer]') },
        plugins: [plugin],
        providers: { local: provider },
        env: {},
        logger,
        store: jsonlSessionStore(folder, { redact: (text) => text, logger }),
      });
      onTestFinished(() => antiphon.close());
      return { antiphon, provider };
    };
    const first = await processOf();
    const { id } = await first.antiphon.startSession();
    const second = await processOf();
    const session = await second.antiphon.resumeSession(id);
    expect(second.provider.server.of('session.update')[0]?.session).toMatchObject({
      instructions: 'You speak with Ann, gold, 3 seats, first.',
    });
    await session.callTool('find_customer', { phone: '9' });
    expect(asked).toEqual([
      { phone: '1', caller: { phone: '1' } },
      { phone: '9', caller: { phone: '2' } },
    ]);
    expect(started).toEqual([false, true]);
    await second.antiphon.close();
    expect(ended).toEqual(['completed']);
  });
});

describe('health', () => {
  it('asks each plugin, for no longer than told', async () => {
    const signals: AbortSignal[] = [];
    const plugin = (name: string, check?: (signal: AbortSignal) => unknown) =>
      definePlugin({
        name,
        setup: (ctx) => {
          if (check) ctx.health(check as () => string);
        },
      });
    await using antiphon = await createAntiphon({
      config: { file: 'agents.yaml', text: 'version: 1\nagents: { a: { instructions: x } }\n' },
      plugins: [
        plugin('well', async () => 'three connections'),
        plugin('quiet', () => undefined),
        plugin('ill', () => Promise.reject(new Error('no database'))),
        plugin('stuck', (signal) => {
          signals.push(signal);
          return new Promise(() => {});
        }),
        plugin('silent'),
      ],
      env: {},
    });
    const { healthy, plugins } = await antiphon.health({ timeoutMs: 20 });
    expect(healthy).toBe(false);
    expect(plugins.map(({ plugin: name, status, detail }) => [name, status, detail])).toEqual([
      ['well', 'healthy', 'three connections'],
      ['quiet', 'healthy', undefined],
      ['ill', 'unhealthy', 'no database'],
      ['stuck', 'unhealthy', 'it took longer than 20 ms'],
      ['silent', 'unchecked', undefined],
    ]);
    expect(signals[0]?.aborted).toBe(true);
  });
});
