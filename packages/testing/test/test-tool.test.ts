import { definePlugin, defineTool, ToolError } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { testTool } from '../src/index.ts';

const weather = defineTool({
  name: 'get_weather',
  description: 'The weather in a city',
  input: z.object({ city: z.string(), days: z.int().default(1) }),
  result: { fields: ['temperature_c', 'tenant'] },
  execute({ city, days }, { progress, say, session }) {
    if (city === 'Atlantis') throw new ToolError('There is no city named Atlantis.');
    if (city === 'Crash') throw new Error('the password is hunter2');
    progress({ city });
    say('One moment.');
    return { city, days, temperature_c: 22, tenant: session.caller['tenant'] };
  },
});

describe('testTool', () => {
  it('calls a tool as a session does: defaults, progress, words, and the shape of the result', async () => {
    await using tested = await testTool(weather, { caller: { tenant: 'acme' } });
    expect(await tested.call({ city: 'Rome' })).toEqual({
      status: 'completed',
      output: { temperature_c: 22, tenant: 'acme' },
      modelText: '{"temperature_c":22,"tenant":"acme"}',
      progress: [{ city: 'Rome' }],
      says: ['One moment.'],
      logs: [],
      elapsedMs: 0,
    });
    expect(tested.spec).toMatchObject({ name: 'get_weather', timeoutMs: 10_000 });
  });

  it.each<[string, object | string, string, RegExp]>([
    ['a number for a text', { city: 5 }, 'rejected', /city/],
    ['a text for a number', { city: 'Rome', days: '2' }, 'rejected', /days/],
    ['a malformed text', '{"city":', 'rejected', /not a JSON object/],
    ['what the tool refuses', { city: 'Atlantis' }, 'failed', /no city named Atlantis/],
    ['what the tool breaks at', { city: 'Crash' }, 'failed', /get_weather failed/],
  ])('answers %s', async (_what, input, status, text) => {
    await using tested = await testTool(weather);
    const call = await tested.call(input);
    expect(call.status).toBe(status);
    expect(call.modelText).toMatch(text);
    expect(call.modelText).not.toContain('hunter2');
  });

  it('shows in its logs what the model is not told', async () => {
    await using tested = await testTool(weather);
    const { logs } = await tested.call({ city: 'Crash' });
    expect(logs).toMatchObject([
      { level: 'error', message: 'a tool failed', data: { error: 'Error: the password is hunter2' } },
    ]);
    expect((await tested.call({ city: 'Rome' })).logs).toEqual([]);
  });

  it('lets virtual time run out, and cancels', async () => {
    const aborted: string[] = [];
    const slow = defineTool({
      name: 'slow',
      description: 'Never ends',
      input: z.object({}),
      timeoutMs: 600_000,
      execute: (_input, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push((signal.reason as Error).name);
            reject(signal.reason as Error);
          });
        }),
    });
    await using tested = await testTool(slow);
    expect(await tested.call({}, { passMs: 600_000 })).toMatchObject({
      status: 'timed_out',
      elapsedMs: 600_000,
    });
    const stop = new AbortController();
    const called = tested.call({}, { signal: stop.signal });
    await tested.clock.pass(5);
    stop.abort();
    expect(await called).toMatchObject({ status: 'cancelled', elapsedMs: 5 });
    expect(aborted).toEqual(['TimeoutError', 'AbortError']);
  });

  it('keeps one session for all calls, and ends it', async () => {
    let runs = 0;
    let ended = false;
    const book = defineTool({
      name: 'book',
      description: 'Books a table',
      input: z.object({ day: z.string() }),
      idempotentBy: ['day'],
      execute(_input, { session }) {
        session.signal.addEventListener('abort', () => void (ended = true));
        runs += 1;
        return runs;
      },
    });
    const tested = await testTool(book);
    expect((await tested.call({ day: 'Monday' })).output).toBe(1);
    expect((await tested.call({ day: 'Monday' })).output).toBe(1);
    expect((await tested.call({ day: 'Friday' })).output).toBe(2);
    await tested.close();
    expect(ended).toBe(true);
  });

  const shop = definePlugin({
    name: 'shop',
    config: z.strictObject({ greeting: z.string().default('Hello'), closed: z.array(z.string()).optional() }),
    setup(ctx, { greeting, closed }) {
      ctx.onClose(() => void closed?.push(greeting));
      const input = z.object({});
      ctx.tool(defineTool({ name: 'greet', description: 'Greets', input, execute: () => greeting }));
      ctx.tool(defineTool({ name: 'part', description: 'Parts', input, execute: () => 'Bye' }));
    },
  });

  it('sets a plugin up with its config, and closes it', async () => {
    await using standard = await testTool(shop, { tool: 'greet' });
    expect((await standard.call()).output).toBe('Hello');
    const tested = await testTool(shop, { tool: 'greet', config: { greeting: 'Hi' } });
    expect((await tested.call()).output).toBe('Hi');
    await tested.close();
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'config that does not fit',
      () => testTool(shop, { tool: 'greet', config: { greting: 'x' } }),
      /greting/,
    ],
    ['no choice among several tools', () => testTool(shop), /say which tool .*: greet, part/],
    ['a tool that is not there', () => testTool(shop, { tool: 'gret' }), /no tool "gret".*: greet, part/],
    [
      'a tool that is not sound',
      () => testTool(defineTool({ name: 'a b', description: 'x', input: z.object({}), execute: () => 1 })),
      /a b/,
    ],
  ])('refuses %s', async (_what, make, message) => {
    await expect(make()).rejects.toThrow(message);
  });
});
