// Connections by a proxy that the environment names, over real sockets.
import type { TransportClose } from '@antiphon/core';
import { FailingServer, FakeRealtimeServer, selfSignedCertificate } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { proxyFor } from '../src/network/proxy-route.ts';
import { createHostedProvider } from '../src/providers/hosted-provider.ts';
import { createRestCalls } from '../src/sideband/rest-calls.ts';
import { ConnectProxy } from './support/connect-proxy.ts';

const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'] as const;

/** Sets these variables and no other of a proxy, in either case of letters. */
function setProxies(values: Partial<Record<(typeof names)[number], string>>): void {
  for (const name of names) {
    delete process.env[name];
    delete process.env[name.toLowerCase()];
    const value = values[name];
    if (value !== undefined) process.env[name] = value;
  }
}

let proxy: ConnectProxy;
let server: FakeRealtimeServer;
const before = names.map((name) => [name, process.env[name]] as const);

beforeEach(async () => {
  proxy = await ConnectProxy.start();
  server = await FakeRealtimeServer.start();
});
afterEach(async () => {
  setProxies(Object.fromEntries(before.filter(([, value]) => value !== undefined)));
  await proxy.close();
  await server.close();
});

const secret = 'p@ss:word';
const named = (): string => `http://me:${encodeURIComponent(secret)}@${proxy.host}`;

/** Connects, and tells how it ended; a connection that is made is ended in order. */
function connecting(url: string): Promise<TransportClose> {
  const provider = createHostedProvider({
    name: 'mine',
    url: new URL(url),
    headers: {},
    credential: { kind: 'none' },
  });
  return new Promise((resolve) => {
    const transport = provider.connect(
      { sessionId: 's', agentName: 'a', tools: [] },
      { onOpen: () => transport.close(1000, 'made'), onMessage: () => {}, onClose: resolve },
    );
  });
}

describe('a connection by a proxy', () => {
  it('goes through it, with the user of its address', async () => {
    setProxies({ HTTP_PROXY: named() });
    const arrival = server.nextPeer();
    expect(await connecting(server.url)).toEqual({ code: 1000, reason: 'made' });
    await arrival;
    const authorization = `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`;
    expect(proxy.requests).toEqual([{ target: new URL(server.url).host, authorization }]);
  });

  it('is not made where NO_PROXY has the host', async () => {
    setProxies({ ALL_PROXY: named(), NO_PROXY: 'localhost,127.0.0.1' });
    expect(await connecting(server.url)).toMatchObject({ reason: 'made' });
    expect(proxy.requests).toEqual([]);
  });

  it('has its encryption end at the server', async () => {
    const tls = selfSignedCertificate({ hosts: ['127.0.0.1'] });
    const place = await FailingServer.start({ kind: 'silent' }, { tls });
    onTestFinished(() => place.close());
    setProxies({ HTTPS_PROXY: `http://${proxy.host}` });
    expect(await connecting(place.origin)).toMatchObject({
      obstacle: 'tls',
      error: { message: expect.stringMatching(`certificate of 127.0.0.1:${place.port} was not`) as string },
    });
    expect(proxy.requests).toEqual([{ target: `127.0.0.1:${place.port}`, authorization: undefined }]);
  });

  it.each([
    [
      'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n',
      407,
      'PROXY answered HTTP 407',
    ],
    [
      'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 15\r\n\r\nno such server.',
      502,
      'PROXY answered HTTP 502: no such server.',
    ],
    ['HTTP/1.1 503 Busy\r\nRetry-After: 2\r\n\r\n', 503, 'PROXY answered HTTP 503 (try again in 2 s)'],
    ['none of HTTP\r\n\r\n', undefined, 'PROXY does not speak HTTP (HPE_INVALID_CONSTANT)'],
    ['', undefined, 'PROXY broke the connection'],
  ])('that the proxy does not make is told as such: %j', async (answer, status, message) => {
    proxy.answer = answer;
    setProxies({ ALL_PROXY: named() });
    const close = await connecting(server.url);
    expect(close).toMatchObject({ code: 1006, obstacle: 'proxy' });
    expect([close.status, close.error?.message]).toEqual([status, message.replace('PROXY', proxy.host)]);
    expect(JSON.stringify([close, close.error?.stack])).not.toMatch(/p@ss|p%40ss|:word/);
    expect(server.peers).toEqual([]);
  });

  it('is told as such when nothing listens there', async () => {
    setProxies({ HTTP_PROXY: named() });
    const { host } = proxy;
    await proxy.close();
    expect(await connecting(server.url)).toMatchObject({
      obstacle: 'proxy',
      error: { message: `nothing listens at ${host} (ECONNREFUSED)` },
    });
    proxy = await ConnectProxy.start();
  });

  it('is told as such when the environment names none that can be used', async () => {
    setProxies({ HTTP_PROXY: `socks5://me:secret@${proxy.host}` });
    expect(await connecting(server.url)).toMatchObject({
      obstacle: 'proxy',
      error: { message: `the proxy ${proxy.host} is of the kind socks5, and only http and https are known` },
    });
    setProxies({ HTTP_PROXY: 'http://' });
    expect(await connecting(server.url)).toMatchObject({ obstacle: 'proxy' });
  });
});

describe('a request about calls by a proxy', () => {
  const secretFor = () =>
    createRestCalls({
      name: 'mine',
      baseUrl: new URL(`${server.origin.replace('ws', 'http')}/v1/realtime`),
      model: 'gpt-realtime',
      headers: {},
      credential: { kind: 'key', header: 'Authorization', value: 'sk-test' },
    }).createClientSecret({ session: { type: 'realtime' }, expiresInSeconds: 60 });

  it('goes through it', async () => {
    setProxies({ HTTP_PROXY: named() });
    expect((await secretFor()).value).toMatch(/^ek_/);
    expect(proxy.requests.map(({ target }) => target)).toEqual([new URL(server.url).host]);
  });

  it('that the proxy refuses is told as such', async () => {
    setProxies({ HTTP_PROXY: named() });
    proxy.answer = 'HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n';
    const refused = await secretFor().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'call.failed',
      message: expect.stringContaining(`the proxy ${proxy.host} answered HTTP 407`) as string,
    });
    const { host } = proxy;
    await proxy.close();
    await expect(secretFor()).rejects.toThrow(`the proxy ${host} cannot be reached (ECONNREFUSED)`);
    proxy = await ConnectProxy.start();
  });
});

describe('proxyFor', () => {
  it.each([
    ['wss://api.openai.com/v1', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['ws://h/v1', { HTTPS_PROXY: 'http://p:1' }, undefined],
    ['ws://h/v1', { HTTP_PROXY: 'p:1' }, 'http://p:1/'],
    ['wss://h/v1', { ALL_PROXY: 'https://p' }, 'https://p/'],
    ['wss://h/v1', { HTTPS_PROXY: 'http://p', NO_PROXY: 'h' }, undefined],
    ['wss://a.h.example/v1', { HTTPS_PROXY: 'http://p', NO_PROXY: '.h.example' }, undefined],
    ['wss://h:8443/v1', { HTTPS_PROXY: 'http://p', NO_PROXY: 'h:443' }, 'http://p/'],
    ['wss://h/v1', { HTTPS_PROXY: 'http://p', NO_PROXY: '*' }, undefined],
    ['https://h/v1', {}, undefined],
  ])('of %s with %j', (url, values, expected) => {
    setProxies(values);
    expect(proxyFor(new URL(url))?.href).toBe(expected);
  });
});
