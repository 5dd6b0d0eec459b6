import { getEventListeners } from 'node:events';
import type { AudioSink } from '@antiphon/core';
import { ArraySource, fakeToolHost, RecordingSink, settlePromises, silence } from '@antiphon/testing';
import { type ApproveCall, definePlugin, defineTool, type ToolContext } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { MemoryLog, scriptedAntiphon, startScripted } from './support/scripted-session.ts';

/** A promise and what settles it. */
function gate<Value>() {
  let open: (value: Value) => void = () => {};
  const opened = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('starting a session', () => {
  it('tells the server who the agent is, and is ready when it has agreed', async () => {
    const { session, provider, notices } = await startScripted({ tools: { get_weather: null } });
    expect(session).toMatchObject({ id: 'sess_1', agentName: 'a', providerName: 'scripted', settled: true });
    expect(session.activity).toBe('listening');
    const { server } = provider;
    expect(server.request).toMatchObject({ sessionId: 'sess_1', agentName: 'a' });
    expect(server.request.tools.map(({ name }) => name)).toEqual(['get_weather']);
    expect(server.received.map(({ type }) => type)).toEqual(['session.update']);
    expect(server.of('session.update')[0]?.session).toMatchObject({ instructions: 'Help.' });
    expect(server.refused).toEqual([]);
    expect(notices).toEqual([]);
  });

  it('takes the tools of the application in place of its own', async () => {
    const { antiphon, provider } = await scriptedAntiphon();
    const toolHost = fakeToolHost({ tools: { own_tool: {} } });
    const session = await antiphon.startSession({ toolHost });
    expect(provider.server.request.tools.map(({ name }) => name)).toEqual(['own_tool']);
    await session.callTool('own_tool', {});
    expect(toolHost.calls).toMatchObject([{ name: 'own_tool', sessionId: session.id }]);
  });

  it('gives tools what the application says of the caller, and nobody else', async () => {
    const callers: unknown[] = [];
    const { antiphon, provider } = await scriptedAntiphon({
      tools: { who: (_input, { session: { caller } }) => callers.push(caller) },
    });
    const log = new MemoryLog();
    for (const tenant of ['tenant-acme', 'tenant-other']) {
      const session = await antiphon.startSession({ caller: { tenant }, log });
      await session.callTool('who', {});
    }
    await (await antiphon.startSession()).callTool('who', {});
    expect(callers).toEqual([{ tenant: 'tenant-acme' }, { tenant: 'tenant-other' }, {}]);
    expect(JSON.stringify([log.records, provider.server.received])).not.toContain('tenant-');
  });

  it('asks the application about calls that it has to agree to', async () => {
    const asked: unknown[] = [];
    const pay = defineTool({
      name: 'pay',
      description: 'Pays',
      input: { type: 'object', properties: { to: { type: 'string' } } },
      confirm: 'app',
      execute: () => 'paid',
    });
    const plugin = definePlugin({ name: 'bank', setup: (ctx) => ctx.tool(pay) });
    const { antiphon } = await scriptedAntiphon({ plugins: [plugin], tools: { other: null } });
    const approve: ApproveCall = ({ arguments: args }) => {
      asked.push(args);
      return args['to'] === 'ann';
    };
    const session = await antiphon.startSession({ approve });
    expect(await session.callTool('pay', { to: 'ann' })).toMatchObject({ status: 'completed' });
    expect(await session.callTool('pay', { to: 'eve' })).toMatchObject({ status: 'rejected' });
    expect(await (await antiphon.startSession()).callTool('pay', { to: 'ann' })).toMatchObject({
      output: { code: 'tool.no_approver' },
    });
    expect(asked).toEqual([{ to: 'ann' }, { to: 'eve' }]);
  });

  it('greets', async () => {
    const { provider } = await startScripted({ agent: ', greeting: { say: Hello }' });
    expect(provider.server.of('response.create')[0]?.response).toMatchObject({
      metadata: { 'antiphon.say': 'Hello' },
    });
  });

  it('takes the agent and the provider that are asked for', async () => {
    const { antiphon, provider } = await scriptedAntiphon();
    const session = await antiphon.startSession({ agent: 'b', provider: 'scripted' });
    expect(session.agentName).toBe('b');
    expect(provider.server.of('session.update')[0]?.session).toMatchObject({
      instructions: 'Help otherwise.',
    });
  });

  it.each([
    [{ agent: 'nobody' }, 'session.unknown_agent'],
    [{ agent: 'constructor' }, 'session.unknown_agent'],
    [{ provider: 'nowhere' }, 'provider.unknown'],
  ])('refuses %j before it connects, and closes the log', async (options, code) => {
    const { antiphon, provider } = await scriptedAntiphon();
    const log = new MemoryLog();
    await expect(antiphon.startSession({ ...options, log })).rejects.toMatchObject({ code, exitCode: 2 });
    expect(provider.servers).toEqual([]);
    expect(log.closes).toBe(1);
  });

  it('gives up on a server that never answers', async () => {
    const { antiphon, provider, clock } = await scriptedAntiphon({ provider: { manners: 'silent' } });
    const log = new MemoryLog();
    const started = expect(antiphon.startSession({ log })).rejects.toMatchObject({
      code: 'provider.timeout',
      exitCode: 3,
      message: 'provider "scripted" did not answer: no session.created within 15 s',
    });
    await clock.pass(14_999);
    expect(provider.server.ended).toBeUndefined();
    await clock.pass(1);
    await started;
    expect(provider.server.ended).toMatchObject({ code: 1000 });
    expect(log.closes).toBe(1);
    expect(clock.pendingMs).toEqual([]);
  });

  it.each([
    [
      'connection that cannot be made',
      { code: 1006, reason: '', error: new Error('refused') },
      'provider.connect_failed',
      'refused',
    ],
    ['close before the welcome', { code: 3000, reason: 'go away' }, 'provider.rejected', 'go away'],
  ])('tells of a %s', async (_name, close, code, words) => {
    const { antiphon, provider, clock } = await scriptedAntiphon({ provider: { manners: 'silent' } });
    const started = antiphon.startSession();
    await settlePromises();
    provider.server.end(close);
    await expect(started).rejects.toMatchObject({
      code,
      exitCode: 3,
      message: expect.stringContaining(words),
    });
    expect(clock.pendingMs).toEqual([]);
  });

  it('tells of settings that the server refuses', async () => {
    const { antiphon, provider } = await scriptedAntiphon({
      provider: {
        manners: 'silent',
        script: (event, server) => {
          const error = {
            type: 'invalid_request_error',
            code: 'invalid_value',
            message: 'No such voice.',
            param: 'session.audio.output.voice',
          };
          server.send({ type: 'error', error: { ...error, event_id: event.event_id ?? null } });
        },
      },
    });
    const started = antiphon.startSession();
    await settlePromises();
    provider.server.open();
    provider.server.send({ type: 'session.created', session: { id: 's' } });
    await expect(started).rejects.toMatchObject({
      code: 'provider.session_refused',
      exitCode: 3,
      message: expect.stringContaining('No such voice.'),
    });
  });

  it('tries a provider again whose warm-up failed', async () => {
    const { antiphon, provider } = await scriptedAntiphon();
    let warmUps = 0;
    Object.assign(provider, {
      async warmUp() {
        warmUps += 1;
        if (warmUps === 1) throw new Error('no weights');
      },
    });
    await expect(antiphon.startSession()).rejects.toThrow('no weights');
    await expect(antiphon.startSession()).resolves.toMatchObject({ agentName: 'a' });
  });

  it('tells a provider that is warmed up whether the user speaks', async () => {
    const { antiphon, provider } = await scriptedAntiphon();
    const told: unknown[] = [];
    Object.assign(provider, { warmUp: async (user: unknown) => void told.push(user) });
    await antiphon.startSession();
    await antiphon.startSession({ source: new ArraySource(new Int16Array(0), { sampleRateHz: 24_000 }) });
    expect(told).toEqual(['types', 'speaks']);
  });
});

describe('a turn', () => {
  it('goes through a tool: call, output, answer', async () => {
    const { session, provider, notices, sink, turn } = await startScripted({
      tools: { get_weather: async (input) => ({ city: (input as { city: string }).city, celsius: 4 }) },
    });
    await turn('Weather in Oslo?', () => {
      provider.server.callTools('resp_1', [
        { callId: 'c1', name: 'get_weather', arguments: '{"city":"Oslo"}' },
      ]);
    });
    const { server } = provider;
    expect(server.received.map(({ type }) => type)).toEqual([
      'session.update',
      'conversation.item.create',
      'response.create',
      'conversation.item.create',
      'response.create',
    ]);
    expect(server.of('conversation.item.create')[1]?.item).toMatchObject({
      type: 'function_call_output',
      call_id: 'c1',
      output: '{"city":"Oslo","celsius":4}',
    });
    expect(server.refused).toEqual([]);
    expect(notices.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'user_turn',
        'tool_started',
        'tool_settled',
        'audio_started',
        'audio_done',
        'settled',
      ]),
    );
    expect(notices.at(-1)?.type).toBe('settled');
    expect(session.settled).toBe(true);
    expect((sink as RecordingSink).samplesOf('item_end_2')).toHaveLength(2400);
  });

  it.each([
    ['a tool that throws', 'bad', '{}', 'failed'],
    ['arguments that are no JSON', 'good', '{"city":', 'rejected'],
    ['arguments of a wrong type', 'good', '{"city":7}', 'rejected'],
    ['a tool that is not there', 'missing', '{}', 'rejected'],
  ])('answers %s, and goes on', async (_name, name, argumentsJson, status) => {
    const { session, provider, notices, turn } = await startScripted({
      tools: {
        good: null,
        bad: () => {
          throw new Error('secret internals');
        },
      },
    });
    await turn('Go', () =>
      provider.server.callTools('resp_1', [{ callId: 'c1', name, arguments: argumentsJson }]),
    );
    const settled = notices.find((notice) => notice.type === 'tool_settled');
    expect(settled).toMatchObject({ callId: 'c1', outcome: { status } });
    const [, output] = provider.server.of('conversation.item.create');
    expect(JSON.stringify(output)).toContain('"call_id":"c1"');
    expect(JSON.stringify(output)).not.toContain('secret internals');
    expect(session.settled).toBe(true);
  });

  it('ends a tool that hangs at its time-out', async () => {
    const { provider, notices, clock, session } = await startScripted({
      tools: { hang: () => new Promise(() => {}) },
    });
    session.sendText('Go');
    await settlePromises();
    provider.server.callTools('resp_1', [{ callId: 'c1', name: 'hang', arguments: '{}' }]);
    await clock.pass(5_000);
    expect(notices.find((notice) => notice.type === 'tool_settled')).toMatchObject({
      outcome: { status: 'timed_out', elapsedMs: 5_000 },
    });
  });

  it('is heard through the source once the server has agreed', async () => {
    const source = new ArraySource(silence({ durationMs: 100, sampleRateHz: 16_000 }), {
      sampleRateHz: 16_000,
    });
    const { provider } = await startScripted({ source });
    await settlePromises();
    expect(provider.server.audioBytes).toBe(2400 * 2);
  });

  it('is committed by the application where it ends turns itself', async () => {
    const { session, provider } = await startScripted({ agent: ', turn_detection: null' });
    session.commit();
    await settlePromises();
    provider.server.send({ type: 'input_audio_buffer.committed', item_id: 'u1', previous_item_id: null });
    await settlePromises();
    expect(provider.server.received.map(({ type }) => type)).toEqual([
      'session.update',
      'input_audio_buffer.commit',
      'response.create',
    ]);
  });
});

describe('say and interrupt', () => {
  it('asks for exactly the text', async () => {
    const { session, provider } = await startScripted();
    session.say('One moment.');
    await settlePromises();
    const [request] = provider.server.of('response.create');
    expect(request?.response).toMatchObject({
      tool_choice: 'none',
      metadata: { 'antiphon.say': 'One moment.' },
    });
    expect(request?.response?.instructions).toContain('"One moment."');
    expect(provider.server.refused).toEqual([]);
  });

  it('lets a tool speak while it works', async () => {
    const { provider, turn } = await startScripted({
      tools: {
        slow: (_input, ctx) => {
          ctx.say('Looking it up.');
          return 1;
        },
      },
    });
    await turn('Go', () =>
      provider.server.callTools('resp_1', [{ callId: 'c1', name: 'slow', arguments: '{}' }]),
    );
    const said = provider.server
      .of('response.create')
      .map(({ response }) => response?.metadata?.['antiphon.say']);
    expect(said).toContain('Looking it up.');
  });

  it('silences the agent, and tells the server how much was heard', async () => {
    const { antiphon, provider, clock } = await scriptedAntiphon();
    const sink = new RecordingSink({ sampleRateHz: 24_000, clock });
    const session = await antiphon.startSession({ sink });
    session.sendText('Tell me');
    await settlePromises();
    provider.server.speak({ responseId: 'r1', itemId: 'i1', text: 'A long story.', ms: 1000 });
    await clock.pass(0);
    expect(session.activity).toBe('speaking');
    await clock.pass(250);
    session.interrupt();
    await settlePromises();
    expect(sink.flushes).toBe(1);
    expect(session.activity).toBe('listening');
    expect(provider.server.of('conversation.item.truncate')).toEqual([
      expect.objectContaining({ item_id: 'i1', content_index: 0, audio_end_ms: 250 }),
    ]);
  });
});

describe('callTool', () => {
  it('calls beside the model, which is not told', async () => {
    const { session, provider } = await startScripted({ tools: { get_weather: { celsius: 4 } } });
    const before = provider.server.received.length;
    expect(await session.callTool('get_weather', { city: 'Oslo' })).toMatchObject({
      status: 'completed',
      arguments: { city: 'Oslo' },
      output: { celsius: 4 },
    });
    expect(await session.callTool('get_weather', { city: 7 })).toMatchObject({ status: 'rejected' });
    expect(await session.callTool('nothing', {})).toMatchObject({ status: 'rejected' });
    expect(provider.server.received).toHaveLength(before);
  });

  it('tells the tool of its session, and has an id of its own each time', async () => {
    const contexts: ToolContext[] = [];
    const { session } = await startScripted({
      tools: {
        look: (_input, ctx) => {
          contexts.push(ctx);
          return null;
        },
      },
    });
    await session.callTool('look', {});
    await session.callTool('look', {});
    expect(contexts.map(({ call, session: { id, agent } }) => [call.id, id, agent])).toEqual([
      ['app_1', 'sess_1', 'a'],
      ['app_2', 'sess_1', 'a'],
    ]);
  });

  it('ends when its signal is aborted', async () => {
    const { session } = await startScripted({ tools: { hang: () => new Promise(() => {}) } });
    const stop = new AbortController();
    const called = session.callTool('hang', {}, stop.signal);
    stop.abort();
    expect(await called).toMatchObject({ status: 'cancelled' });
  });

  it('ends with the session', async () => {
    const { session } = await startScripted({ tools: { hang: () => new Promise(() => {}) } });
    const called = session.callTool('hang', {});
    await session.close({ mode: 'cancel' });
    expect(await called).toMatchObject({ status: 'cancelled' });
  });
});

describe('observers', () => {
  it('are told of their type only, until they go', async () => {
    const { session, provider, turn } = await startScripted();
    const texts: string[] = [];
    const stop = session.observe('transcript', ({ text, final }) => final && texts.push(text));
    await turn('Hello', () => provider.server.speak({ responseId: 'r1', itemId: 'i1', text: 'First.' }));
    stop();
    stop();
    await turn('Again', () => provider.server.speak({ responseId: 'r2', itemId: 'i2', text: 'Second.' }));
    expect(texts).toEqual(['Hello', 'First.']);
  });

  it('are told the time', async () => {
    const { session, clock } = await startScripted();
    const times: number[] = [];
    session.observe('closed', (_notice, atMs) => times.push(atMs));
    await clock.pass(777);
    await session.close();
    expect(times).toEqual([777]);
  });

  it('harm nobody when they throw', async () => {
    const { session, provider, logger, turn } = await startScripted();
    const texts: string[] = [];
    session.observe('transcript', () => {
      throw new Error('mine');
    });
    session.inspect(() => {
      throw new Error('mine too');
    });
    session.observe('transcript', ({ text }) => texts.push(text));
    await turn('Hello', () => provider.server.speak({ responseId: 'r1', itemId: 'i1', text: 'Hi.' }));
    expect(texts).toContain('Hi.');
    expect(session.settled).toBe(true);
    expect(logger.lines).toContain('error: a listener threw');
  });

  it('of plugins are told of every session', async () => {
    const told: unknown[] = [];
    const watching = definePlugin({
      name: 'watching',
      setup: (ctx) => {
        ctx.observe('closed', (event) => told.push(event));
        ctx.observe('ready', () => {
          throw new Error('mine');
        });
      },
    });
    const { antiphon } = await scriptedAntiphon({ plugins: [watching] });
    const sessions = await Promise.all([antiphon.startSession(), antiphon.startSession()]);
    await Promise.all(sessions.map((session) => session.close()));
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ type: 'closed', outcome: { status: 'completed' } });
  });
});

describe('a session without a sink', () => {
  it('takes everything for heard', async () => {
    const { antiphon, provider } = await scriptedAntiphon();
    const session = await antiphon.startSession();
    const done: unknown[] = [];
    session.observe('audio_done', (notice) => done.push(notice));
    session.sendText('Hello');
    await settlePromises();
    provider.server.speak({ responseId: 'r1', itemId: 'i1', text: 'Hi.', ms: 500 });
    await settlePromises();
    expect(done).toMatchObject([{ itemId: 'i1', heardMs: 500, receivedMs: 500, heardText: 'Hi.' }]);
    expect(session.settled).toBe(true);
  });
});

describe('a sink that fails', () => {
  it('ends the session, which says so, and closes cleanly', async () => {
    const broken: AudioSink = {
      sampleRateHz: 24_000,
      write: () => {
        throw new Error('no speaker');
      },
      endPart: () => {
        throw new Error('no speaker');
      },
      flush: () => {
        throw new Error('no speaker');
      },
      onProgress: () => {},
      close: () => Promise.reject(new Error('no speaker')),
    };
    const { session, provider, notices, logger, turn } = await startScripted({ sink: broken });
    await turn('Hello', () => provider.server.speak({ responseId: 'r1', itemId: 'i1', text: 'Hi.' }));
    expect(notices.find((notice) => notice.type === 'transcript' && notice.role === 'agent')).toMatchObject({
      text: 'Hi.',
    });
    expect(logger.lines).toContain('error: the audio sink failed');
    expect(await session.closed).toMatchObject({ reason: 'the audio sink failed' });
    expect(logger.lines).toContain('error: closing failed');
  });
});

describe('closing', () => {
  it.each(['drain', 'cancel'] as const)('with %s leaves nothing', async (mode) => {
    const { session, provider, clock, sink, log } = await startScripted({ tools: { get_weather: null } });
    expect(await session.close({ mode, reason: 'enough' })).toEqual({
      status: 'completed',
      reason: 'enough',
    });
    expect(await session.close()).toEqual({ status: 'completed', reason: 'enough' });
    expect(await session.closed).toEqual({ status: 'completed', reason: 'enough' });
    expect(provider.server.ended).toMatchObject({ code: 1000 });
    expect(clock.pendingMs).toEqual([]);
    expect((sink as RecordingSink).closed).toBe(true);
    expect(log.closes).toBe(1);
    for (const use of [
      () => session.sendText('x'),
      () => session.say('x'),
      () => session.commit(),
      () => session.interrupt(),
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: 'session.closed' }));
    }
    expect(() => session.callTool('get_weather', {})).toThrow(
      expect.objectContaining({ code: 'session.closed' }),
    );
  });

  it('with drain lets the answer end', async () => {
    const { session, provider, notices } = await startScripted();
    session.sendText('Hello');
    const closed = session.close({ mode: 'drain' });
    await settlePromises();
    expect(provider.server.ended).toBeUndefined();
    provider.server.speak({ responseId: 'r1', itemId: 'i1', text: 'Hi.' });
    await closed;
    expect(notices.map(({ type }) => type)).toContain('audio_done');
  });

  it('with cancel stops the tools, and their outputs are sent', async () => {
    const seen = gate<AbortSignal>();
    const { session, provider } = await startScripted({
      tools: {
        hang: (_input, ctx) => {
          seen.open(ctx.signal);
          return new Promise(() => {});
        },
      },
    });
    session.sendText('Go');
    await settlePromises();
    provider.server.callTools('r1', [{ callId: 'c1', name: 'hang', arguments: '{}' }]);
    const signal = await seen.opened;
    await session.close({ mode: 'cancel' });
    expect(signal.aborted).toBe(true);
    expect(JSON.stringify(provider.server.of('conversation.item.create').at(-1))).toContain('"call_id":"c1"');
  });

  it('ends the scope that tools leave things running in', async () => {
    const seen = gate<AbortSignal>();
    const { session } = await startScripted({
      tools: { leave: (_input, ctx) => seen.open(ctx.session.signal) },
    });
    await session.callTool('leave', {});
    const scope = await seen.opened;
    expect(scope.aborted).toBe(false);
    await session.close();
    expect(scope.aborted).toBe(true);
  });

  it('comes with the abort of its signal', async () => {
    const stop = new AbortController();
    const { session, provider } = await startScripted({ signal: stop.signal });
    stop.abort();
    expect(await session.closed).toEqual({ status: 'completed', reason: 'aborted' });
    expect(provider.server.ended).toBeDefined();
  });

  it('comes at once when the signal was aborted before', async () => {
    const { antiphon, provider, clock } = await scriptedAntiphon();
    const log = new MemoryLog();
    await expect(antiphon.startSession({ signal: AbortSignal.abort(), log })).rejects.toMatchObject({
      code: 'session.closed',
    });
    expect(provider.servers).toEqual([]);
    expect(clock.pendingMs).toEqual([]);
    expect(log.closes).toBe(1);
  });

  it('comes when the signal is aborted while it connects', async () => {
    const { antiphon, provider, clock } = await scriptedAntiphon({ provider: { manners: 'silent' } });
    const stop = new AbortController();
    const started = antiphon.startSession({ signal: stop.signal });
    await settlePromises();
    stop.abort();
    await expect(started).rejects.toMatchObject({ code: 'session.closed' });
    expect(provider.server.ended).toBeDefined();
    expect(clock.pendingMs).toEqual([]);
  });

  it('lets go of the signal', async () => {
    const { signal } = new AbortController();
    const { session } = await startScripted({ signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await session.close();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('follows a connection that was ended for good', async () => {
    const { session, provider, clock, notices } = await startScripted();
    session.sendText('Hello');
    await settlePromises();
    provider.server.end({ code: 1008, reason: '', error: new Error('reset by peer') });
    expect(await session.closed).toEqual({
      status: 'failed',
      error: { code: 'provider.lost', reason: 'reset by peer' },
    });
    expect(notices.at(-1)).toMatchObject({ type: 'closed', outcome: { status: 'failed' } });
    expect(clock.pendingMs).toEqual([]);
  });

  it('comes with `await using`', async () => {
    const { antiphon, provider } = await scriptedAntiphon();
    {
      await using session = await antiphon.startSession();
      session.say('x');
    }
    expect(provider.server.ended).toBeDefined();
  });
});

describe('several sessions', () => {
  it('share a provider and nothing else', async () => {
    const { antiphon, provider } = await scriptedAntiphon({ tools: { get_weather: null } });
    const [first, second] = await Promise.all([antiphon.startSession(), antiphon.startSession()]);
    const told: string[] = [];
    second?.observeAll(({ type }) => told.push(type));
    first?.sendText('Hello');
    await settlePromises();
    const [firstServer, secondServer] = provider.servers;
    firstServer?.end({ code: 1008, reason: 'gone' });
    expect(await first?.closed).toMatchObject({ status: 'failed' });
    expect(told).toEqual([]);
    expect(second?.id).not.toBe(first?.id);
    second?.sendText('Still there?');
    await settlePromises();
    expect(secondServer?.of('conversation.item.create')).toHaveLength(1);
    expect(firstServer?.of('conversation.item.create')).toHaveLength(1);
    expect(await second?.close({ mode: 'cancel' })).toMatchObject({ status: 'completed' });
  });

  it('do not share what a tool remembers of a session', async () => {
    const ids = new Set<string>();
    const { antiphon } = await scriptedAntiphon({
      tools: {
        look: (_input, ctx) => {
          ids.add(ctx.session.id);
          return null;
        },
      },
    });
    const sessions = await Promise.all([antiphon.startSession(), antiphon.startSession()]);
    for (const session of sessions) await session.callTool('look', {});
    expect(ids.size).toBe(2);
  });
});

describe('Antiphon', () => {
  it('closes its sessions, then its providers and plugins, once', async () => {
    const order: string[] = [];
    const plugin = definePlugin({ name: 'p', setup: (ctx) => ctx.onClose(() => void order.push('plugin')) });
    const { antiphon, provider } = await scriptedAntiphon({ plugins: [plugin] });
    const close = provider.close.bind(provider);
    provider.close = () => {
      order.push('provider');
      return close();
    };
    const session = await antiphon.startSession();
    void session.closed.then(() => order.push('session'));
    await Promise.all([antiphon.close(), antiphon.close()]);
    await antiphon.close();
    expect(order).toEqual(['session', 'provider', 'plugin']);
    await expect(antiphon.startSession()).rejects.toMatchObject({ code: 'session.closed_runtime' });
  });

  it('closes a session that is still connecting', async () => {
    const { antiphon, provider, clock } = await scriptedAntiphon({ provider: { manners: 'silent' } });
    const started = antiphon.startSession();
    started.catch(() => {});
    await settlePromises();
    await antiphon.close();
    await expect(started).rejects.toMatchObject({ code: 'session.closed' });
    expect(provider.server.ended).toBeDefined();
    expect(clock.pendingMs).toEqual([]);
  });

  it('starts no session that asked before the close and was not under way', async () => {
    const { antiphon, provider, clock } = await scriptedAntiphon();
    const warm = gate<undefined>();
    Object.assign(provider, { warmUp: () => warm.opened });
    const started = antiphon.startSession();
    started.catch(() => {});
    await settlePromises();
    const closed = antiphon.close();
    warm.open(undefined);
    await closed;
    await expect(started).rejects.toMatchObject({ code: 'session.closed_runtime' });
    expect(provider.servers).toEqual([]);
    expect(clock.pendingMs).toEqual([]);
  });

  it('names its agents and their tools', async () => {
    const { antiphon } = await scriptedAntiphon({ tools: { get_weather: null } });
    expect(antiphon.agentNames).toEqual(['a', 'b']);
    expect(antiphon.toolsOf('a').map(({ name }) => name)).toEqual(['get_weather']);
    expect(antiphon.toolsOf('b')).toEqual([]);
    expect(() => antiphon.toolsOf('c')).toThrow(expect.objectContaining({ code: 'session.unknown_agent' }));
  });
});
