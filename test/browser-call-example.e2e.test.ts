// The page and the server of examples/browser-call against a provider that is not there, as far as that goes without a browser.
import { FakeRealtimeServer } from '@antiphon/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ExampleServer, useTool } from './support/example-server.ts';

const page = new URL('../examples/browser-call/page/call.js', import.meta.url).href;
const sdp = 'v=0\r\no=- 7 2 IN IP4 127.0.0.1\r\ns=offer\r\n';

let provider: FakeRealtimeServer;
let server: ExampleServer;

beforeAll(async () => {
  provider = await FakeRealtimeServer.start();
  server = await ExampleServer.start(provider.url);
});

afterAll(async () => {
  await server.stop();
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
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => fetchHere(new URL(url, server.origin), init));
  return (await import(page)) as Page;
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
    await vi.waitFor(() => expect(server.shown).toContain('over'));
  });

  it('is served with its script', async () => {
    expect(await (await fetch(`${server.origin}/`)).text()).toContain('./call.js');
    expect((await fetch(`${server.origin}/call.js`)).headers.get('content-type')).toContain('javascript');
    expect((await fetch(`${server.origin}/agents.yaml`)).status).toBe(404);
  });

  it('learns nothing of what the provider said when it refuses', async () => {
    provider.calls.refuseNext({
      status: 401,
      body: '{"error":{"message":"Incorrect API key provided: sk-secret-1."}}',
    });
    const response = await fetch(`${server.origin}/call`, { method: 'POST', body: sdp });
    expect(response.status).toBe(502);
    expect(await response.text()).toBe('');
    await vi.waitFor(() => expect(server.shown).toContain('Incorrect API key provided'));
    expect(server.shown).not.toContain('sk-secret-1');
  });
});
