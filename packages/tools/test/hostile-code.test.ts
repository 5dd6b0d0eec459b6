// Code of tools that does what no tool should: each call has one output all the same, and nothing of it ends the process.
import type { ToolOutcome } from '@antiphon/core';
import { collectTools, definePlugin, defineTool, type Tool, ToolError, toolResult } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { memoryLogger, testHost } from './support/host.ts';

type Execute = (context: Parameters<Tool['execute']>[1]) => unknown;

function working(execute: Execute): Tool {
  return defineTool({
    name: 'work',
    description: 'Works',
    input: { type: 'object', properties: {} },
    timeoutMs: 1_000,
    execute: (_input, context) => execute(context) as null,
  }) as Tool;
}

/** Calls a tool; time passes until there is an answer. */
async function outcomeOf(execute: Execute): Promise<ToolOutcome> {
  const { call, clock } = testHost([working(execute)]);
  const outcome = call('work');
  await clock.pass(2_000);
  const settled = await outcome;
  expect(clock.pendingMs).toEqual([]);
  expect(typeof settled.outputText).toBe('string');
  expect(settled.outputText).not.toContain('hunter2');
  expect(Buffer.byteLength(JSON.stringify(settled.output))).toBeLessThanOrEqual(2 * 1024 * 1024);
  return settled;
}

const throwing = (): never => {
  throw new Error('hunter2');
};
/** Throws at whoever looks at it. */
const untouchable = (): object => {
  const traps = ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'] as const;
  const proxy: object = new Proxy({}, Object.fromEntries(traps.map((trap) => [trap, () => raise(proxy)])));
  return proxy;
};
const raise = (thrown: unknown): never => {
  throw thrown;
};
const toolError = (members: PropertyDescriptorMap): ToolError =>
  Object.defineProperties(new ToolError('No.'), members);
/** Waits as it likes. */
const thenable = (then: (ok: (value: unknown) => void, no: (error: unknown) => void) => void): object =>
  new Proxy({}, { get: (_, key) => (key === 'then' ? then : undefined) });
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe('what is thrown', () => {
  it.each<[what: string, thrown: () => unknown]>([
    ['what cannot be touched', untouchable],
    ['a proxy that is over', revoked],
    ['a symbol', () => Symbol('hunter2')],
    ['a function', () => throwing],
    ['a number', () => 5],
    [
      'an error with a name that throws',
      () => Object.defineProperty(new Error('x'), 'name', { get: throwing }),
    ],
    [
      'an error with a stack that throws',
      () => Object.defineProperty(new Error('x'), 'stack', { get: throwing }),
    ],
    [
      'an error that is its own cause',
      () => {
        const error = new Error('hunter2');
        error.cause = error;
        return error;
      },
    ],
    ['an error with a code of its own kind', () => Object.assign(new Error('x'), { code: Symbol('x') })],
    ['a thenable', () => thenable(throwing)],
    ['an error of 30 MB', () => new Error('x'.repeat(30_000_000))],
    ['a ToolError whose message throws', () => toolError({ message: { get: throwing } })],
    ['a ToolError whose message is no text', () => toolError({ message: { value: 5 } })],
    ['a ToolError whose code is no text', () => toolError({ code: { value: 5n } })],
    ['a ToolError whose data throws', () => toolError({ data: { get: throwing } })],
    [
      'a ToolError whose data is circular',
      () => {
        const data: Record<string, unknown> = {};
        data['self'] = data;
        return toolError({ data: { value: data } });
      },
    ],
    ['a ToolError whose hint is no text', () => toolError({ hint: { value: { toString: throwing } } })],
    ['a ToolError that is to be tried again at no time', () => toolError({ retryAfterMs: { value: 5n } })],
    ['a ToolError whose cause throws', () => toolError({ cause: { get: throwing } })],
    ['a ToolError of 30 MB', () => new ToolError('x'.repeat(30_000_000))],
  ])('%s is a failure', async (_what, thrown) => {
    expect((await outcomeOf(() => raise(thrown()))).status).toBe('failed');
    expect((await outcomeOf(async () => raise(thrown()))).status).toBe('failed');
  });

  it('keeps the log small', async () => {
    const { call, log } = testHost([working(() => raise(new Error('x'.repeat(30_000_000))))]);
    await call('work');
    expect(JSON.stringify(log.lines).length).toBeLessThan(20_000);
  });
});

describe('what is returned', () => {
  it.each<[what: string, value: () => unknown, status: ToolOutcome['status'], output?: unknown]>([
    ['what cannot be touched', untouchable, 'failed'],
    ['a proxy that is over', revoked, 'failed'],
    ['a thenable that never settles', () => thenable(() => undefined), 'timed_out'],
    ['a thenable that gives one', () => thenable((ok) => ok(thenable(() => undefined))), 'timed_out'],
    [
      'a thenable that settles twice',
      () =>
        thenable((ok, no) => {
          ok('first');
          ok('second');
          no(new Error('hunter2'));
          throwing();
        }),
      'completed',
      'first',
    ],
    [
      'a thenable that refuses and gives',
      () =>
        thenable((ok, no) => {
          no('hunter2');
          ok('late');
        }),
      'failed',
    ],
    [
      'a promise with its own way to wait',
      () => {
        const promise = Promise.resolve('own');
        Reflect.set(promise, 'then', throwing);
        return promise;
      },
      'completed',
      'own',
    ],
    ['a typed array', () => new Uint8Array(8), 'failed'],
    [
      'a generator',
      () =>
        (function* () {
          for (;;) yield 1;
        })(),
      'failed',
    ],
    [
      'a list that has no end',
      () =>
        Object.assign([1], {
          *[Symbol.iterator]() {
            for (;;) yield 1;
          },
        }),
      'failed',
    ],
    [
      'a list that is a proxy',
      () => new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 32 : undefined) }),
      'failed',
    ],
    [
      'what gives itself anew as JSON',
      () => {
        const endless = (): object => ({ toJSON: endless });
        return endless();
      },
      'failed',
    ],
    ['an invalid date', () => new Date(Number.NaN), 'completed', null],
    ['minus zero', () => -0, 'completed'],
    ['half a character', () => '\ud800', 'completed', '\ud800'],
    [
      'a key of prototypes',
      () => ({ ['__proto__']: { polluted: 1 }, constructor: { prototype: { polluted: 1 } } }),
      'completed',
    ],
    [
      'a million fields',
      () => Object.fromEntries(Array.from({ length: 1_000_000 }, (_, at) => [at, at])),
      'failed',
    ],
    ['a key of 30 MB', () => ({ ['x'.repeat(30_000_000)]: 1 }), 'failed'],
    [
      'a result in parts of which one throws',
      () => toolResult({ model: 1, ui: untouchable() as unknown as null }),
      'failed',
    ],
    ['a symbol in a list', () => [Symbol('hunter2')], 'failed'],
    ['an async function', () => async () => 'hunter2', 'failed'],
  ])('%s has one output', async (_what, value, status, output) => {
    const outcome = await outcomeOf(() => value());
    expect(outcome.status).toBe(status);
    if (output !== undefined) expect(outcome.output).toEqual(output);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('stays as it was when it is changed afterwards', async () => {
    const shared = { items: [1] };
    const outcome = await outcomeOf(() => shared);
    shared.items.push(2);
    Object.assign(shared, { self: shared });
    expect(outcome.output).toEqual({ items: [1] });
    expect(outcome.outputText).toBe('{"items":[1]}');
  });
});

describe('what is done with the context', () => {
  it.each<[what: string, execute: Execute]>([
    [
      'progress and report are given what throws',
      ({ progress, report }) => {
        for (const value of [throwing, Symbol('x'), 1n, Number.NaN]) {
          progress(value as never);
          report(value as never);
        }
      },
    ],
    ['say is given what is no text', ({ say }) => say({ toString: throwing } as never)],
    [
      'the context is changed',
      (context) => {
        for (const key of Object.keys(context)) Reflect.set(context, key, throwing);
        Reflect.set(context.session, 'id', 'other');
        Reflect.set(context.call, 'id', 'other');
        Reflect.deleteProperty(context, 'signal');
      },
    ],
    ['the caller is changed', ({ session }) => void Reflect.set(session.caller, 'tenant', 'other')],
  ])('%s, and the call ends', async (_what, execute) => {
    const outcome = await outcomeOf((context) => {
      execute(context);
      return 'done';
    });
    expect(outcome).toMatchObject({ status: 'completed', output: 'done' });
  });

  it('what is to be said is no longer than anyone listens to', async () => {
    const { call, said } = testHost([working(({ say }) => say('x'.repeat(30_000_000)))]);
    await call('work');
    expect(said[0]?.length).toBeLessThanOrEqual(2_000);
  });
});

it('a plugin that throws what cannot be touched is told of, and the others are opened and closed in their order', async () => {
  const closed: string[] = [];
  const hostile = (name: string, fails: 'setup' | 'closer' | 'check') =>
    definePlugin({
      name,
      setup(context) {
        context.onClose(() => {
          closed.push(name);
          if (fails === 'closer') raise(untouchable());
        });
        if (fails === 'check') context.health(() => raise(untouchable()));
        if (fails === 'setup') raise(untouchable());
      },
    });
  const collected = await collectTools({
    values: [hostile('a', 'closer'), hostile('b', 'setup'), hostile('c', 'check')],
    baseDir: '.',
    logger: memoryLogger(),
  });
  expect(collected.problems).toMatchObject([{ code: 'tool.plugin_setup_failed' }]);
  expect(await collected.health(1_000)).toMatchObject([
    { plugin: 'a' },
    { plugin: 'c', status: 'unhealthy' },
  ]);
  await collected.close();
  expect(closed).toEqual(['b', 'c', 'a']);
});
