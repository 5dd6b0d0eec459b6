import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import type { Clock } from '@antiphon/core';
import { realClock, VirtualClock } from '@antiphon/testing';
import {
  createHttpTool,
  createToolHost,
  defineTool,
  type Tool,
  ToolError,
  type ToolSettings,
} from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { readRetryAfter } from '../src/http/retry-after.ts';
import { buildRegistry } from '../src/registry.ts';
import { memoryLogger } from './support/host.ts';

const nothing = { type: 'object', properties: {} } as const;

/** A tool that fails as told, try by try, and then works; the times of its tries. */
function failing(failures: readonly Error[], settings: ToolSettings) {
  const clock = new VirtualClock();
  const triedMs: number[] = [];
  const tool = defineTool({
    name: 'shaky',
    description: 'Shaky',
    input: nothing,
    ...settings,
    execute: () => {
      triedMs.push(clock.nowMs());
      const failure = failures[triedMs.length - 1];
      if (failure !== undefined) throw failure;
      return 'done';
    },
  });
  return { clock, triedMs, call: (signal?: AbortSignal) => callOf(tool as Tool, clock, signal) };
}

function callOf(tool: Tool, clock: Clock, signal = new AbortController().signal) {
  const { registry, problems } = buildRegistry([{ tool, origin: 'a test', where: {} }]);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '));
  const host = createToolHost({
    registry,
    agentTools: ['*'],
    clock,
    logger: memoryLogger(),
    random: () => 0.5,
  });
  return host.call(
    { callId: 'c', name: tool.name, argumentsJson: '{}', sessionId: 's', agentName: 'a' },
    signal,
  );
}

const soon = (retryAfterMs = 0) => new ToolError('Not now.', { retryAfterMs });
const reset = Object.assign(new TypeError('fetch failed'), {
  cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
});

describe('a call that failed on the way', () => {
  it.each<
    [what: string, failures: readonly Error[], settings: ToolSettings, triedMs: number[], status: string]
  >([
    [
      'is tried again, later each time',
      [soon(), soon()],
      { idempotent: true, retries: 2 },
      [0, 200, 600],
      'completed',
    ],
    [
      'is tried as often as allowed',
      [soon(), soon(), soon()],
      { idempotent: true, retries: 2 },
      [0, 200, 600],
      'failed',
    ],
    [
      'waits as long as it is told to',
      [soon(3_000)],
      { idempotent: true, retries: 1 },
      [0, 3_125],
      'completed',
    ],
    [
      'is not tried when that ends after the time-out',
      [soon(3_000)],
      { idempotent: true, retries: 1, timeoutMs: 3_000 },
      [0],
      'failed',
    ],
    ['is tried when the network failed', [reset], { idempotent: true, retries: 1 }, [0, 200], 'completed'],
    [
      'is not tried when nothing says that it helps',
      [new ToolError('No such city.')],
      { idempotent: true, retries: 5 },
      [0],
      'failed',
    ],
    [
      'is not tried for a mistake of the tool',
      [new TypeError('x')],
      { idempotent: true, retries: 5 },
      [0],
      'failed',
    ],
    ['is not tried unless told', [soon()], { idempotent: true }, [0], 'failed'],
  ])('%s', async (_what, failures, settings, expected, status) => {
    const { clock, triedMs, call } = failing(failures, settings);
    const outcome = call();
    await clock.pass(10_000);
    expect(triedMs).toEqual(expected);
    expect(await outcome).toMatchObject({ status });
  });

  it('is not tried again once it is cancelled', async () => {
    const { clock, triedMs, call } = failing([soon(), soon()], { idempotent: true, retries: 2 });
    const abort = new AbortController();
    const outcome = call(abort.signal);
    await clock.pass(100);
    abort.abort();
    expect(await outcome).toMatchObject({ status: 'cancelled' });
    await clock.pass(10_000);
    expect(triedMs).toEqual([0]);
    expect(clock.pendingMs).toEqual([]);
  });

  it('tells the model when to try again', async () => {
    const { call } = failing([soon(90_500)], {});
    expect((await call()).output).toMatchObject({ error: 'Not now.', retry_after_s: 91 });
  });

  it.each<[settings: ToolSettings, says: string]>([
    [{ retries: 2 }, 'nothing says that a second run does no harm'],
    [{ retries: 6, idempotent: true }, 'from 0 to 5'],
  ])('is refused with %j', (settings, says) => {
    const { call } = failing([], settings);
    expect(call).toThrow(says);
  });
});

describe('a request', () => {
  async function served(
    statuses: readonly number[],
    http: { method?: 'GET' | 'POST' },
    settings: ToolSettings = {},
  ) {
    let requests = 0;
    const keys = new Set<string | undefined>();
    const server = createHttpServer((request, response) => {
      keys.add(request.headers['idempotency-key'] as string | undefined);
      response.writeHead(statuses[requests] ?? 200, { 'retry-after': '0' }).end('ok');
      requests += 1;
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const review = createHttpTool({
      name: 'web',
      description: 'Web',
      parameters: nothing,
      http: { url, ...http },
      ...settings,
    });
    if (review.kind === 'unsound') throw new Error('unsound');
    const outcome = await callOf(review.tool, realClock);
    server.closeAllConnections();
    server.close();
    return { outcome, requests, keys };
  }

  it('that only reads is sent again when the server is busy', async () => {
    expect(await served([503, 429], {})).toMatchObject({
      requests: 3,
      outcome: { status: 'completed', output: 'ok' },
    });
  });

  it('that writes is not, unless it declares that this does no harm; then with the same key', async () => {
    expect(await served([503], { method: 'POST' })).toMatchObject({
      requests: 1,
      outcome: { status: 'failed' },
    });
    const declared = await served([503], { method: 'POST' }, { idempotent: true });
    expect(declared).toMatchObject({ requests: 2, outcome: { status: 'completed' } });
    expect(declared.keys.size).toBe(1);
  });

  it('that the server refuses is not', async () => {
    expect(await served([404], {})).toMatchObject({ requests: 1, outcome: { status: 'failed' } });
    expect(await served([501], {})).toMatchObject({ requests: 1, outcome: { status: 'failed' } });
  });

  it('is sent again when the connection breaks', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      if (connections === 1) socket.resetAndDestroy();
      else socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const review = createHttpTool({ name: 'web', description: 'Web', parameters: nothing, http: { url } });
    if (review.kind === 'unsound') throw new Error('unsound');
    expect(await callOf(review.tool, realClock)).toMatchObject({ status: 'completed', output: 'ok' });
    server.close();
  });
});

it.each<[value: string | undefined, date: string | undefined, ms: number | undefined]>([
  ['3', undefined, 3_000],
  [' 0 ', undefined, 0],
  ['999999999', undefined, 86_400_000],
  ['Wed, 21 Oct 2026 07:28:30 GMT', 'Wed, 21 Oct 2026 07:28:00 GMT', 30_000],
  ['Wed, 21 Oct 2026 07:27:00 GMT', 'Wed, 21 Oct 2026 07:28:00 GMT', 0],
  ['Wed, 21 Oct 2026 07:28:30 GMT', undefined, undefined],
  ['-3', undefined, undefined],
  ['soon', 'Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  [undefined, undefined, undefined],
])('the header retry-after %j is read', (value, date, ms) => {
  expect(readRetryAfter(value, date)).toBe(ms);
});
