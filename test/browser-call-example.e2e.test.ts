// The page and the server of examples/browser-call against a provider that is not there, as far as that goes without a browser.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type FakePeer, FakeRealtimeServer, toolCallEvents } from '@antiphon/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = new URL('../examples/browser-call/page/call.js', import.meta.url).href;
const sdp = 'v=0\r\no=- 7 2 IN IP4 127.0.0.1\r\ns=offer\r\n';

let provider: FakeRealtimeServer;
let server: ReturnType<typeof spawn>;
let origin: string;
let shown = '';

beforeAll(async () => {
  provider = await FakeRealtimeServer.start();
  server = spawn(process.execPath, ['examples/browser-call/server.mjs'], {
    cwd: root,
    env: { ...process.env, OPENAI_API_KEY: 'sk-secret-1', REALTIME_URL: provider.url, PORT: '0' },
  });
  origin = await new Promise((resolve, reject) => {
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(shown) ?? [];
      if (address !== undefined) resolve(address);
    });
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    server.once('exit', () => reject(new Error(`the server ended: ${shown}`)));
  });
});

afterAll(async () => {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
  await provider.close();
});

afterEach(() => vi.unstubAllGlobals());

/** The part of a browser's connection that the page uses. */
class FakeConnection {
  remote: unknown;
  createOffer = async () => ({ type: 'offer', sdp });
  setLocalDescription = async () => {};
  setRemoteDescription = async (description: unknown) => {
    this.remote = description;
  };
}

interface Page {
  readonly callThroughServer: (connection: FakeConnection) => Promise<void>;
  readonly callWithSecret: (connection: FakeConnection) => Promise<void>;
}

/** The script of the page, with addresses of its own origin. */
async function openPage(): Promise<Page> {
  const fetchHere = globalThis.fetch;
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => fetchHere(new URL(url, origin), init));
  return (await import(page)) as Page;
}

/** The agent joins, and its tool runs in the server. */
async function useTool(peer: FakePeer): Promise<void> {
  const { session } = await peer.expect('session.update');
  expect(session).toMatchObject({ tools: [{ name: 'current_time' }] });
  peer.send({ type: 'session.updated', session: session as never });
  // The greeting.
  await peer.expect('response.create');
  const call = { itemId: 'f1', callId: 'c1', name: 'current_time', arguments: '{"place":"Tokyo"}' };
  for (const event of toolCallEvents('r1', [call])) peer.send(event);
  const { item } = await peer.expect('conversation.item.create');
  expect(item).toMatchObject({ type: 'function_call_output', call_id: 'c1' });
}

describe('the page of the example', () => {
  it.each(['callThroughServer', 'callWithSecret'] as const)('begins a call: %s', async (way) => {
    const calls = await openPage();
    const connection = new FakeConnection();
    const arrival = provider.nextPeer();
    const calling = calls[way](connection);
    const peer = await arrival;
    await useTool(peer);
    await calling;
    expect(connection.remote).toMatchObject({ type: 'answer', sdp: expect.stringMatching(/^v=0/) as string });
    const callId = peer.request.query.get('call_id') ?? '';
    expect(provider.calls.stateOf(callId)).toBe('open');
    const key = provider.calls.requests.find(
      ({ path }) => path === '/calls' && way === 'callWithSecret',
    )?.headers;
    if (key !== undefined) expect(key.authorization).toMatch(/^Bearer (ek_|sk-secret-1)/);
    provider.calls.end(callId);
    await vi.waitFor(() => expect(shown).toContain('over'));
  });

  it('is served with its script', async () => {
    expect(await (await fetch(`${origin}/`)).text()).toContain('./call.js');
    expect((await fetch(`${origin}/call.js`)).headers.get('content-type')).toContain('javascript');
    expect((await fetch(`${origin}/agents.yaml`)).status).toBe(404);
  });

  it('learns nothing of what the provider said when it refuses', async () => {
    provider.calls.refuseNext({
      status: 401,
      body: '{"error":{"message":"Incorrect API key provided: sk-secret-1."}}',
    });
    const response = await fetch(`${origin}/call`, { method: 'POST', body: sdp });
    expect(response.status).toBe(502);
    expect(await response.text()).toBe('');
    await vi.waitFor(() => expect(shown).toContain('Incorrect API key provided'));
    expect(shown).not.toContain('sk-secret-1');
  });
});
