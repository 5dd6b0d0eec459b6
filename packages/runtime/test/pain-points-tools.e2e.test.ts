// What users of other frameworks suffered most, over real sockets: tools.
import type { JsonValue } from '@antiphon/core';
import { script } from '@antiphon/testing';
import { defineTool, type Tool, ToolError } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { type LiveCall, liveCall, prepareCall } from './support/live-call.ts';

/** A tool that takes its time on the clock of the call. */
function slowTool(
  name: string,
  ms: number,
  settings: Partial<Parameters<typeof defineTool>[0]> = {},
  output: JsonValue = { done: name },
): { readonly tool: Tool; readonly runs: () => number; readonly bind: (call: LiveCall) => void } {
  let runs = 0;
  let call: LiveCall | undefined;
  const tool = defineTool({
    name,
    description: `The ${name} tool.`,
    input: { type: 'object', properties: { day: { type: 'string' } } },
    ...settings,
    execute: (): Promise<JsonValue> => {
      runs++;
      return new Promise((resolve) => call?.clock.setTimer(ms, () => resolve(output)));
    },
  }) as Tool;
  return {
    tool,
    runs: () => runs,
    bind: (bound) => {
      call = bound;
    },
  };
}

/** The outputs in the server's conversation, by the id of their call. */
function outputs(call: LiveCall): ReadonlyMap<string, readonly string[]> {
  const calls = call.model.conversation.items.filter(({ type }) => type === 'function_call');
  const given = call.model.conversation.items.filter(({ type }) => type === 'function_call_output');
  return new Map(
    calls.map(({ callId }) => [
      callId,
      given.filter((item) => item.callId === callId).map(({ output }) => output),
    ]),
  );
}

describe('tools', () => {
  it('14: a result is kept through an interruption, and the same thing is not done twice', async () => {
    const book = slowTool('book', 900, { idempotentBy: ['day'] }, { booked: 'Monday' });
    const call = await prepareCall({
      model: { hears: ['Book Monday.', 'Hurry up!'] },
      answers: (model) =>
        model
          .when({ turn: 1, output: 'book' })
          .says('Booked.')
          .when({ turn: 1 })
          .calls({ name: 'book', arguments: { day: 'Monday' } })
          .when({ turn: 2, output: 'book' }, 1)
          .calls({ name: 'book', arguments: { day: 'Monday' } })
          .otherwise()
          .says('It is booked.'),
      tools: [book.tool],
      caller: (caller) => caller.says({ speechMs: 500 }).says({ speechMs: 1500 }).after({ ms: 900 }),
    });
    book.bind(call);
    await call.start({ source: call.caller.source, sink: call.caller.sink });
    await call.until('the answer', () => call.agentTexts.includes('It is booked.'), 30_000);
    await call.settled();
    const spokeFromMs = call.caller.said[1]?.startMs ?? 0;
    expect(call.noticesOf('tool_settled')[0]?.atMs).toBeGreaterThan(spokeFromMs);
    expect(book.runs()).toBe(1);
    expect([...outputs(call).values()]).toEqual([['{"booked":"Monday"}'], ['{"booked":"Monday"}']]);
    expect(call.refusals).toEqual([]);
  });

  it.each<[string, Partial<Parameters<typeof defineTool>[0]>, (call: LiveCall) => void]>([
    ['ends', {}, () => {}],
    ['throws', { execute: () => Promise.reject(new Error('broken')) }, () => {}],
    ['refuses', { execute: () => Promise.reject(new ToolError('Not today.')) }, () => {}],
    ['is too slow', { timeoutMs: 500 }, () => {}],
    ['is cancelled by an interruption', { onInterrupt: 'cancel' }, (call) => call.session.interrupt()],
    ['is kept through an interruption', { onInterrupt: 'keep' }, (call) => call.session.interrupt()],
    ['is overtaken by a turn', {}, (call) => call.session.sendText('And another thing.')],
  ])(
    '15: a call that %s has exactly one output, and the session goes on',
    async (_name, settings, meanwhile) => {
      const look = slowTool('look', 1000, settings);
      const tool =
        settings.execute === undefined
          ? look.tool
          : (defineTool({
              name: 'look',
              description: 'Looks.',
              input: { type: 'object', properties: {} },
              execute: settings.execute,
            }) as Tool);
      const call = await prepareCall({
        answers: (model) => model.when({ said: 'look' }, 1).calls({ name: 'look', callId: 'call_look' }),
        tools: [tool],
      });
      look.bind(call);
      await call.start({ sink: call.caller.sink });
      call.session.sendText('Look.');
      await call.until('the call', () => call.noticesOf('tool_started').length === 1);
      await call.pass(100);
      meanwhile(call);
      await call.pass(2000);
      await call.settled();
      expect(outputs(call).get('call_look')).toHaveLength(1);
      await call.turn('Still there?');
      expect(call.model.conversation.items.at(-1)).toMatchObject({ role: 'assistant' });
      expect(outputs(call).get('call_look')).toHaveLength(1);
      expect(call.refusals).toEqual([]);
    },
  );

  it.each([
    ['a tool that is none', { name: 'bok', arguments: {} }, /book/],
    ['arguments that are no JSON', { name: 'book', arguments: '{"day": ' }, /JSON/],
    ['an argument of the wrong type', { name: 'book', arguments: { day: 5 } }, /day/],
    ['a missing argument', { name: 'book', arguments: {} }, /day/],
  ])('16: %s is answered in words, and the session goes on', async (_name, wrong, words) => {
    const days: unknown[] = [];
    const book = defineTool({
      name: 'book',
      description: 'Books a day.',
      input: { type: 'object', properties: { day: { type: 'string' } }, required: ['day'] },
      execute: (input) => days.push(input),
    }) as Tool;
    const call = await liveCall({
      answers: (model) =>
        model
          .when({ said: 'book' }, 1)
          .calls({ ...wrong, callId: 'call_wrong' })
          .when({ said: 'book' }, 1)
          .calls({ name: 'book', arguments: { day: 'Monday' } }),
      tools: [book],
    });
    await call.turn('Book it.');
    const [output = ''] = outputs(call).get('call_wrong') ?? [];
    expect(output).toMatch(/error/i);
    expect(output).toMatch(words);
    expect(days).toEqual([{ day: 'Monday' }]);
    expect(call.agentTexts).toEqual(['All right.']);
  });

  it('17: a tool that never ends is answered for in time', async () => {
    const never = slowTool('never', Number.POSITIVE_INFINITY, { timeoutMs: 1500 });
    const call = await prepareCall({
      answers: (model) =>
        model
          .when({ said: 'try' }, 1)
          .calls({ name: 'never', callId: 'call_never' })
          .otherwise()
          .says('It did not work.'),
      tools: [never.tool],
    });
    never.bind(call);
    await call.start({ sink: call.caller.sink });
    const startMs = call.clock.nowMs();
    await call.turn('Try.');
    expect(call.noticesOf('tool_settled')).toMatchObject([{ outcome: { status: 'timed_out' } }]);
    expect((call.noticesOf('tool_settled')[0]?.atMs ?? 0) - startMs).toBeLessThan(1700);
    expect(call.agentTexts).toEqual(['It did not work.']);
  });

  // A tool that blocks the thread is the matter of isolated tools.
  it('18: a slow tool does not stop the sound of the user, and is not met with silence', async () => {
    const slow = slowTool('slow', 3000, { filler: { afterMs: 800, say: 'One moment.' } });
    const call = await prepareCall({
      answers: (model) =>
        model
          .when({ turn: 1, output: 'slow' })
          .says('Here it is.')
          .when({ turn: 1, instructions: 'Help' })
          .calls({ name: 'slow' }),
      tools: [slow.tool],
      caller: (caller) => caller.says({ speechMs: 500 }),
    });
    slow.bind(call);
    await call.start({ source: call.caller.source, sink: call.caller.sink });
    await call.until('the call', () => call.noticesOf('tool_started').length === 1);
    const before = call.model.conversation.heard.ms;
    await call.pass(2500);
    expect(call.model.conversation.heard.ms - before).toBeGreaterThanOrEqual(2400);
    expect(call.agentTexts).toEqual(['One moment.']);
    await call.settled();
    expect(call.agentTexts).toEqual(['One moment.', 'Here it is.']);
  });

  it('19: calls of one response run side by side and are answered once', async () => {
    const tools = [slowTool('a', 300), slowTool('b', 900), slowTool('c', 600)];
    const call = await prepareCall({
      answers: (model) =>
        model
          .when({ said: 'all' }, 1)
          .calls({ name: 'a' }, { name: 'b' }, { name: 'c' })
          .otherwise()
          .says('All done.'),
      tools: tools.map(({ tool }) => tool),
    });
    for (const { bind } of tools) {
      bind(call);
    }
    await call.start({ sink: call.caller.sink });
    const startMs = call.clock.nowMs();
    await call.turn('Do all.');
    const received = call.model.conversation.received.map(({ event }) => event.type);
    expect(received.filter((type) => type === 'response.create')).toHaveLength(2);
    expect(received.slice(-4)).toEqual([
      'conversation.item.create',
      'conversation.item.create',
      'conversation.item.create',
      'response.create',
    ]);
    expect((call.noticesOf('tool_settled').at(-1)?.atMs ?? 0) - startMs).toBeLessThan(1100);
    expect(call.agentTexts).toEqual(['All done.']);
  });

  it('20: nobody is asked whether they are still there while a tool works, whatever is said meanwhile', async () => {
    const slow = slowTool('slow', 5000, { filler: { afterMs: 500, say: 'One moment.' } });
    const call = await prepareCall({
      agent: 'idle: { after_ms: 1000, say: Are you still there? }',
      answers: (model) =>
        model
          .when({ said: 'slowly', instructions: 'Help' }, 1)
          .calls({ name: 'slow' })
          .when({ output: 'slow' })
          .says('Done.'),
      tools: [slow.tool],
    });
    slow.bind(call);
    await call.start({ sink: call.caller.sink });
    call.session.sendText('Slowly, please.');
    await call.until('the end of the tool', () => call.noticesOf('tool_settled').length === 1);
    await call.settled();
    expect(call.agentTexts).toEqual(['One moment.', 'Done.']);
    expect(call.noticesOf('idle')).toEqual([]);
    const settledMs = call.noticesOf('tool_settled')[0]?.atMs ?? 0;
    const activities = call.noticesOf('activity').filter(({ atMs }) => atMs < settledMs);
    expect(activities.map(({ activity }) => activity)).not.toContain('listening');
    // Once all is done, silence counts.
    await call.until('the question', () => call.noticesOf('idle').length === 1);
  });

  it('21: a server that refuses what it does not know is told nothing that it does not know', async () => {
    const tool = slowTool('look', 100, {
      timeoutMs: 5000,
      filler: { afterMs: 800, say: 'One moment.' },
      idempotentBy: ['day'],
    });
    const call = await prepareCall({
      agent:
        'greeting: { say: Welcome. }, max_output_tokens: inf, voice: marin, noise_reduction: { type: near_field }',
      answers: (model) => model.when({ said: 'look' }, 1).calls({ name: 'look' }),
      tools: [tool.tool],
    });
    tool.bind(call);
    await call.start({ sink: call.caller.sink });
    await call.settled();
    await call.turn('Look.');
    expect(call.refusals).toEqual([]);
    expect(call.model.conversation.session['tools']).toEqual([
      {
        type: 'function',
        name: 'look',
        description: 'The look tool.',
        parameters: expect.objectContaining({ type: 'object' }),
      },
    ]);
  });

  it('21: settings that are refused are a loud error with the name of the member', async () => {
    const call = await prepareCall({
      server: script()
        .greets()
        .does(async (peer) => {
          const { event_id = null } = await peer.expect('session.update');
          peer.send({
            type: 'error',
            error: {
              type: 'invalid_request_error',
              code: 'unknown_parameter',
              message: "Unknown parameter: 'session.tools[0].strict'.",
              param: 'session.tools[0].strict',
              event_id,
            },
          });
        })
        .build(),
    });
    const error: unknown = await call.start({ sink: call.caller.sink }).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({ code: 'provider.session_refused' });
    expect(String(error)).toContain('session.tools[0].strict');
  });
});
