import { channel } from 'node:diagnostics_channel';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { InboundMessage, TransportClose } from '@antiphon/core';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { answerTo } from '../src/providers/plain-handshake.ts';
import { openWebSocketTransport } from '../src/providers/websocket-transport.ts';

const created = '{"type":"session.created","session":{"id":"s"}}';

/** A server in bytes: `answer` is given the connection and the head of the request. */
async function serve(answer: (socket: Socket, head: string) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    let head = '';
    socket.on('error', () => {});
    const take = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      if (!head.endsWith('\r\n\r\n')) return;
      socket.off('data', take);
      answer(socket, head);
    };
    socket.on('data', take);
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime?model=m%20x`;
}

function connect(url: string, headers: Readonly<Record<string, string>> = {}) {
  const messages: InboundMessage[] = [];
  const closes: TransportClose[] = [];
  let tell: () => void = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  let opens = 0;
  const transport = openWebSocketTransport(
    { url: new URL(url), headers, times: { handshakeTimeoutMs: 5_000 } },
    {
      onOpen: () => void (opens += 1),
      onMessage(message) {
        messages.push(message);
        tell();
      },
      onClose(close) {
        closes.push(close);
        tell();
      },
    },
  );
  return { transport, messages, closes, told, opens: () => opens };
}

function yesTo(head: string): string {
  const key = /^Sec-WebSocket-Key: (.*)\r$/m.exec(head)?.[1] ?? '';
  return `HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${answerTo(key)}\r\n\r\n`;
}

function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);
}

describe('a server without TLS', () => {
  let requests = 0;
  const count = (): void => void (requests += 1);

  beforeEach(() => {
    requests = 0;
    channel('http.client.request.start').subscribe(count);
  });
  afterEach(() => {
    channel('http.client.request.start').unsubscribe(count);
  });

  it('is asked without an HTTP client, for the same', async () => {
    let asked = '';
    const url = await serve((socket, head) => {
      asked = head;
      socket.write(Buffer.concat([Buffer.from(yesTo(head)), frame(created)]));
    });
    const { messages, opens, told } = connect(url, { 'api-key': 'k', 'X-Name': 'é' });
    await told;
    expect(opens()).toBe(1);
    expect(messages).toMatchObject([{ kind: 'event', event: { type: 'session.created' } }]);
    expect(requests).toBe(0);
    const [line, ...headers] = asked.trimEnd().split('\r\n');
    expect(line).toBe('GET /v1/realtime?model=m%20x HTTP/1.1');
    expect(headers.toSorted()).toEqual([
      'Connection: Upgrade',
      `Host: ${new URL(url).host}`,
      expect.stringMatching(/^Sec-WebSocket-Key: [A-Za-z0-9+/]{22}==$/),
      'Sec-WebSocket-Version: 13',
      'Upgrade: websocket',
      'X-Name: é',
      'api-key: k',
    ]);
  });

  it('may answer byte by byte', async () => {
    const url = await serve((socket, head) => {
      const bytes = Buffer.concat([Buffer.from(yesTo(head)), frame(created)]);
      socket.setNoDelay(true);
      let at = 0;
      const next = (): void => {
        if (at === bytes.length) return;
        socket.write(bytes.subarray(at, ++at), () => setImmediate(next));
      };
      next();
    });
    const { messages, opens, told } = connect(url);
    await told;
    expect([opens(), messages.length, requests]).toEqual([1, 1, 0]);
  });

  it('is given another key for each connection', async () => {
    const keys = new Set<string>();
    const url = await serve((socket, head) => {
      keys.add(/Sec-WebSocket-Key: (.*)\r/.exec(head)?.[1] ?? '');
      socket.write(Buffer.concat([Buffer.from(yesTo(head)), frame(created)]));
    });
    for (let round = 0; round < 200; round++) {
      const { transport, told } = connect(url);
      await told;
      transport.close(1000, '');
    }
    expect(keys.size).toBe(200);
  });

  it('is understood by the library where its yes is a strange one', async () => {
    const url = await serve((socket, head) => {
      socket.write(
        Buffer.concat([Buffer.from(`HTTP/1.1 103 Early Hints\r\n\r\n${yesTo(head)}`), frame(created)]),
      );
    });
    const { messages, opens, told } = connect(url);
    await told;
    expect([opens(), messages.length, requests]).toEqual([1, 1, 1]);
  });

  // What is no yes is read by the library, whose words these are.
  it.each<[name: string, answer: (socket: Socket, head: string) => void, close: Partial<TransportClose>]>([
    [
      'refuses in pieces',
      (socket) => {
        socket.write('HTTP/1.1 401 Unauthorized\r\nTransfer-Enc');
        setImmediate(() => socket.end('oding: chunked\r\n\r\n5\r\nwrong\r\n4\r\n key\r\n0\r\n\r\n'));
      },
      { status: 401, error: expect.objectContaining({ message: expect.stringContaining('wrong key') }) },
    ],
    [
      'redirects',
      (socket) => socket.end('HTTP/1.1 302 Found\r\nLocation: ws://other/\r\nContent-Length: 0\r\n\r\n'),
      { status: 302 },
    ],
    [
      'answers another key',
      (socket, head) => socket.write(yesTo(head).replace(/Accept: .{4}/, 'Accept: AAAA')),
      {
        obstacle: 'protocol',
        error: expect.objectContaining({ message: expect.stringContaining('Sec-WebSocket-Accept') }),
      },
    ],
    [
      'speaks of a protocol that nobody asked for',
      (socket, head) =>
        socket.write(yesTo(head).replace('\r\n\r\n', '\r\nSec-WebSocket-Protocol: x\r\n\r\n')),
      {
        obstacle: 'protocol',
        error: expect.objectContaining({
          message: expect.stringContaining('subprotocol but none was requested'),
        }),
      },
    ],
    [
      'speaks something else',
      (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
      {
        obstacle: 'protocol',
        error: expect.objectContaining({ message: expect.stringContaining('does not speak HTTP') }),
      },
    ],
    [
      'ends its lines otherwise and waits',
      (socket, head) => socket.write(yesTo(head).replaceAll('\r\n', '\n')),
      { obstacle: 'protocol' },
    ],
    [
      'has a head without an end',
      (socket) => socket.write(`HTTP/1.1 101 Yes\r\nX-Long: ${'x'.repeat(40_000)}`),
      { obstacle: 'protocol' },
    ],
    [
      'hangs up before it answers',
      (socket) => socket.end(),
      { error: expect.objectContaining({ message: expect.stringContaining('broke the connection') }) },
    ],
    [
      'hangs up in its answer',
      (socket) => socket.end('HTTP/1.1 101 Ye'),
      {
        error: expect.objectContaining({
          message: expect.stringMatching(/broke the connection|does not speak HTTP/),
        }),
      },
    ],
    [
      'resets the connection',
      (socket) => socket.resetAndDestroy(),
      { error: expect.objectContaining({ message: expect.stringContaining('broke the connection') }) },
    ],
  ])('fails once when it %s', async (_name, answer, close) => {
    const { closes, opens, told } = connect(await serve(answer));
    await told;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(closes).toEqual([expect.objectContaining({ code: 1006, ...close })]);
    expect([opens(), requests]).toEqual([0, 1]);
  });

  it('is given up in the midst of its answer', async () => {
    let cut: Promise<void> | undefined;
    let answered: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const url = await serve((socket) => {
      cut = new Promise((resolve) => socket.once('close', () => resolve()));
      socket.write('HTTP/1.1 101 Ye', () => answered());
    });
    const { transport, closes, told, opens } = connect(url);
    await begun;
    transport.close(1000, 'no');
    transport.close(1000, 'no');
    await Promise.all([told, cut]);
    expect(closes).toEqual([
      expect.objectContaining({
        code: 1006,
        error: expect.objectContaining({ message: expect.stringContaining('given up') }),
      }),
    ]);
    expect([opens(), requests]).toEqual([0, 0]);
  });
});
