import type { JsonValue, ToolOutcome } from '@antiphon/core';
import { VirtualClock } from '@antiphon/testing';
import {
  createToolHost,
  defineTool,
  ProcessCalls,
  type SessionToolHost,
  type ToolCallLimits,
  type ToolSettings,
} from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { buildRegistry } from '../src/registry.ts';
import { memoryLogger } from './support/host.ts';

const parameters = { type: 'object', properties: { id: { type: 'string' } } } as const;

/** Sessions of one process with one tool, whose runs end when told to. */
function world(
  limits: ToolCallLimits,
  { processCalls = 64, ...settings }: ToolSettings & { processCalls?: number } = {},
) {
  const clock = new VirtualClock();
  const started: string[] = [];
  const ends = new Map<string, (value: JsonValue) => void>();
  const gate = defineTool({
    name: 'gate',
    description: 'Waits',
    input: parameters,
    timeoutMs: 1_000,
    ...settings,
    limits,
    execute: (input) => {
      const { id } = input as { id: string };
      started.push(id);
      return new Promise<JsonValue>((resolve) => ends.set(id, resolve));
    },
  });
  const { registry, problems } = buildRegistry([{ tool: gate, origin: 'a test', where: {} }]);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '));
  const process = new ProcessCalls(clock, processCalls);
  const session = (caller: Readonly<Record<string, string>> = {}) => {
    const host = createToolHost({
      registry,
      agentTools: ['*'],
      clock,
      logger: memoryLogger(),
      process,
      caller,
    });
    return { host, call: (id: string) => callOf(host, id) };
  };
  const end = async (...ids: string[]) => {
    for (const id of ids) ends.get(id)?.(id);
    await clock.pass(0);
  };
  return { clock, started, session, end };
}

function callOf(
  host: SessionToolHost,
  id: string,
  signal = new AbortController().signal,
): Promise<ToolOutcome> {
  const request = {
    callId: id,
    name: 'gate',
    argumentsJson: JSON.stringify({ id }),
    sessionId: 's',
    agentName: 'a',
  };
  return host.call(request, signal);
}

describe('places', () => {
  it('are counted in the session, over sessions, and over the whole process', async () => {
    const { clock, started, session, end } = world(
      { parallel: 3, parallelPerSession: 2 },
      { processCalls: 4 },
    );
    const [one, two] = [session(), session()];
    for (const id of ['a1', 'a2', 'a3']) void one.call(id);
    await clock.pass(0);
    expect(started).toEqual(['a1', 'a2']);
    for (const id of ['b1', 'b2']) void two.call(id);
    await clock.pass(0);
    expect(started).toEqual(['a1', 'a2', 'b1']);
    await end('b1');
    expect(started).toEqual(['a1', 'a2', 'b1', 'b2']);
    await end('a1');
    expect(started).toEqual(['a1', 'a2', 'b1', 'b2', 'a3']);
  });

  it('of the process are shared by tools', async () => {
    const { clock, started, session, end } = world({}, { processCalls: 2 });
    for (const id of ['a', 'b', 'c']) void session().call(id);
    await clock.pass(0);
    expect(started).toEqual(['a', 'b']);
    await end('a');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('that do not come free within the time-out are told of, and nothing is run', async () => {
    const { clock, started, session } = world({ parallel: 1 });
    void session().call('a');
    await clock.pass(500);
    // The first is over after its time-out; the second takes its place before the third has waited its own.
    void session().call('b');
    const third = session().call('c');
    await clock.pass(1_000);
    expect(started).toEqual(['a', 'b']);
    expect(await third).toMatchObject({
      status: 'rejected',
      elapsedMs: 1_000,
      output: { code: 'tool.busy', retry_after_s: 1, hint: expect.stringContaining('in 1 s') },
    });
    await clock.pass(10_000);
    expect(started).toEqual(['a', 'b']);
  });

  it('are given up by calls that are cancelled while they wait', async () => {
    const { clock, started, session, end } = world({ parallel: 1 });
    const { host, call } = session();
    const abort = new AbortController();
    void call('a');
    const second = callOf(host, 'b', abort.signal);
    void call('c');
    await clock.pass(0);
    abort.abort();
    expect(await second).toMatchObject({ status: 'cancelled' });
    await end('a');
    expect(started).toEqual(['a', 'c']);
  });

  it('are free again when a session closes', async () => {
    const { clock, started, session } = world({ parallel: 1 });
    const one = session();
    void one.call('a');
    void session().call('b');
    await clock.pass(0);
    one.host.close();
    await clock.pass(0);
    expect(started).toEqual(['a', 'b']);
  });
});

describe('rates', () => {
  it('let what is over wait when its turn comes within the time-out', async () => {
    const { clock, started, session, end } = world({ rates: [{ calls: 2, perMs: 900 }] });
    const { call } = session();
    for (const id of ['a', 'b', 'c']) void call(id);
    await clock.pass(0);
    await end('a', 'b');
    await clock.pass(899);
    expect(started).toEqual(['a', 'b']);
    await clock.pass(1);
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('tell at once when to come again, and are open then', async () => {
    const { clock, session, end } = world({ rates: [{ calls: 1, perMs: 60_000 }] });
    const { call } = session();
    const first = call('a');
    await clock.pass(0);
    await end('a');
    await first;
    await clock.pass(20_500);
    expect(await call('b')).toMatchObject({
      status: 'rejected',
      elapsedMs: 0,
      output: {
        code: 'tool.rate_limited',
        retry_after_s: 40,
        error: expect.stringContaining('1 times in 60000 ms'),
      },
    });
    await clock.pass(40_000);
    const again = call('c');
    await clock.pass(0);
    await end('c');
    expect(await again).toMatchObject({ status: 'completed' });
  });

  it.each<[of: 'session' | 'process' | `caller.${string}`, started: string[]]>([
    ['session', ['acme 1', 'acme 2', 'other 1']],
    ['process', ['acme 1']],
    ['caller.tenant', ['acme 1', 'other 1']],
  ])('of %s count its calls together', async (of, expected) => {
    const { clock, started, session } = world({ rates: [{ calls: 1, perMs: 60_000, of }] });
    for (const id of ['acme 1', 'acme 2', 'other 1']) {
      void session({ tenant: id.split(' ')[0] ?? '' }).call(id);
      await clock.pass(0);
    }
    expect(started).toEqual(expected);
  });

  it('of a caller are counted over sessions and time, and one caller takes nothing of another', async () => {
    const { clock, started, session, end } = world({
      rates: [{ calls: 2, perMs: 900, of: 'caller.tenant' }],
    });
    const acme = [session({ tenant: 'acme' }), session({ tenant: 'acme', user: 'ann' })];
    const other = session({ tenant: 'other' });
    void acme[0]?.call('acme 1');
    void acme[1]?.call('acme 2');
    const waiting = acme.map(({ call }, at) => call(`acme ${at + 3}`));
    void other.call('other 1');
    await clock.pass(0);
    expect(started).toEqual(['acme 1', 'acme 2', 'other 1']);
    await end('acme 1', 'acme 2', 'other 1');
    // One session leaves: its place in the line is the next one's.
    acme[0]?.host.close();
    expect(await waiting[0]).toMatchObject({ status: 'cancelled' });
    await clock.pass(900);
    void session({ tenant: 'acme' }).call('acme 5');
    await clock.pass(0);
    expect(started).toEqual(['acme 1', 'acme 2', 'other 1', 'acme 4', 'acme 5']);
    await end('acme 4', 'acme 5');
    expect(await waiting[1]).toMatchObject({ status: 'completed' });
  });

  it('of a caller cannot be confused by values that look alike', async () => {
    const { clock, started, session } = world({ rates: [{ calls: 1, perMs: 60_000, of: 'caller.tenant' }] });
    const tenants = ['a', 'a ', 'A', '', '__proto__', 'constructor', '"a"', 'a","b', '1'];
    for (const tenant of tenants) void session({ tenant }).call(tenant);
    await clock.pass(0);
    expect(started).toEqual(tenants);
  });

  it('of a caller need the value that they are counted by', async () => {
    const { clock, started, session } = world({ rates: [{ calls: 1, perMs: 1_000, of: 'caller.tenant' }] });
    expect(await session().call('a')).toMatchObject({ output: { code: 'tool.caller_missing' } });
    await clock.pass(0);
    expect(started).toEqual([]);
  });

  it('leave repeats alone that are not run', async () => {
    const { clock, session, end } = world({ rates: [{ calls: 1, perMs: 60_000 }] }, { idempotentBy: ['id'] });
    const { call } = session();
    void call('a');
    await clock.pass(0);
    await end('a');
    expect(await call('a')).toMatchObject({ status: 'completed', output: 'a' });
  });
});

it.each<[limits: unknown, says: string]>([
  [{ parallel: 0 }, 'parallel 0'],
  [{ parallelPerSession: 1.5 }, 'parallelPerSession 1.5'],
  [{ rates: [{ calls: 0, perMs: 1 }] }, 'a rate of 0 calls'],
  [{ rates: [{ calls: 1, perMs: 0 }] }, 'per 0 ms'],
  [{ rates: [{ calls: 1, perMs: 1, of: 'user' }] }, 'session, process or caller.NAME'],
  [{ rates: 3 }, 'not a list'],
  [3, 'is not { parallel'],
])('the limits %j are refused', (limits, says) => {
  expect(() => world(limits as ToolCallLimits)).toThrow(says);
});
