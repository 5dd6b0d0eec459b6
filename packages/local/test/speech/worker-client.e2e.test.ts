import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { WorkerClient } from '../../src/workers/worker-client.ts';
import { processPeer, type StartPeer, threadPeer } from '../../src/workers/worker-peer.ts';

type FixtureMethods = {
  echo: { request: unknown; response: unknown };
  served: { request: undefined; response: readonly unknown[] };
  fail: { request: string; response: never };
  crash: { request: string; response: never };
  exit: { request: number; response: never };
  block: { request: Int32Array; response: string };
  waitForAbort: { request: undefined; response: string };
};

const entry = new URL('../support/fixture-worker.mjs', import.meta.url);
const clients: WorkerClient<FixtureMethods>[] = [];

function open(start: StartPeer): WorkerClient<FixtureMethods> {
  const client = new WorkerClient<FixtureMethods>({ name: 'fixture', start });
  clients.push(client);
  return client;
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

it('drops a queued call that was cancelled', async () => {
  const client = open(threadPeer(entry, {}));
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const blocked = client.call('block', gate);
  const cancellation = new AbortController();
  const dropped = client.call('echo', 'dropped', cancellation.signal);
  const kept = client.call('echo', 'kept');
  cancellation.abort(new Error('not needed any more'));
  await expect(dropped).rejects.toThrow('not needed any more');
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  await expect(Promise.all([blocked, kept])).resolves.toEqual(['unblocked', 'kept']);
  await expect(client.call('served', undefined)).resolves.toEqual(['kept']);
});

describe.each([
  { peer: 'a thread', factory: 'threadPeer', start: threadPeer(entry, {}), crashed: 'boom' },
  { peer: 'a process', factory: 'processPeer', start: processPeer(entry, {}), crashed: 'exit code 1' },
])('WorkerClient of $peer', ({ factory, start, crashed }) => {
  const openClient = () => open(start);

  it('answers each call with its own response', async () => {
    const client = openClient();
    const requests = [1, 'two', new Int16Array([3])];
    await expect(Promise.all(requests.map((request) => client.call('echo', request)))).resolves.toEqual(
      requests,
    );
  });

  it('leaves the caller its samples', async () => {
    const samples = new Float32Array([1, 2]);
    await openClient().call('echo', samples);
    expect(samples).toEqual(new Float32Array([1, 2]));
  });

  it.each([
    ['coded', 'local.closed', 'the fixture stage was used after it was closed'],
    ['out of luck', 'local.stage_failed', 'the fail stage failed: out of luck'],
  ])('gives the error of the worker: %s', async (reason, code, message) => {
    const client = openClient();
    await expect(client.call('fail', reason)).rejects.toMatchObject({ code, message });
    await expect(client.call('echo', 1)).resolves.toBe(1);
  });

  it('tells a call under way that it was cancelled', async () => {
    const client = openClient();
    const cancellation = new AbortController();
    const waiting = client.call('waitForAbort', undefined, cancellation.signal);
    await client.call('echo', 'started');
    cancellation.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(client.call('served', undefined)).resolves.toEqual(['started', 'aborted']);
  });

  it('does not send a call whose signal is already aborted', async () => {
    const client = openClient();
    await expect(client.call('echo', 1, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    await expect(client.call('served', undefined)).resolves.toEqual([]);
  });

  it.each([
    ['an uncaught error', 'crash', 'boom', crashed],
    ['an exit', 'exit', 7, 'exit code 7'],
  ] as const)('fails what was under way after %s, and starts again', async (_, method, request, reason) => {
    const client = openClient();
    const calls = [client.call(method, request as never), client.call('waitForAbort', undefined)];
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({
        status: 'rejected',
        reason: { code: 'local.worker_crashed', retryable: true, message: expect.stringContaining(reason) },
      });
    }
    await expect(client.call('echo', 'again')).resolves.toBe('again');
  });

  it('fails what was under way, and what comes later, when it is closed', async () => {
    const client = openClient();
    const waiting = expect(client.call('waitForAbort', undefined)).rejects.toMatchObject({
      code: 'local.closed',
    });
    await client.close();
    await client.close();
    await waiting;
    await expect(client.call('echo', 1)).rejects.toMatchObject({ code: 'local.closed' });
  });

  it.each([
    ['before a call', 'client.start();'],
    ['after a call', "console.log(await client.call('echo', 'answered'));"],
  ])('lets the process end without closing, %s', async (_, use) => {
    const built = fileURLToPath(new URL('../../build/workers/', import.meta.url));
    const script = `
      import { WorkerClient } from ${JSON.stringify(`${built}worker-client.js`)};
      import { ${factory} } from ${JSON.stringify(`${built}worker-peer.js`)};
      const start = ${factory}(new URL(${JSON.stringify(entry.href)}), {});
      const client = new WorkerClient({ name: 'fixture', start });
      ${use}
      console.log('end');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stdout).toMatch(/end\n$/);
  });
});
