import { getEventListeners } from 'node:events';
import type { JsonObject, ToolCallStatus } from '@antiphon/core';
import { VirtualClock } from '@antiphon/testing';
import {
  createToolHost,
  defineTool,
  type RememberedCall,
  type Tool,
  ToolError,
  type ToolSettings,
} from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildRegistry } from '../src/registry.ts';
import { memoryLogger, testHost } from './support/host.ts';

const never = new Promise<never>(() => undefined);

function tool(execute: Tool['execute'], settings: ToolSettings = {}): Tool {
  return defineTool({ name: 'work', description: 'Works', input: z.looseObject({}), execute, ...settings });
}

const weather = defineTool({
  name: 'get_weather',
  description: 'Weather in a city',
  input: z.object({ city: z.string(), unit: z.enum(['celsius', 'fahrenheit']).default('celsius') }),
  execute: ({ city, unit }) => ({ city, unit, degrees: 21 }),
});

const count = defineTool({
  name: 'count',
  description: 'Counts',
  input: {
    type: 'object',
    properties: { n: { type: 'integer', minimum: 0 }, more: { type: 'array', items: { type: 'integer' } } },
    required: ['n'],
  },
  execute: () => 'counted',
}) as Tool;

describe('what the model wrote', () => {
  const deep = `{"city":${'['.repeat(40)}${']'.repeat(40)}}`;
  const table: readonly [why: string, name: string, json: string, says: readonly string[]][] = [
    [
      'an unknown tool',
      'get_wether',
      '{}',
      ['get_wether', 'get_weather', 'Did you mean "get_weather"?', 'tool.unknown'],
    ],
    [
      'malformed JSON',
      'get_weather',
      '{"city":',
      ['not a JSON object', 'city (string, required)', 'tool.arguments_not_json'],
    ],
    ['a list', 'get_weather', '["Rome"]', ['a list', 'tool.arguments_not_json']],
    ['a text', 'get_weather', '"Rome"', ['tool.arguments_not_json']],
    ['a missing field', 'get_weather', '{"town":"Rome"}', ['"city" is required', 'tool.arguments_invalid']],
    ['a wrong type', 'get_weather', '{"city":7}', ['"city"', 'string', 'tool.arguments_invalid']],
    ['a wrong choice', 'get_weather', '{"city":"Rome","unit":"kelvin"}', ['"unit"', 'celsius', 'fahrenheit']],
    [
      'too much',
      'get_weather',
      JSON.stringify({ city: 'x'.repeat(70_000) }),
      ['65536 bytes', 'tool.arguments_too_large'],
    ],
    ['too deep', 'get_weather', deep, ['32 levels', 'tool.arguments_too_deep']],
    [
      'a prototype key',
      'get_weather',
      '{"city":"Rome","a":[{"__proto__":{"polluted":1}}]}',
      ['__proto__', 'tool.arguments_forbidden'],
    ],
    ['a number beyond all numbers', 'work', '{"a":[1e999]}', ['too large', 'tool.arguments_not_json']],
    [
      'a whole number that would become another',
      'count',
      '{"n":9007199254740993}',
      ['"n"', '9007199254740991', 'tool.arguments_invalid'],
    ],
    [
      'one inside a list, too',
      'count',
      '{"n":1,"more":[-9007199254740993]}',
      ['"more[0]"', '-9007199254740991', 'tool.arguments_invalid'],
    ],
    [
      'a constructor key',
      'get_weather',
      '{"city":"Rome","constructor":{"prototype":{"polluted":1}}}',
      ['constructor.prototype'],
    ],
  ];
  it.each(table)('%s is answered without running the tool', async (_why, name, json, says) => {
    const outcome = await testHost([weather, tool(() => 'ran'), count]).call(name, json);
    expect(outcome.status).toBe('rejected');
    for (const words of says) expect(JSON.stringify(outcome.output).replaceAll('\\"', '"')).toContain(words);
    expect(JSON.parse(outcome.outputText)).toEqual(outcome.output);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('accepts arguments at the limits of size and depth', async () => {
    const size = 64 * 1024 - JSON.stringify({ a: '' }).length;
    const { call } = testHost([tool(() => 'ran')]);
    expect((await call('work', JSON.stringify({ a: 'x'.repeat(size) }))).status).toBe('completed');
    expect((await call('work', JSON.stringify({ a: 'x'.repeat(size + 1) }))).status).toBe('rejected');
    expect((await call('work', `{"a":${'['.repeat(31)}${']'.repeat(31)}}`)).status).toBe('completed');
    expect((await call('work', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`)).status).toBe('rejected');
    expect((await call('work', JSON.stringify({ a: `"${'['.repeat(50)}` }))).status).toBe('completed');
  });

  it('takes an empty text as no arguments', async () => {
    expect(await testHost([tool((input) => input)]).call('work', '')).toMatchObject({
      status: 'completed',
      output: {},
    });
  });

  it('gives the tool what the schema parsed and records what the model wrote', async () => {
    const outcome = await testHost([weather]).call('get_weather', '{"city":"Rome"}');
    expect(outcome).toMatchObject({
      status: 'completed',
      arguments: { city: 'Rome' },
      output: { city: 'Rome', unit: 'celsius', degrees: 21 },
      outputText: '{"city":"Rome","unit":"celsius","degrees":21}',
    });
  });

  it('keeps the text of arguments that could not be parsed, cut when it is too large', async () => {
    const { call } = testHost([weather]);
    expect((await call('get_weather', '{"city')).arguments).toBe('{"city');
    const large = await call('get_weather', 'x'.repeat(1e6));
    expect(JSON.stringify(large.arguments).length).toBeLessThan(2_000);
  });
});

class Instance {
  readonly value = 1;
}

describe('what a tool returns', () => {
  const circular: { self?: unknown } = {};
  circular.self = { circular };
  const wide = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`level${index}`, 0]));
  let shared: unknown = wide;
  for (let level = 0; level < 40; level += 1) shared = [shared, shared];

  const table: readonly [what: string, value: unknown, status: ToolCallStatus, output: unknown][] = [
    ['nothing', undefined, 'completed', null],
    ['null', null, 'completed', null],
    ['a number', 0.5, 'completed', 0.5],
    ['a text', 'done', 'completed', 'done'],
    ['an undefined field', { a: undefined, b: [undefined] }, 'completed', { b: [null] }],
    ['a date', { at: new Date(0) }, 'completed', { at: '1970-01-01T00:00:00.000Z' }],
    [
      'an object without a prototype',
      Object.assign(Object.create(null) as object, { a: 1 }),
      'completed',
      { a: 1 },
    ],
    ['the same object twice', [wide, wide], 'completed', [wide, wide]],
    [
      'circular data',
      circular,
      'failed',
      expect.objectContaining({ error: expect.stringContaining('result.self.circular is circular') }),
    ],
    [
      'a BigInt',
      { n: 1n },
      'failed',
      expect.objectContaining({ error: expect.stringContaining('result.n is a bigint') }),
    ],
    [
      'a function',
      { f: () => 1 },
      'failed',
      expect.objectContaining({ error: expect.stringContaining('result.f is a function') }),
    ],
    [
      'an instance of a class',
      [new Instance()],
      'failed',
      expect.objectContaining({ error: expect.stringContaining('result[0] is an instance of Instance') }),
    ],
    [
      'a Map',
      new Map(),
      'failed',
      expect.objectContaining({ error: expect.stringContaining('an instance of Map') }),
    ],
    [
      'NaN',
      { n: Number.NaN },
      'failed',
      expect.objectContaining({ error: expect.stringContaining('result.n is NaN') }),
    ],
    ['an exploding graph', shared, 'failed', expect.objectContaining({ code: 'tool.output_too_large' })],
    [
      'a throwing getter',
      {
        get boom() {
          throw new Error('secret');
        },
      },
      'failed',
      expect.objectContaining({ code: 'tool.output_invalid' }),
    ],
  ];
  it.each(table)('%s', async (_what, value, status, output) => {
    const outcome = await testHost([tool(() => value)]).call('work');
    expect(outcome).toMatchObject({ status, output });
    expect(outcome.outputText).not.toContain('secret');
  });

  it.each([
    ['a text', 'ä'.repeat(500_000)],
    ['a list', Array.from({ length: 50_000 }, (_, index) => index)],
  ])('%s over 16 KiB is cut for the model and says how much is missing', async (_what, value) => {
    const { output, outputText, status } = await testHost([tool(() => value)]).call('work');
    expect(status).toBe('completed');
    expect(output).toEqual(value);
    expect(Buffer.byteLength(outputText)).toBeLessThanOrEqual(16 * 1024);
    expect(Buffer.byteLength(outputText)).toBeGreaterThan(16 * 1024 - 8);
    expect(outputText).toMatch(/ … \[cut here: the whole is \d+ bytes long\]$/);
    expect(outputText).not.toContain('\ufffd');
  });

  it('refuses a result over 1 MiB, and cuts a text of that size', async () => {
    const list = Array.from({ length: 300_000 }, () => 'four');
    expect(await testHost([tool(() => list)]).call('work')).toMatchObject({
      status: 'failed',
      output: { code: 'tool.output_too_large' },
    });
    const { output } = await testHost([tool(() => 'x'.repeat(3e6))]).call('work');
    expect(typeof output === 'string' && Buffer.byteLength(output) <= 1024 * 1024).toBe(true);
  });
});

describe('what a tool throws', () => {
  const internals = 'postgres://user:password@10.0.0.1';
  const throwing = () => {
    throw new Error(internals);
  };
  const unreadable: unknown = {
    get message() {
      throw new Error('again');
    },
    toString() {
      throw new Error('again');
    },
  };
  const table: readonly [what: string, execute: Tool['execute']][] = [
    [
      'an error',
      () => {
        throw new Error(internals);
      },
    ],
    ['a rejection', () => Promise.reject(new Error(internals))],
    ['a text', () => Promise.reject(internals)],
    ['nothing', () => Promise.reject(undefined)],
    ['something hostile', () => Promise.reject(unreadable)],
    ['a hostile thenable', () => new Proxy({}, { get: (_, key) => (key === 'then' ? throwing : undefined) })],
  ];
  it.each(table)('%s is answered without internals and reported in full', async (_what, execute) => {
    const { call, log } = testHost([tool(execute)]);
    const outcome = await call('work');
    expect(outcome).toMatchObject({
      status: 'failed',
      output: { error: 'the tool work failed', code: 'tool.failed' },
    });
    expect(outcome.outputText).not.toContain(internals);
    expect(log.lines).toMatchObject([{ level: 'error', data: { tool: 'work', callId: 'call_1' } }]);
  });

  it('reports message and stack to the log', async () => {
    const { call, log } = testHost([
      tool(() => {
        throw new RangeError(internals);
      }),
    ]);
    await call('work');
    expect(log.lines[0]?.data).toMatchObject({
      error: `RangeError: ${internals}`,
      stack: expect.stringContaining('tool-host.test.ts'),
    });
  });

  it('gives the model the message and data of a ToolError', async () => {
    const { call } = testHost([
      tool(() => {
        throw new ToolError('No order 4711.', { data: { nearest: ['4710'] } });
      }),
    ]);
    expect(await call('work')).toMatchObject({
      status: 'failed',
      output: { error: 'No order 4711.', code: 'tool.failed', data: { nearest: ['4710'] } },
    });
  });

  it('gives the model words where a ToolError has none', async () => {
    const { call } = testHost([
      tool(() => {
        throw new ToolError(' ', { hint: 'Ask for the number.' });
      }),
    ]);
    const { output } = await call('work');
    expect(output).toEqual({
      error: 'the tool work failed',
      code: 'tool.failed',
      hint: 'Ask for the number.',
    });
  });

  it('treats a throw inside the schema like one of the tool', async () => {
    const broken = defineTool({
      name: 'broken',
      description: 'Broken',
      input: z.object({
        a: z.string().refine(() => {
          throw new Error(internals);
        }),
      }),
      execute: () => 'ran',
    });
    const outcome = await testHost([broken]).call('broken', '{"a":"b"}');
    expect(outcome).toMatchObject({ status: 'failed', output: { code: 'tool.failed' } });
    expect(outcome.outputText).not.toContain(internals);
  });
});

describe('time', () => {
  it('answers at the time-out, whether or not the tool obeys, and drops what comes later', async () => {
    let finish: (value: string) => void = () => undefined;
    let seen: AbortSignal | undefined;
    const { call, clock, log } = testHost([
      tool(
        (_, { signal }) => {
          seen = signal;
          return new Promise((resolve) => (finish = resolve));
        },
        { timeoutMs: 2_000 },
      ),
    ]);
    const outcome = call('work');
    await clock.pass(1_999);
    expect(seen?.aborted).toBe(false);
    await clock.pass(1);
    expect(await outcome).toMatchObject({
      status: 'timed_out',
      elapsedMs: 2_000,
      output: { code: 'tool.timed_out' },
    });
    expect(seen?.aborted).toBe(true);
    finish('late');
    await clock.pass(0);
    expect(log.lines).toMatchObject([
      { message: 'a late result of a tool was dropped', data: { status: 'completed' } },
    ]);
  });

  it('says of a call whose arguments were never checked that it did not run', async () => {
    const stuck = defineTool({
      name: 'stuck',
      description: 'Stuck',
      input: z.object({}).refine(() => never),
      timeoutMs: 500,
      execute: () => 'ran',
    });
    const { call, clock } = testHost([stuck]);
    const outcome = call('stuck');
    await clock.pass(500);
    expect(await outcome).toMatchObject({ status: 'rejected', output: { code: 'tool.not_ready' } });
  });

  it('answers an abort at once, and an abort before the call without running the tool', async () => {
    let runs = 0;
    const { call, clock } = testHost([
      tool(() => {
        runs += 1;
        return never;
      }),
    ]);
    const abort = new AbortController();
    const outcome = call('work', '{}', abort.signal);
    await clock.pass(10);
    abort.abort();
    expect(await outcome).toMatchObject({
      status: 'cancelled',
      elapsedMs: 10,
      output: { code: 'tool.cancelled' },
    });
    expect(await call('work', '{}', abort.signal)).toMatchObject({ status: 'cancelled' });
    expect(runs).toBe(1);
  });

  it('is silent about a tool that throws because it was aborted', async () => {
    const { call, clock, log } = testHost([
      tool(
        (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('stopped')));
          }),
      ),
    ]);
    const abort = new AbortController();
    const outcome = call('work', '{}', abort.signal);
    await clock.pass(0);
    abort.abort();
    expect(await outcome).toMatchObject({ status: 'cancelled' });
    await clock.pass(0);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('leaves no timer and no listener behind', async () => {
    const { call, clock } = testHost([tool(() => 'done')]);
    const { signal } = new AbortController();
    await call('work', '{}', signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(clock.pendingMs).toEqual([]);
  });

  it('cancels what runs when the session closes, and everything after', async () => {
    let session: AbortSignal | undefined;
    const { call, host, clock } = testHost([
      tool((_, context) => {
        session = context.session.signal;
        return never;
      }),
    ]);
    const outcome = call('work');
    await clock.pass(0);
    host.close();
    expect(await outcome).toMatchObject({ status: 'cancelled' });
    expect(session?.aborted).toBe(true);
    expect(await call('work')).toMatchObject({ status: 'cancelled' });
    expect(clock.pendingMs).toEqual([]);
  });
});

describe('several calls', () => {
  /** A tool whose calls end when the test says so. */
  function gated(settings: ToolSettings = {}) {
    const started: string[] = [];
    const finish = new Map<string, (value?: unknown) => void>();
    const gate = defineTool({
      name: 'gate',
      description: 'Waits',
      input: z.object({ id: z.string(), note: z.string().optional() }),
      timeoutMs: 1_000,
      ...settings,
      execute: ({ id }) => {
        started.push(id);
        return new Promise((resolve) => finish.set(id, (value = id) => resolve(value)));
      },
    });
    return { gate, started, finish };
  }
  const json = (id: string, more: JsonObject = {}) => JSON.stringify({ id, ...more });

  it('runs as many at a time as may run and the rest in order', async () => {
    const { gate, started, finish } = gated();
    const { call, clock } = testHost([gate], { parallelCalls: 4 });
    const outcomes = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => call('gate', json(id)));
    await clock.pass(0);
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    finish.get('c')?.();
    await clock.pass(0);
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e']);
    for (const id of ['a', 'b', 'd', 'e']) finish.get(id)?.();
    await clock.pass(0);
    finish.get('f')?.();
    expect((await Promise.all(outcomes)).map(({ output }) => output)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('starts the time of a waiting call when it starts, and frees the place of one that hangs', async () => {
    const { gate, started } = gated();
    const { call, clock } = testHost([gate], { parallelCalls: 1 });
    const first = call('gate', json('a'));
    const second = call('gate', json('b'));
    await clock.pass(1_000);
    expect(await first).toMatchObject({ status: 'timed_out', elapsedMs: 1_000 });
    expect(started).toEqual(['a', 'b']);
    await clock.pass(999);
    await clock.pass(1);
    expect(await second).toMatchObject({ status: 'timed_out', elapsedMs: 2_000 });
  });

  it('cancels a waiting call without running it', async () => {
    const { gate, started, finish } = gated();
    const { call, clock } = testHost([gate], { parallelCalls: 1 });
    const abort = new AbortController();
    const first = call('gate', json('a'));
    const second = call('gate', json('b'), abort.signal);
    const third = call('gate', json('c'));
    await clock.pass(0);
    abort.abort();
    expect(await second).toMatchObject({ status: 'cancelled' });
    finish.get('a')?.();
    await first;
    await clock.pass(0);
    finish.get('c')?.();
    await third;
    expect(started).toEqual(['a', 'c']);
  });

  it('refuses calls over the bound of the queue', async () => {
    const { gate } = gated();
    const { call, clock } = testHost([gate], { parallelCalls: 1, waitingCalls: 2 });
    void call('gate', json('a'));
    void call('gate', json('b'));
    void call('gate', json('c'));
    await clock.pass(0);
    expect(await call('gate', json('d'))).toMatchObject({
      status: 'failed',
      output: { code: 'tool.too_many_calls' },
    });
  });

  it('runs an idempotent call once per key, also when repeats come together', async () => {
    const { gate, started, finish } = gated({ idempotentBy: ['id'] });
    const { call, clock } = testHost([gate]);
    const together = [call('gate', json('a', { note: 'one' })), call('gate', json('a', { note: 'two' }))];
    await clock.pass(0);
    finish.get('a')?.({ paid: true });
    const outcomes = await Promise.all(together);
    outcomes.push(await call('gate', json('a')));
    expect(started).toEqual(['a']);
    expect(outcomes.map(({ output }) => output)).toEqual([{ paid: true }, { paid: true }, { paid: true }]);
    expect(outcomes.map((outcome) => outcome.arguments)).toEqual([
      { id: 'a', note: 'one' },
      { id: 'a', note: 'two' },
      { id: 'a' },
    ]);
    void call('gate', json('b'));
    await clock.pass(0);
    expect(started).toEqual(['a', 'b']);
  });

  it('goes on for a repeat when the first call is cancelled, and stops when the last waiter leaves', async () => {
    const { gate, started, finish } = gated({ idempotentBy: ['id'] });
    const { call, clock } = testHost([gate]);
    const abort = new AbortController();
    const first = call('gate', json('a'), abort.signal);
    const second = call('gate', json('a'));
    await clock.pass(0);
    abort.abort();
    expect(await first).toMatchObject({ status: 'cancelled' });
    finish.get('a')?.('kept');
    expect(await second).toMatchObject({ status: 'completed', output: 'kept' });
    expect(started).toEqual(['a']);
  });

  it('gives a repeat the late result of a call that timed out, and does not run it again', async () => {
    const { gate, started, finish } = gated({ idempotentBy: ['id'] });
    const { call, clock } = testHost([gate]);
    const first = call('gate', json('a'));
    await clock.pass(1_000);
    expect(await first).toMatchObject({ status: 'timed_out' });
    const repeat = call('gate', json('a'));
    await clock.pass(10);
    finish.get('a')?.('late');
    expect(await repeat).toMatchObject({ status: 'completed', output: 'late' });
    expect(started).toEqual(['a']);
  });

  it('runs again after a failure, and after a run that was stopped and failed', async () => {
    let runs = 0;
    const pay = defineTool({
      name: 'pay',
      description: 'Pays',
      input: z.object({ id: z.string() }),
      idempotentBy: ['id'],
      execute: (_, { signal }) => {
        runs += 1;
        if (runs === 1) throw new ToolError('Declined.');
        if (runs === 3) return 'paid';
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
        });
      },
    });
    const { call, clock } = testHost([pay]);
    expect(await call('pay', json('a'))).toMatchObject({ status: 'failed' });
    const abort = new AbortController();
    const second = call('pay', json('a'), abort.signal);
    await clock.pass(0);
    abort.abort();
    const third = call('pay', json('a'));
    expect(await second).toMatchObject({ status: 'cancelled' });
    expect(await third).toMatchObject({ status: 'completed', output: 'paid' });
    expect(runs).toBe(3);
  });

  it('waits for a run that was stopped before it runs the call again', async () => {
    const order: string[] = [];
    let stop: () => void = () => undefined;
    const pay = defineTool({
      name: 'pay',
      description: 'Pays',
      input: z.object({ id: z.string() }),
      idempotentBy: ['id'],
      execute: () => {
        order.push('start');
        if (order.length > 1) return 'paid';
        return new Promise((_resolve, reject) => {
          stop = () => {
            order.push('stopped');
            reject(new Error('stopped'));
          };
        });
      },
    });
    const { call, clock } = testHost([pay]);
    const abort = new AbortController();
    const first = call('pay', json('a'), abort.signal);
    await clock.pass(0);
    abort.abort();
    await first;
    const second = call('pay', json('a'));
    await clock.pass(10);
    stop();
    expect(await second).toMatchObject({ status: 'completed', output: 'paid' });
    expect(order).toEqual(['start', 'stopped', 'start']);
  });

  it('does not run again what another process of the session did', async () => {
    const { gate, started, finish } = gated({ idempotentBy: ['id'] });
    const call = (id: string, result?: RememberedCall['result']): RememberedCall => ({
      agentName: 'concierge',
      name: 'gate',
      argumentsJson: json(id, { note: 'before' }),
      result,
    });
    const paid = { output: { paid: true }, outputText: '{"paid":true}' };
    // The second of `a` was a repeat that its process did not live to answer.
    const remembered = [call('a', paid), call('a'), call('b'), { ...call('c', paid), name: 'gone' }];
    const host = testHost([gate], {}, remembered);
    expect(await host.call('gate', json('a', { note: 'now' }))).toMatchObject({
      status: 'completed',
      ...paid,
      arguments: { id: 'a', note: 'now' },
    });
    expect(await host.call('gate', json('b'))).toMatchObject({
      status: 'failed',
      outputText: expect.stringContaining('unknown'),
    });
    expect(started).toEqual([]);
    const other = host.call('gate', json('c'));
    await host.clock.pass(0);
    finish.get('c')?.('done');
    expect(await other).toMatchObject({ status: 'completed', output: 'done' });
  });

  it('remembers of another process what its tools call the same, and no more', async () => {
    let runs = 0;
    const plain = defineTool({
      name: 'plain',
      description: 'Runs',
      input: z.object({ id: z.string() }),
      execute: () => ++runs,
    });
    const before = { agentName: 'concierge', name: 'plain', result: { output: 0, outputText: '0' } };
    const { call } = testHost([plain], {}, [
      { ...before, argumentsJson: json('a') },
      { ...before, argumentsJson: '{' },
    ]);
    expect(await call('plain', json('a'))).toMatchObject({ output: 1 });
  });

  it('remembers no more results than the bound', async () => {
    const { gate, started, finish } = gated({ idempotentBy: ['id'] });
    const { call, clock } = testHost([gate], { rememberedCalls: 2 });
    for (const id of ['a', 'b', 'c', 'a']) {
      const outcome = call('gate', json(id));
      await clock.pass(0);
      finish.get(id)?.();
      await outcome;
    }
    expect(started).toEqual(['a', 'b', 'c', 'a']);
  });
});

describe('the context of a call', () => {
  it('knows the session and the call, and hands on what is to be said', async () => {
    const { call, said } = testHost([
      tool((_, { session, call: self, say }) => {
        say('One moment.');
        return { session: session.id, agent: session.agent, ...self };
      }),
    ]);
    expect(await call('work')).toMatchObject({
      output: { session: 'sess_1', agent: 'concierge', id: 'call_1', name: 'work' },
    });
    expect(said).toEqual(['One moment.']);
  });

  it('may speak after it has answered, but not after a time-out or the end of the session', async () => {
    const speak: ((text: string) => void)[] = [];
    const { call, clock, said, host } = testHost([
      tool(
        ({ hang }: { hang?: boolean }, { say }) => {
          speak.push(say);
          return hang === true ? never : 'ok';
        },
        { timeoutMs: 100 },
      ) as Tool,
    ]);
    await call('work');
    const hung = call('work', '{"hang":true}');
    await clock.pass(100);
    await hung;
    speak[0]?.('after the answer');
    speak[1]?.('after the time-out');
    host.close();
    speak[0]?.('after the end');
    expect(said).toEqual(['after the answer']);
  });
});

describe('the agents of a session', () => {
  it('have their own tools, each', async () => {
    const tools = ['weather', 'refund'].map((name) =>
      defineTool({ name, description: `The ${name} tool.`, input: { type: 'object' }, execute: () => name }),
    );
    const { registry } = buildRegistry(tools.map((tool) => ({ tool, origin: 'a test', where: {} })));
    const host = createToolHost({
      registry,
      agentTools: ['weather'],
      agents: { billing: ['*'] },
      clock: new VirtualClock(),
      logger: memoryLogger(),
    });
    const call = async (agentName: string, name: string) => {
      const request = {
        callId: `${agentName}_${name}`,
        name,
        argumentsJson: '{}',
        sessionId: 's',
        agentName,
      };
      return (await host.call(request, new AbortController().signal)).outputText;
    };
    const namesOf = (agentName: string) => host.specsOf?.(agentName).map(({ name }) => name);
    expect(namesOf('concierge')).toEqual(['weather']);
    expect(namesOf('billing')?.toSorted()).toEqual(['refund', 'weather']);
    expect(await call('billing', 'refund')).toBe('refund');
    expect(await call('concierge', 'refund')).toContain('there is no tool named');
    expect(await call('concierge', 'weather')).toBe('weather');
  });
});
