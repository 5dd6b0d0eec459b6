import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { ClientEvent, InboundMessage, TransportClose, TransportHandlers } from '@antiphon/core';
import { checkTransport, type FakePeer, FakeRealtimeServer } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openWebSocketTransport, type WebSocketAddress } from '../src/providers/websocket-transport.ts';

const describeRefusal = (status: number, body: string): Error => new Error(`HTTP ${status}: ${body}`);

function addressOf(url: string, more: Partial<WebSocketAddress> = {}): WebSocketAddress {
  return { url: new URL(url), headers: {}, describeRefusal, ...more };
}

/** A connection, and everything it told. */
function connect(address: WebSocketAddress, more: Partial<TransportHandlers> = {}) {
  const messages: InboundMessage[] = [];
  const closes: TransportClose[] = [];
  let opened: () => void = () => {};
  let ended: (close: TransportClose) => void = () => {};
  const open = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const closed = new Promise<TransportClose>((resolve) => {
    ended = resolve;
  });
  const transport = openWebSocketTransport(address, {
    onOpen: () => opened(),
    onMessage: (message) => void messages.push(message),
    onClose(close) {
      closes.push(close);
      ended(close);
    },
    ...more,
  });
  return { transport, messages, closes, open, closed };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime`;
}

/** Long enough for a second close to be told, were there one. */
const aMoment = () => new Promise<void>((resolve) => setTimeout(resolve, 50));

const create: ClientEvent = { type: 'response.create' };

describe('a WebSocket to a server', () => {
  let server: FakeRealtimeServer;

  beforeEach(async () => {
    server = await FakeRealtimeServer.start();
  });
  afterEach(() => server.close());

  async function connected(more: Partial<WebSocketAddress> = {}, handlers: Partial<TransportHandlers> = {}) {
    const arrival = server.nextPeer();
    const connection = connect(addressOf(server.url, more), handlers);
    const peer: FakePeer = await arrival;
    return { ...connection, peer };
  }

  it('keeps the contract of a transport', async () => {
    await checkTransport({
      connect: (handlers) => openWebSocketTransport(addressOf(server.url), handlers),
      endFromAfar: () => server.peers.at(-1)?.close(1001, 'going away'),
      settle: aMoment,
    });
  });

  it('carries events and audio, and closes once', async () => {
    const { transport, messages, closes, open, closed, peer } = await connected();
    await open;
    transport.send(create);
    transport.sendAudio(Uint8Array.of(1, 2, 3, 4));
    await peer.expect('response.create');
    expect((await peer.expectAudio())[0]?.audio).toBe('AQIDBA==');
    peer.sendRaw('{"type":"session.created","event_id":"e","session":{"id":"sess_1"}}');
    peer.sendRaw(Uint8Array.of(1));
    peer.sendRaw('no json');
    await expect.poll(() => messages.length).toBe(3);
    expect(messages.map(({ kind }) => kind)).toEqual(['event', 'invalid', 'invalid']);
    transport.close(1000, 'done');
    transport.close(1000, 'done');
    expect(await closed).toEqual({ code: 1000, reason: 'done' });
    expect(await peer.closed).toEqual({ code: 1000, reason: 'done' });
    transport.send(create);
    transport.sendAudio(new Uint8Array(2));
    await aMoment();
    expect(closes).toHaveLength(1);
  });

  it.each([
    ['in a binary frame', Buffer.from('{"type":"x","text":"grüß"}')],
    ['with escapes', '{"type":"\\u0078","text":"gr\\u00fc\\u00df"}'],
    ['spread out', '\n{ "type" :\t"x",\r\n "text" : "grüß" }\n'],
  ])('reads an event %s', async (_name, frame) => {
    const { messages, open, peer } = await connected();
    await open;
    peer.sendRaw(frame);
    await expect.poll(() => messages.length).toBe(1);
    expect(messages).toMatchObject([{ kind: 'event', event: { rawType: 'x', raw: { text: 'grüß' } } }]);
  });

  it('tells the code and the reason of the server', async () => {
    const { closed, open, peer } = await connected();
    await open;
    peer.close(4001, 'elsewhere');
    expect(await closed).toEqual({ code: 4001, reason: 'elsewhere' });
  });

  it('tells that it broke', async () => {
    const { closed, open, peer, closes } = await connected();
    await open;
    peer.reset();
    expect(await closed).toMatchObject({
      code: 1006,
      error: { message: expect.stringMatching(/^127\.0\.0\.1:\d+ broke the connection$/) },
    });
    await aMoment();
    expect(closes).toHaveLength(1);
  });

  it('notices a server that is gone without a word', async () => {
    const { closed, open, peer } = await connected({ times: { pingIntervalMs: 80 } });
    await open;
    const before = performance.now();
    peer.stall();
    expect(await closed).toMatchObject({
      code: 1006,
      error: { message: expect.stringContaining('silent for 80 ms') },
    });
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it('stays with a server that answers pings', async () => {
    const { closes, open } = await connected({ times: { pingIntervalMs: 20 } });
    await open;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(closes).toEqual([]);
  });

  it('stays with a server whose answers wait while this process does something else', async () => {
    const { closes, open } = await connected({ times: { pingIntervalMs: 100 } });
    await open;
    await new Promise((resolve) => setTimeout(resolve, 120));
    const until = performance.now() + 350;
    while (performance.now() < until) {
      // Nothing is read meanwhile.
    }
    await aMoment();
    expect(closes).toEqual([]);
  });

  it('gives up a server that takes nothing, and does not keep more and more for it', async () => {
    const { transport, closed, open, peer } = await connected();
    await open;
    peer.stall();
    const long = 'x'.repeat(1024 * 1024);
    const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text: long }] } as const;
    let mostBytes = 0;
    for (let i = 0; i < 40; i += 1) {
      transport.send({ type: 'conversation.item.create', item } as unknown as ClientEvent);
      mostBytes = Math.max(mostBytes, transport.bufferedBytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await closed).toMatchObject({
      code: 1013,
      error: { message: expect.stringContaining('does not take what it is sent') },
    });
    expect(mostBytes).toBeLessThan(10 * 1024 * 1024);
  });

  it('gives up a server that takes nothing of what has waited since the last ping', async () => {
    const { transport, closed, open, peer } = await connected({ times: { pingIntervalMs: 60 } });
    await open;
    peer.stall();
    const long = 'x'.repeat(6 * 1024 * 1024);
    const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text: long }] } as const;
    transport.send({ type: 'conversation.item.create', item } as unknown as ClientEvent);
    expect([1006, 1013]).toContain((await closed).code);
  });

  it('drops audio before it keeps too much of it', async () => {
    const { transport, open, peer } = await connected();
    await open;
    peer.stall();
    const second = new Uint8Array(48_000);
    for (let i = 0; i < 400; i += 1) transport.sendAudio(second);
    expect(transport.bufferedBytes).toBeLessThan(4.5 * 1024 * 1024);
  });

  it('closes a connection whose peer does not answer the close', async () => {
    const { transport, closed, open, peer } = await connected();
    await open;
    peer.stall();
    const before = performance.now();
    transport.close(1000, 'done');
    expect((await closed).code).toBe(1006);
    expect(performance.now() - before).toBeLessThan(3_500);
  });

  it('sends as much of a reason as there is room for', async () => {
    const { transport, closed, open, peer } = await connected();
    await open;
    transport.close(1000, `a${'ä'.repeat(200)}`);
    expect(await peer.closed).toEqual({ code: 1000, reason: `a${'ä'.repeat(61)}` });
    expect((await closed).code).toBe(1000);
  });

  it('ends with a code that cannot be sent', async () => {
    const { transport, closed, open } = await connected();
    await open;
    transport.close(1006, 'broken');
    expect((await closed).code).toBe(1006);
  });

  it('keeps what its owner throws within this connection', async () => {
    const { closed, peer, open } = await connected(
      {},
      {
        onMessage: () => {
          throw new Error('a fault of the owner');
        },
      },
    );
    await open;
    peer.sendRaw('{"type":"session.created","event_id":"e","session":{"id":"sess_1"}}');
    expect(await closed).toMatchObject({ code: 1006, error: { cause: { message: 'a fault of the owner' } } });
  });

  it('ends once when it is given up while it is being made', async () => {
    const { transport, closes, closed } = connect(addressOf(server.url));
    transport.close(1000, 'no');
    transport.close(1000, 'no');
    expect(await closed).toMatchObject({ code: 1006 });
    await aMoment();
    expect(closes).toHaveLength(1);
  });
});

describe('a WebSocket that cannot be made', () => {
  it('tells that nothing listens', async () => {
    const { closed } = connect(addressOf('ws://127.0.0.1:1/v1'));
    expect(await closed).toMatchObject({
      code: 1006,
      error: { message: 'nothing listens at 127.0.0.1:1 (ECONNREFUSED)' },
    });
  });

  it.each([
    [{ 'Retry-After': '7' }, 7_000],
    [{ 'Retry-After': '7', 'Retry-After-Ms': '1500' }, 1_500],
    [{}, undefined],
  ])('tells status, words and pause of a refusal with %j', async (headers, retryAfterMs) => {
    const http = createHttpServer();
    http.on('upgrade', (_request, socket) => {
      const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Length': '8' });
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      socket.end(`HTTP/1.1 429 Too Many\r\n${head}\r\nslowly!!`);
    });
    const { closed, closes } = connect(addressOf(await listen(http)));
    expect(await closed).toEqual({
      code: 1006,
      reason: '',
      error: expect.objectContaining({ message: 'HTTP 429: slowly!!' }),
      status: 429,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
    await aMoment();
    expect(closes).toHaveLength(1);
  });

  it('does not wait for the end of a refusal that has none', async () => {
    const http = createHttpServer();
    http.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nbusy');
    });
    const { closed } = connect(addressOf(await listen(http)));
    expect(await closed).toMatchObject({ status: 503, error: { message: 'HTTP 503: busy' } });
  });

  it('does not wait for a server that never answers', async () => {
    const url = await listen(createTcpServer());
    const { closed } = connect(addressOf(url, { times: { handshakeTimeoutMs: 150 } }));
    expect(await closed).toMatchObject({
      code: 1006,
      obstacle: 'time',
      error: { message: expect.stringContaining('did not answer in time') },
    });
  });

  it('tells that the server does not speak TLS', async () => {
    const url = await listen(createHttpServer());
    const { closed } = connect(addressOf(url.replace('ws:', 'wss:')));
    expect(await closed).toMatchObject({
      error: { message: expect.stringMatching(/does not speak TLS as it should \((EPROTO|ERR_SSL_\w+)\)$/) },
    });
  });

  it('tells of a header that cannot be sent, without its value', async () => {
    const { closed } = connect(
      addressOf('ws://127.0.0.1:1/v1', { headers: { Authorization: 'Bearer secret\n' } }),
    );
    const { code, error } = await closed;
    expect(code).toBe(1006);
    expect(error?.message).toContain('header');
    expect(error?.message).not.toContain('secret');
  });
});
