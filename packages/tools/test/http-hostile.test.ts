import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createHttpTool } from '@antiphon/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testHost } from './support/host.ts';

let server: Server;
let url = '';
let behave: (socket: Socket) => void = () => undefined;

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => behave(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());

function call(signal?: AbortSignal) {
  const http = { url, redirects: 2 };
  const review = createHttpTool({
    name: 'web',
    description: 'Web',
    parameters: { type: 'object', properties: {} },
    http,
    retries: 0,
  });
  if (review.kind === 'unsound') throw new Error('unsound');
  return testHost([review.tool]).call('web', '{}', signal);
}

const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';
const json = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n';

/** Writes without end, as fast as it is read. */
function pour(socket: Socket, text: string): void {
  const go = () => {
    while (socket.writable && socket.write(text));
    socket.once('drain', go);
  };
  go();
}

describe('a server that does not behave', () => {
  it.each<[what: string, does: (socket: Socket) => void, code: string]>([
    ['sends without end', (s) => pour(s, `${head}\r\n${'x'.repeat(65_536)}`), 'tool.http_too_large'],
    [
      'sends a large header',
      (s) => s.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
      'tool.http_broken',
    ],
    ['speaks another protocol', (s) => s.end('SSH-2.0-OpenSSH\r\n'), 'tool.http_broken'],
    [
      'changes the protocol',
      (s) => s.write('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'tool.http_broken',
    ],
    ['resets the connection', (s) => s.resetAndDestroy(), 'tool.http_broken'],
    ['says nothing and goes', (s) => s.end(), 'tool.http_broken'],
    ['sends less than it says', (s) => s.end(`${head}content-length: 100\r\n\r\nhi`), 'tool.http_broken'],
    [
      'says two lengths',
      (s) => s.end(`${head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`),
      'tool.http_broken',
    ],
    [
      'sends a broken chunk',
      (s) => s.end(`${head}transfer-encoding: chunked\r\n\r\nzz\r\nhi\r\n`),
      'tool.http_broken',
    ],
    [
      'sends what is not gzip',
      (s) => s.end(`${head}content-encoding: gzip\r\n\r\nnot gzip`),
      'tool.http_broken',
    ],
    [
      'sends what nothing here decodes',
      (s) => s.end(`${head}content-encoding: zstd\r\n\r\nzstd`),
      'tool.http_not_text',
    ],
    [
      'names an encoding of nothing',
      (s) => s.end('HTTP/1.1 304 Not Modified\r\ncontent-encoding: gzip\r\n\r\n'),
      'tool.http_status',
    ],
    [
      'redirects to nowhere',
      (s) => s.end('HTTP/1.1 302 Found\r\nlocation: http://[\r\n\r\n'),
      'tool.http_redirect',
    ],
    ['redirects to nothing', (s) => s.end('HTTP/1.1 302 Found\r\n\r\n'), 'tool.http_redirect'],
    ['redirects for ever', (s) => s.end('HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n'), 'tool.http_redirect'],
    ['sends JSON without end', (s) => s.end(json + '['.repeat(100_000)), 'tool.http_not_json'],
    ['sends deep JSON', (s) => s.end(json + '['.repeat(5_000) + ']'.repeat(5_000)), 'tool.output_invalid'],
  ])('and %s', async (_what, does, code) => {
    behave = does;
    expect((await call()).output).toHaveProperty('code', code);
  });

  it.each<[what: string, does: (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['hints for ever', (s) => pour(s, 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100))],
    ['stops in the middle', (s) => s.write(`${head}content-length: 10\r\n\r\nhi`)],
  ])('and %s is left when the call is cancelled', async (_what, does) => {
    const controller = new AbortController();
    const gone = new Promise<void>((done) => {
      behave = (socket) => {
        socket.once('close', () => done());
        does(socket);
        controller.abort();
      };
    });
    expect((await call(controller.signal)).status).toBe('cancelled');
    await gone;
  });

  it('and encodes nothing has nothing to say', async () => {
    behave = (socket) => socket.end(`${head}content-encoding: br\r\ncontent-length: 0\r\n\r\n`);
    expect(await call()).toMatchObject({ status: 'completed', output: null });
  });

  it('and sends keys of prototypes changes none', async () => {
    behave = (socket) =>
      socket.end(`${json}{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`);
    expect((await call()).status).toBe('completed');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
