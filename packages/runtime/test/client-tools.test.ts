import type { JsonValue, SessionNotice } from '@antiphon/core';
import { ScriptedProvider, settlePromises } from '@antiphon/testing';
import { createClientTool, definePlugin, ToolError, type ToolSettings } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { createAntiphon } from '../src/create-antiphon.ts';
import type { Session } from '../src/session/session.ts';
import type { StartSessionOptions } from '../src/session/session-options.ts';
import { scriptedAntiphon } from './support/scripted-session.ts';

type Called = Extract<SessionNotice, { type: 'client_tool_called' }>;

/** A session whose model has called a tool that the application answers. */
async function scanning(
  options: Pick<StartSessionOptions, 'clientTools'>,
  { settings = {}, observe }: { settings?: ToolSettings; observe?: (call: Called, session: Session) => void },
) {
  const scan = createClientTool({
    name: 'scan',
    description: 'Scans what the user holds up',
    parameters: { type: 'object', properties: { code: { type: 'string' } } },
    timeoutMs: 5_000,
    client: {},
    ...settings,
  });
  const plugin = definePlugin({ name: 'device', setup: (ctx) => ctx.tool(scan) });
  const { antiphon, provider, clock, logger } = await scriptedAntiphon({
    plugins: [plugin],
    tools: { other: null },
  });
  const session = await antiphon.startSession(options);
  const told: SessionNotice[] = [];
  session.observeAll((notice) => told.push(notice));
  if (observe) session.observe('client_tool_called', (call) => observe(call, session));
  session.sendText('Scan it');
  await settlePromises();
  provider.server.callTools('resp_1', [{ callId: 'c1', name: 'scan', arguments: '{"code":"17"}' }]);
  await settlePromises();
  const outputs = (): unknown[] =>
    provider.server.of('conversation.item.create').flatMap(({ item }) => {
      const { output } = item as { output?: string };
      return output === undefined ? [] : [JSON.parse(output)];
    });
  const types = (): string[] => told.map(({ type }) => type).filter((type) => type.startsWith('client_'));
  return { session, clock, logger, told, outputs, types };
}

describe('a tool that the application answers', () => {
  it('tells of the call, and takes the first answer', async () => {
    const calls: Called[] = [];
    const answers: boolean[] = [];
    const { session, outputs, types } = await scanning(
      {},
      {
        observe: (call, session) => {
          calls.push(call);
          answers.push(session.answerCall(call.callId, { result: { item: 'milk' } }));
          answers.push(session.answerCall(call.callId, { error: 'no' }));
        },
      },
    );
    expect(calls).toMatchObject([
      { callId: 'c1', name: 'scan', arguments: { code: '17' }, agent: 'a', timeoutMs: 5_000 },
    ]);
    expect(calls.every((call) => Object.isFrozen(call.arguments))).toBe(true);
    expect(answers).toEqual([true, false]);
    expect(session.answerCall('nothing', { result: 1 })).toBe(false);
    expect(outputs()).toEqual([{ item: 'milk' }]);
    await session.close({ mode: 'cancel' });
    expect(types()).toEqual(['client_tool_called']);
    expect(() => session.answerCall('c1', { result: 1 })).toThrow(
      expect.objectContaining({ code: 'session.closed' }),
    );
  });

  it.each<[name: string, answer: Parameters<Session['answerCall']>[1], output: JsonValue]>([
    ['nothing', { result: undefined }, null],
    ['words', { result: 'milk' }, 'milk'],
    ['an error', { error: 'The camera is off.' }, { error: 'The camera is off.', code: 'tool.failed' }],
    ['an error and data', { error: 'Off.', data: { at: 3 } }, expect.objectContaining({ data: { at: 3 } })],
    ['what is no JSON', { result: 1n }, expect.objectContaining({ code: 'tool.output_invalid' })],
  ])('hands on %s', async (_name, answer, output) => {
    const { session } = await scanning(
      {},
      { observe: ({ callId }, session) => void session.answerCall(callId, answer) },
    );
    expect((await session.callTool('scan', { code: '17' })).output).toEqual(output);
  });

  it.each<[name: string, clientTools: StartSessionOptions['clientTools'], output: unknown]>([
    ['returns', ({ arguments: { code } }) => ({ code: code ?? null }), { code: '17' }],
    ['waits', async () => 'milk', 'milk'],
    ['refuses', () => Promise.reject(new ToolError('Not now.')), { error: 'Not now.', code: 'tool.failed' }],
    [
      'breaks',
      () => {
        throw new Error('key 4711');
      },
      expect.objectContaining({ error: expect.not.stringContaining('4711'), code: 'tool.failed' }),
    ],
  ])('asks a function that %s', async (_name, clientTools, output) => {
    const { session } = await scanning({ ...(clientTools && { clientTools }) }, {});
    expect((await session.callTool('scan', { code: '17' })).output).toEqual(output);
  });

  it('waits no longer than it may, and refuses what comes late', async () => {
    const signals: AbortSignal[] = [];
    const { session, clock, outputs, types } = await scanning(
      { clientTools: ({ signal }) => new Promise(() => signals.push(signal)) },
      {},
    );
    expect(outputs()).toEqual([]);
    await clock.pass(4_999);
    expect(types()).toEqual(['client_tool_called']);
    await clock.pass(1);
    expect(outputs()).toEqual([expect.objectContaining({ code: 'tool.timed_out' })]);
    expect(types()).toEqual(['client_tool_called', 'client_tool_cancelled']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(session.answerCall('c1', { result: 'late' })).toBe(false);
    await settlePromises();
    expect(outputs()).toHaveLength(1);
  });

  it.each<[name: string, settings: ToolSettings, end: (session: Session) => unknown, isCancelled: boolean]>([
    ['an interruption', { onInterrupt: 'cancel' }, (session) => session.interrupt(), true],
    ['an interruption that it outlives', {}, (session) => session.interrupt(), false],
    ['the end of the session', {}, (session) => session.close({ mode: 'cancel' }), true],
  ])('is told of %s', async (_name, settings, end, isCancelled) => {
    const { session, types, outputs } = await scanning({ clientTools: 'events' }, { settings });
    await end(session);
    await settlePromises();
    expect(types()).toEqual(['client_tool_called', ...(isCancelled ? ['client_tool_cancelled'] : [])]);
    if (!isCancelled) expect(session.answerCall('c1', { result: { item: 'milk' } })).toBe(true);
    await settlePromises();
    expect(outputs()).toHaveLength(1);
  });

  it('is answered at once where nobody answers', async () => {
    const { session, types, outputs } = await scanning({}, {});
    expect(outputs()).toEqual([expect.objectContaining({ code: 'tool.no_client' })]);
    const stop = session.observe('client_tool_called', ({ callId }) => {
      session.answerCall(callId, { result: 'milk' });
    });
    expect((await session.callTool('scan', {})).output).toBe('milk');
    stop();
    stop();
    expect((await session.callTool('scan', {})).output).toHaveProperty('code', 'tool.no_client');
    expect(types()).toEqual(['client_tool_called']);
  });

  it('is declared in the agent file', async () => {
    const text = `version: 1
tools:
  scan:
    description: Scans what the user holds up
    parameters: { code: { type: string } }
    client: {}
    timeout_ms: 7000
providers: { scripted: { type: local } }
agents: { a: { provider: scripted, tools: [scan] } }
`;
    const antiphon = await createAntiphon({
      config: { file: 'agents.yaml', text },
      providers: { scripted: new ScriptedProvider({ name: 'scripted' }) },
      env: {},
    });
    const session = await antiphon.startSession({
      clientTools: ({ timeoutMs, arguments: { code } }) => ({ code: code ?? null, timeoutMs }),
    });
    const { output } = await session.callTool('scan', { code: '17' });
    expect(output).toEqual({ code: '17', timeoutMs: 7_000 });
    await antiphon.close();
  });
});
